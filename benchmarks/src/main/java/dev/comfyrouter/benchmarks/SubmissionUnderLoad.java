package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;

/// How long callers wait for their 202 while 64 nodes are kept busy.
record SubmissionUnderLoad() implements Measurement {
    private static final int NODES = 64;
    private static final int PER_SECOND = 200;
    private static final int WARM = 5000;

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        try (Nodes nodes = new Nodes(setting.script(), NODES, Duration.ofMillis(200));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls())) {
            router.awaitNodes(NODES);
            Callers.warm(router, nodes, setting.of(WARM));
            nodes.shut();
            int waiting = setting.of(3000);
            Callers.flood(router, 16, waiting, (caller, number) -> Callers.submit(caller, "cat " + number));
            nodes.open();
            Samples times = Callers.steadily(
                    router,
                    64,
                    PER_SECOND,
                    setting.of(2000),
                    (caller, number) -> Callers.submit(caller, "dog " + number));
            report.atMost(
                    "submission while 64 nodes run jobs of 200 ms, p99",
                    25,
                    times.milliseconds(99),
                    " ms",
                    PER_SECOND + " a second; p50 " + times.milliseconds(50) + " ms");
        }
    }
}
