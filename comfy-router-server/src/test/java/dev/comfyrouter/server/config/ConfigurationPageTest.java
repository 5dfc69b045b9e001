package dev.comfyrouter.server.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConfigurationPageTest {
    private static final Path PAGE = Path.of("..", "docs", "configuration.md");

    /// When this fails, replace the table of the page by the lines that the message shows.
    @Test
    void theTableOfThePageIsTheTableOfTheCode() throws IOException {
        List<String> expected = RouterConfig.settings().stream()
                .map(setting -> "| `%s` | %s | %s |"
                        .formatted(
                                setting.variable(),
                                setting.byDefault().isEmpty() ? "–" : "`" + setting.byDefault() + "`",
                                setting.meaning()))
                .toList();

        List<String> rows;
        try (var lines = Files.lines(PAGE)) {
            rows = lines.filter(line -> line.startsWith("| `" + Setting.PREFIX)).toList();
        }

        assertThat(rows)
                .as("rows of %s; expected are%n%s", PAGE, String.join("\n", expected))
                .isEqualTo(expected);
    }
}
