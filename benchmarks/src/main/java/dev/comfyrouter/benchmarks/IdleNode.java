package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;

/// The way of a single task to an idle node, and the gap between two tasks on a busy one, when all is warm.
record IdleNode() implements Measurement {
    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        try (Nodes nodes = new Nodes(setting.script(), 1, Duration.ofMillis(2));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls());
                Connection caller = router.connect()) {
            router.awaitNodes(1);
            int warm = setting.of(2000);
            Samples latency = new Samples();
            for (int i = 0; i < warm + setting.of(2000); i++) {
                String mark = "mark-" + i;
                long start = System.nanoTime();
                Callers.expect(200, caller.post("/workflow?wait=60", Script.request(mark + "!")));
                if (i >= warm) {
                    latency.add(nodes.arrival(mark) - start);
                }
            }
            String remark = latency.count() + " tasks, one after the other";
            report.atMost("idle node: submit → prompt, p50", 2, latency.milliseconds(50), " ms", remark);
            report.atMost("idle node: submit → prompt, p99", 15, latency.milliseconds(99), " ms", remark);
        }
        backlog(setting, report);
    }

    private static void backlog(Setting setting, Report report) throws IOException, InterruptedException {
        int count = setting.of(2000);
        try (Nodes nodes = new Nodes(setting.script(), 1, Duration.ofMillis(5));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls())) {
            router.awaitNodes(1);
            Callers.warm(router, nodes, 2 * count);
            Callers.flood(router, 4, count, (caller, number) -> Callers.submit(caller, "cat " + number));
            nodes.awaitFetched(count);
            report.atMost(
                    "one node with a backlog: end → next prompt, p50",
                    2,
                    nodes.gaps().milliseconds(50),
                    " ms",
                    "p99 " + nodes.gaps().milliseconds(99) + " ms");
        }
    }
}
