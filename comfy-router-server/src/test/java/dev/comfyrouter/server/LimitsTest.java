package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The limits of waiting and of kept tasks, which hold to the task however many come at once.
class LimitsTest {
    @TempDir
    private Path directory;

    @Test
    void ofManyTasksThatComeAtOnceExactlyTheLimitIsTakenAndTheOthersAreToldWhenToComeAgain() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of("PENDING_LIMIT", "7"))) {
            List<HttpResponse<String>> answers = together(
                    60,
                    () -> cluster.caller()
                            .send(cluster.caller().request("/workflow").POST(BodyPublishers.ofString(SDXL))));

            assertThat(answers).filteredOn(answer -> answer.statusCode() == 202).hasSize(7);
            assertThat(answers)
                    .filteredOn(answer -> answer.statusCode() != 202)
                    .hasSize(53)
                    .allSatisfy(answer -> {
                        assertThat(answer.statusCode()).isEqualTo(429);
                        assertThat(answer.headers().firstValue("Retry-After").orElse(""))
                                .matches("[1-9][0-9]*");
                    });
            cluster.awaitExactly("pending", 7);

            cluster.add(FakeComfyServer.start());
            cluster.awaitCount("done", 7);
            cluster.submit(SDXL);
            cluster.awaitCount("done", 8);
        }
    }

    @Test
    void theOldestEndedTasksAreDroppedDownToTheLimitWithTheirFilesAndNoneThatIsTooYoung() throws Exception {
        Map<String, String> settings = Map.of("HISTORY_LIMIT", "5", "HISTORY_MIN_AGE", "10m");
        try (Cluster cluster = Cluster.start(directory, settings)) {
            for (int i = 0; i < 3; i++) {
                cluster.add(FakeComfyServer.start());
            }
            cluster.awaitIdle();
            List<String> old = new ArrayList<>(together(12, () -> cluster.submit(SDXL)));
            cluster.awaitExactly("done", 12); // more than the limit, and all of them young
            cluster.time.jump(Duration.ofMinutes(11));
            List<String> young = together(3, () -> cluster.submit(SDXL));

            for (String id : young) {
                assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("done");
            }
            cluster.awaitExactly("done", 5);

            assertThat(young)
                    .allSatisfy(id -> assertThat(cluster.caller()
                                    .call("GET", "/workflow/" + id, "")
                                    .status())
                            .isEqualTo(200));
            List<Integer> statuses = new ArrayList<>();
            for (String id : old) {
                statuses.add(cluster.caller().call("GET", "/workflow/" + id, "").status());
            }
            assertThat(statuses).containsOnly(200, 410);
            assertThat(statuses).filteredOn(status -> status == 200).hasSize(2);
            assertThat(cluster.nodes().stream()
                            .mapToLong(FakeComfyServer::startedExecutions)
                            .sum())
                    .isEqualTo(15);
            try (Stream<Path> kept = Files.list(directory.resolve("data/results"))) {
                assertThat(kept).hasSize(5);
            }
        }
    }

    /// Does the same thing many times at once.
    private static <T> List<T> together(int times, Callable<T> deed) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<T> all = new ArrayList<>();
            for (Future<T> each : threads.invokeAll(
                    Stream.generate(() -> deed).limit(times).toList(), LONG.toSeconds(), TimeUnit.SECONDS)) {
                all.add(each.get());
            }
            return all;
        }
    }
}
