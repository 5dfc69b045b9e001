package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// What a thousand open pages cost: streams of `/events` while tasks run.
record OpenStreams() implements Measurement {
    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        int count = setting.of(1000);
        List<Connection> streams = new ArrayList<>();
        try (Nodes nodes = new Nodes(setting.script(), 4, Duration.ofMillis(50));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls())) {
            router.awaitNodes(4);
            work(router, nodes, setting.of(500));
            long before = router.residentMiB();
            for (int i = 0; i < count; i++) {
                Connection stream = router.connect();
                streams.add(stream);
                if (stream.stream("/events") != 200) {
                    throw new IOException("no stream was opened");
                }
            }
            work(router, nodes, setting.of(500));
            long cost = router.residentMiB() - before;
            report.atMost(
                    count + " open streams of events",
                    200,
                    (double) cost,
                    " MiB",
                    "from " + before + " MiB, while tasks run");
        } finally {
            for (Connection stream : streams) {
                stream.close();
            }
        }
    }

    private static void work(RouterUnderTest router, Nodes nodes, int tasks) throws IOException, InterruptedException {
        Callers.flood(router, 8, tasks, (caller, number) -> Callers.submit(caller, "cat " + number));
        nodes.awaitFetched(tasks);
    }
}
