package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.task.FailureClass;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// `docs/operations.md` explains everything that the router says in one word.
class OperationsPageTest {
    private static final Path SOURCES = Path.of("src/main/java/dev/comfyrouter/server/http");

    private final String page;

    OperationsPageTest() throws IOException {
        page = Files.readString(Path.of("..", "docs", "operations.md"));
    }

    @Test
    void everyClassOfFailureIsExplained() {
        assertThat(Stream.of(FailureClass.values()).map(FailureClass::word))
                .allSatisfy(word -> assertThat(page).contains("| `" + word + "` |"));
    }

    @Test
    void everyHoldIsExplained() {
        assertThat(Stream.of(Hold.Kind.values()).map(Hold.Kind::word))
                .allSatisfy(word -> assertThat(page).contains("| held: " + word + " |"));
    }

    @Test
    void everyMetricIsExplained() throws IOException {
        List<String> names = names("Metrics.java", "\"(comfyrouter\\.[a-z.]*[a-z])\"");
        List<String> ofTheCache = names("CacheMetrics.java", "(?:gauge|counter)\\(\\s*\"([a-z.]+)\"");

        assertThat(names)
                .hasSizeGreaterThan(8)
                .allSatisfy(name -> assertThat(page).contains(name));
        assertThat(ofTheCache)
                .hasSizeGreaterThan(8)
                .allSatisfy(
                        name -> assertThat(page).containsAnyOf("…" + name + "`", "comfyrouter.cache." + name + "`"));
    }

    private static List<String> names(String source, String pattern) throws IOException {
        return Pattern.compile(pattern)
                .matcher(Files.readString(SOURCES.resolve(source)))
                .results()
                .map((MatchResult found) -> found.group(1))
                .toList();
    }
}
