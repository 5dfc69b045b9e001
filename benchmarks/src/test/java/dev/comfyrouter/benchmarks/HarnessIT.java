package dev.comfyrouter.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// A hundredth of some measurements against the built router, to see that they measure; the figures mean nothing.
class HarnessIT {
    @Test
    void aTableHasALineForEachFigure() throws Exception {
        ByteArrayOutputStream out = new ByteArrayOutputStream();

        Benchmarks.run(
                new Measurement.Setting(distribution(), Script.record(), 100),
                List.of("start", "idle", "64x2", "hanging"),
                new Report(new PrintStream(out, true, StandardCharsets.UTF_8)));

        String table = out.toString(StandardCharsets.UTF_8);
        assertThat(table.substring(table.indexOf("| what |")))
                .contains(
                        "start → first 200 of /health_check, a used data directory | ≤ 450 ms |",
                        "submit → prompt, p99 | ≤ 15 ms |",
                        "tasks/s | ≥ 800 |");
    }

    private static Path distribution() throws Exception {
        try (Stream<Path> built =
                Files.list(Path.of("../comfy-router-server/target").toRealPath())) {
            return built.filter(folder -> Files.isExecutable(folder.resolve("bin/comfy-router")))
                    .findFirst()
                    .orElseThrow();
        }
    }
}
