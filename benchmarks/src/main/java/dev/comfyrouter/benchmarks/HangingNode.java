package dev.comfyrouter.benchmarks;

import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/// What it costs the tasks of seven nodes when an eighth one hangs with a task: the time from the request to the
/// answer that says that it is done.
record HangingNode() implements Measurement {
    private static final int NODES = 8;
    private static final int PER_SECOND = 100;
    private static final int WARM = 5000;

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        try (Nodes nodes = new Nodes(setting.script(), NODES, Duration.ofMillis(20));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls())) {
            router.awaitNodes(NODES);
            Callers.warm(router, nodes, setting.of(WARM));
            Samples before = stream(setting, router);
            nodes.reset();
            nodes.shut();
            Callers.flood(router, 1, NODES, (caller, number) -> Callers.submit(caller, "cat " + number));
            nodes.awaitArrived(NODES); // each has one
            nodes.hang();
            nodes.open();
            nodes.awaitFetched(NODES - 1);
            Samples beside = stream(setting, router);
            report.atMost(
                    "submit → done beside a node that hangs with a task: p99, of that before",
                    120,
                    100 * beside.milliseconds(99) / before.milliseconds(99),
                    " %",
                    String.format(Locale.ROOT, "%d a second; %s before, %s beside", PER_SECOND, before, beside));
        }
    }

    private static Samples stream(Setting setting, RouterUnderTest router) throws IOException, InterruptedException {
        return Callers.steadily(
                router,
                32,
                PER_SECOND,
                setting.of(1500),
                (caller, number) ->
                        Callers.expect(200, caller.post("/workflow?wait=60", Script.request("dog " + number))));
    }
}
