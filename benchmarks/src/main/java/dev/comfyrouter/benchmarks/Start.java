package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// From the command to the first answer of `/health_check`, and the memory that the router has a second later: with an
/// empty data directory, and with one that a router has used before.
record Start() implements Measurement {
    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        Path cache = setting.distribution().resolve("aot");
        String remark = Files.isDirectory(cache) && !isEmpty(cache) ? "with a start cache" : "without a start cache";
        int times = setting.of(10);
        Starts empty = new Starts();
        for (int i = 0; i < times; i++) {
            empty.add(setting.distribution(), Map.of());
        }
        empty.report("an empty data directory", remark, report);

        try (Scratch data = Scratch.make()) {
            Map<String, String> same =
                    Map.of("COMFY_ROUTER__DATA_DIR", data.folder().toString());
            RouterUnderTest.start(setting.distribution(), List.of(), same).close();
            Starts used = new Starts();
            for (int i = 0; i < times; i++) {
                used.add(setting.distribution(), same);
            }
            used.report("a used data directory", remark, report);
        }
    }

    private static final class Starts {
        private static final Duration SETTLES = Duration.ofSeconds(1);

        private final Samples times = new Samples();
        private final List<Long> memory = new ArrayList<>();

        void add(Path distribution, Map<String, String> settings) throws IOException, InterruptedException {
            long start = System.nanoTime();
            try (RouterUnderTest router = RouterUnderTest.start(distribution, List.of(), settings);
                    Connection caller = router.connect()) {
                if (caller.get("/health_check").status() != 200) {
                    throw new IOException("the router is not well after its start");
                }
                times.add(System.nanoTime() - start);
                Thread.sleep(SETTLES); // What it still does after its first answer counts as memory of the start.
                memory.add(router.residentMiB());
            }
        }

        void report(String directory, String remark, Report report) {
            report.atMost(
                    "start → first 200 of /health_check, " + directory,
                    450,
                    times.milliseconds(50),
                    " ms",
                    "p50; " + remark);
            report.atMost(
                    "memory after the start, " + directory,
                    130,
                    memory.stream().sorted().toList().get(memory.size() / 2),
                    " MiB",
                    "resident, p50; " + remark);
        }
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }
}
