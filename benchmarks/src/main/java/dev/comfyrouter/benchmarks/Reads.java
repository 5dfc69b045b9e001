package dev.comfyrouter.benchmarks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// How fast tasks are shown, with 10,000 of them in the history.
record Reads() implements Measurement {
    private static final int TASKS = 10_000;
    private static final int NODES = 16;

    @Override
    public void run(Setting setting, Report report) throws IOException, InterruptedException {
        try (Nodes nodes = new Nodes(setting.script(), NODES, Duration.ofMillis(1));
                RouterUnderTest router = RouterUnderTest.start(setting.distribution(), nodes.urls())) {
            router.awaitNodes(NODES);
            int tasks = setting.of(TASKS);
            Callers.flood(router, 32, tasks, (caller, number) -> Callers.submit(caller, "cat " + number));
            nodes.awaitFetched(tasks);
            router.awaitDone(tasks);
            List<String> ids = ids(router);
            Callers.Request read =
                    (caller, number) -> Callers.expect(200, caller.get("/workflow/" + ids.get(number % ids.size())));
            Callers.flood(router, 32, setting.of(20_000), read);
            long start = System.nanoTime();
            Callers.flood(router, 32, setting.of(30_000), read);
            double rate = setting.of(30_000) / ((System.nanoTime() - start) / 1e9);
            report.atLeast("GET /workflow/{id}, a second", 5000, rate, "", "32 callers, " + tasks + " finished tasks");
            Samples steady = Callers.steadily(router, 64, 1000, setting.of(10_000), read);
            report.atMost(
                    "GET /workflow/{id} at 1,000 a second, p99",
                    10,
                    steady.milliseconds(99),
                    " ms",
                    "p50 " + steady.milliseconds(50) + " ms");
            Callers.Request list = (caller, number) -> Callers.expect(200, caller.get("/workflow?limit=50"));
            Callers.flood(router, 4, setting.of(1000), list);
            Samples lists = Callers.steadily(router, 16, 50, setting.of(500), list);
            report.atMost(
                    "GET /workflow, 50 of " + tasks + " tasks, p99",
                    20,
                    lists.milliseconds(99),
                    " ms",
                    "50 a second; p50 " + lists.milliseconds(50) + " ms");
            Callers.Request state = (caller, number) -> Callers.expect(200, caller.get("/state"));
            Callers.flood(router, 4, setting.of(400), state);
            Samples states = Callers.steadily(router, 16, 20, setting.of(200), state);
            report.note("GET /state with " + tasks + " tasks", states.toString(), "20 a second; p50 / p99");
        }
    }

    private static List<String> ids(RouterUnderTest router) throws IOException {
        try (Connection caller = router.connect()) {
            JsonNode page = new ObjectMapper()
                    .readTree(caller.get("/workflow?limit=500").body());
            return page.path("tasks").findValuesAsText("id");
        }
    }
}
