package dev.comfyrouter.workflows;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReferencePageTest {
    private static final Path PAGE = Path.of("..", "docs", "workflows.md");
    private static final String BEGIN = "<!-- The tables of parameters are made from the code. -->";
    private static final String END = "<!-- End of the tables. -->";

    /// When this fails, replace the tables of the page by the lines that the message shows.
    @Test
    void theTablesOfThePageAreTheTableOfTheCode() throws IOException {
        List<String> page = Files.readAllLines(PAGE);

        List<String> tables = page.subList(page.indexOf(BEGIN) + 2, page.indexOf(END));

        List<String> expected = new ReferencePage().lines();
        assertThat(tables)
                .as("tables of %s; expected are%n%s", PAGE, String.join("\n", expected))
                .isEqualTo(expected);
    }
}
