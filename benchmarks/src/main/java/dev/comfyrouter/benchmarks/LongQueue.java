package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// What a long queue costs: memory, submission and the gap between tasks, with 100 and with 100,000 tasks waiting.
record LongQueue() implements Measurement {
    private static final int SHORT = 100;
    private static final int LONG = 100_000;

    private record Cost(double heapMiB, double submit, double gap) {}

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        Cost few = cost(setting, setting.of(SHORT));
        Cost many = cost(setting, setting.of(LONG));
        report.atMost(
                "heap in use with 100,000 waiting tasks, of that with 100",
                120,
                100 * many.heapMiB / few.heapMiB,
                " %",
                String.format(Locale.ROOT, "%.0f and %.0f MiB", few.heapMiB, many.heapMiB));
        report.atMost(
                "submission with 100,000 waiting, p50, of that with 100",
                120,
                100 * many.submit / few.submit,
                " %",
                String.format(Locale.ROOT, "%.2f and %.2f ms", few.submit, many.submit));
        report.atMost(
                "end → next prompt with 100,000 waiting, p50, of that with 100",
                120,
                100 * many.gap / few.gap,
                " %",
                String.format(Locale.ROOT, "%.2f and %.2f ms", few.gap, many.gap));
    }

    private static Cost cost(Setting setting, int waiting) throws IOException, InterruptedException {
        try (Nodes nodes = new Nodes(setting.script(), 1, Duration.ofMillis(5));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls());
                Connection caller = router.connect()) {
            nodes.shut();
            router.awaitNodes(1);
            int warm = setting.of(1000);
            Callers.flood(router, 32, warm, (each, number) -> Callers.submit(each, "cat " + number));
            nodes.open();
            nodes.awaitFetched(warm);
            router.awaitDone(warm);
            Callers.flood(router, 32, waiting, (each, number) -> Callers.submit(each, "cat " + number));
            Samples submit = new Samples();
            for (int i = 0; i < setting.of(500); i++) {
                long start = System.nanoTime();
                Callers.submit(caller, "dog " + i);
                submit.add(System.nanoTime() - start);
            }
            double heap = router.liveHeapMiB();
            return new Cost(heap, submit.milliseconds(50), nodes.gaps().milliseconds(50));
        }
    }
}
