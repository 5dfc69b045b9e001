package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// What a long queue costs: memory, submission and the gap between tasks, with 100 and with 100,000 tasks waiting.
///
/// The tasks come while the node is shut. Then so many more are submitted one by one, and when the node opens, as many
/// are worked off: nothing else happens meanwhile.
record LongQueue() implements Measurement {
    private static final int SHORT = 100;
    private static final int LONG = 100_000;
    private static final int MEASURED = 500;
    private static final int WARM = 3000;

    private record Cost(double heapMiB, double residentMiB, double submit, double gap) {}

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        Cost few = cost(setting, SHORT);
        Cost many = cost(setting, setting.of(LONG));
        share(report, "memory of the process", few.residentMiB, many.residentMiB, "%.0f and %.0f MiB");
        share(report, "heap in use", few.heapMiB, many.heapMiB, "%.0f and %.0f MiB");
        share(report, "submission, p50,", few.submit, many.submit, "%.2f and %.2f ms");
        share(report, "end → next prompt, p50,", few.gap, many.gap, "%.2f and %.2f ms");
    }

    private static void share(Report report, String what, double few, double many, String format) {
        report.atMost(
                what + " with 100,000 waiting tasks, of that with 100",
                120,
                100 * many / few,
                " %",
                String.format(Locale.ROOT, format, few, many));
    }

    private static Cost cost(Setting setting, int waiting) throws IOException, InterruptedException {
        try (Nodes nodes = new Nodes(setting.script(), 1, Duration.ofMillis(5));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls());
                Connection caller = router.connect()) {
            router.awaitNodes(1);
            Callers.warm(router, nodes, setting.of(WARM));
            nodes.shut();
            Callers.flood(router, 32, waiting, (each, number) -> Callers.submit(each, "cat " + number));
            Samples submit = new Samples();
            int measured = setting.of(MEASURED);
            for (int i = 0; i < measured; i++) {
                long start = System.nanoTime();
                Callers.submit(caller, "dog " + i);
                submit.add(System.nanoTime() - start);
            }
            double resident = router.residentMiB();
            double heap = router.liveHeapMiB();
            nodes.open();
            nodes.awaitFetched(measured);
            return new Cost(
                    heap, resident, submit.milliseconds(50), nodes.gaps().milliseconds(50));
        }
    }
}
