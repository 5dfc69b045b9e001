package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// From the command to the first answer of `/health_check`, and the memory that the router has then.
record Start() implements Measurement {
    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        Path cache = setting.distribution().resolve("aot");
        boolean cached = Files.isDirectory(cache) && !isEmpty(cache);
        Samples times = new Samples();
        long memory = 0;
        for (int i = 0; i < setting.of(10); i++) {
            int port;
            try (ServerSocket free = new ServerSocket(0)) {
                port = free.getLocalPort();
            }
            long start = System.nanoTime();
            Thread health = Thread.ofVirtual().start(() -> awaitHealth(port));
            try (RouterUnderTest router = RouterUnderTest.start(
                    setting.distribution(), List.of(), Map.of("COMFY_ROUTER__PORT", Integer.toString(port)))) {
                health.join();
                times.add(System.nanoTime() - start);
                memory = router.residentMiB();
            }
        }
        String remark = (cached ? "with" : "without") + " a start cache, empty data directory";
        report.atMost("start → first 200 of /health_check, p50", 1000, times.milliseconds(50), " ms", remark);
        report.atMost("memory after the start", 130, (double) memory, " MiB", "resident; " + remark);
    }

    private static boolean isEmpty(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.findAny().isEmpty();
        }
    }

    private static void awaitHealth(int port) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (System.nanoTime() < end) {
            try (Connection caller = new Connection(port)) {
                if (caller.get("/health_check").status() == 200) {
                    return;
                }
            } catch (IOException notYet) {
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(2));
            }
        }
    }
}
