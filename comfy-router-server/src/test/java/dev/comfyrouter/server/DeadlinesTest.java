package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.Execution;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nothing waits for ever: a task that reaches a limit of its own ends, and says which.
class DeadlinesTest {
    @TempDir
    private Path directory;

    private static String limited(String limit) {
        return SDXL.replace("{\"type\"", "{" + limit + ",\"type\"");
    }

    @Test
    void aTaskThatWaitsLongerThanMaxWaitEndsAndSaysWhatItWaitedFor() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String runs = cluster.submit(SDXL);
            node.awaitRunning(LONG);
            String waits = cluster.submit(limited("\"maxWait\":\"5m\""));
            cluster.awaitTask(waits, task -> !task.path("reason").asText("").isEmpty());

            cluster.time.jump(Duration.ofMinutes(4));
            assertThat(cluster.awaitStatus(node, "busy").path("hold").isNull()).isTrue();
            assertThat(cluster.task(waits).path("status").asText()).isEqualTo("pending");
            cluster.time.jump(Duration.ofMinutes(2));

            JsonNode expired = cluster.awaitEnd(waits);
            assertThat(expired.path("status").asText()).isEqualTo("error");
            assertThat(expired.at("/error/class").asText()).isEqualTo("expired");
            assertThat(expired.at("/error/message").asText()).startsWith("it waited longer than maxWait, 300 s: ");
            assertThat(expired.path("attempts").asInt()).isZero();
            node.releaseAll();
            assertThat(cluster.awaitEnd(runs).path("status").asText()).isEqualTo("done");
            assertThat(node.startedExecutions()).isEqualTo(1);
        }
    }

    @Test
    void aTaskThatRunsLongerThanMaxRunIsTakenOffItsNodeAndNotTriedAgain() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String id = cluster.submit(limited("\"maxRun\":\"5m\""));
            String prompt = node.awaitRunning(LONG);
            cluster.awaitTask(id, task -> task.path("status").asText().equals("running"));

            cluster.time.jump(Duration.ofMinutes(4));
            assertThat(cluster.awaitStatus(node, "busy").path("running").asInt())
                    .isEqualTo(1);
            assertThat(node.requests("POST", "/cancel")).isEmpty();
            cluster.time.jump(Duration.ofMinutes(2));

            JsonNode expired = cluster.awaitEnd(id);
            assertThat(expired.path("status").asText()).isEqualTo("error");
            assertThat(expired.at("/error/class").asText()).isEqualTo("expired");
            assertThat(expired.at("/error/message").asText()).isEqualTo("it ran longer than maxRun, 300 s");
            assertThat(expired.path("attempts").asInt()).isEqualTo(1);
            cluster.awaitStatus(node, "idle");
            assertThat(node.executions())
                    .filteredOn(execution -> execution.promptId().equals(prompt))
                    .extracting(Execution::outcome)
                    .containsExactly(Execution.Outcome.INTERRUPTED);
        }
    }
}
