package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ConcurrencyPageTest {
    private static final Path ROOT = Path.of("..");
    private static final List<String> MODULES = List.of("comfy-client", "comfy-cache", "comfy-router-server");
    private static final Pattern NAME = Pattern.compile("(?:\\.name|setPoolName)\\(\"([a-z][a-z-]*)");

    /// When this fails, add a line to CONCURRENCY.md: who owns the thread, and what stops it.
    @Test
    void everyThreadOfTheCodeStandsOnThePage() throws IOException {
        String page = Files.readString(ROOT.resolve("CONCURRENCY.md"));

        List<String> unknown = new ArrayList<>();
        for (String module : MODULES) {
            try (Stream<Path> files = Files.walk(ROOT.resolve(module).resolve("src/main/java"))) {
                for (Path file :
                        files.filter(path -> path.toString().endsWith(".java")).toList()) {
                    var names = NAME.matcher(Files.readString(file));
                    while (names.find()) {
                        if (!page.contains("| `" + names.group(1))) {
                            unknown.add(names.group(1) + " in " + file.getFileName());
                        }
                    }
                }
            }
        }

        assertThat(unknown).isEmpty();
    }
}
