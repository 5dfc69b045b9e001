package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that answer and do nothing: their tasks go elsewhere, and they get no work until they move again.
class StalledNodesTest {
    @TempDir
    private Path directory;

    private static FakeComfyServer second(Cluster cluster) throws Exception {
        FakeComfyServer node = cluster.add(FakeComfyServer.start());
        cluster.awaitStatus(node, "idle");
        return node;
    }

    @Test
    void aPromptThatDoesNotMoveForTenMinutesIsGivenUpAndItsTaskEndsElsewhere() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer stuck = cluster.node(0);
            stuck.faults().hangExecutions(true);
            String id = cluster.submit(SDXL);
            cluster.awaitTask(id, task -> task.path("status").asText().equals("running"));
            FakeComfyServer other = second(cluster);

            cluster.time.jump(Duration.ofMinutes(9));
            assertThat(cluster.awaitStatus(stuck, "busy").path("hold").isNull()).isTrue();
            cluster.time.jump(Duration.ofMinutes(2));
            stuck.awaitRequests(1, "POST", "/cancel", LONG);
            cluster.time.jump(Duration.ofSeconds(31)); // that long it is asked to let the prompt go

            JsonNode held =
                    cluster.awaitNode(stuck, state -> !state.path("hold").isNull());
            assertThat(held.at("/hold/kind").asText()).isEqualTo("stalled");
            assertThat(held.path("status").asText()).isEqualTo("busy");
            JsonNode task = endAfterPauses(cluster, id);
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).isEqualTo(other.url() + "/");
            assertThat(task.at("/attemptList/0/outcome").asText()).isEqualTo("abandoned");
            assertThat(cluster.successes()).isEqualTo(1);

            stuck.restart();
            JsonNode back = cluster.awaitStatus(stuck, "idle");
            assertThat(back.path("hold").isNull())
                    .as("what stood still has gone")
                    .isTrue();
        }
    }

    /// The end of a task whose attempts come after pauses.
    private static JsonNode endAfterPauses(Cluster cluster, String id) throws Exception {
        cluster.awaitTask(
                id,
                task -> task.path("attempts").asInt() > 1
                        || task.path("status").asText().equals("pending"));
        cluster.time.jump(Duration.ofSeconds(5));
        return cluster.awaitEnd(id);
    }

    @Test
    void aTaskBehindSomebodyElsesPromptThatDoesNotMoveGoesElsewhereAndThatDoesNotCount() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of("TASK__MAX_ATTEMPTS", "1"))) {
            FakeComfyServer stuck =
                    cluster.add(FakeComfyServer.builder().recordRequests(1000).start());
            cluster.awaitStatus(stuck, "idle");
            stuck.faults().killWorker();
            String theirs = Foreign.submit(stuck, "somebody");
            stuck.awaitRunning(LONG);
            cluster.awaitStatus(stuck, "busy");
            String id = cluster.submit(SDXL);
            cluster.awaitTask(id, task -> !task.path("reason").asText("").isEmpty());
            cluster.time.jump(Duration.ofSeconds(31));
            stuck.awaitRequests(2, "POST", "/prompt", LONG);
            cluster.awaitTask(id, task -> task.path("attempts").asInt() == 1);
            FakeComfyServer other = second(cluster);

            JsonNode held = cluster.awaitNode(stuck, state -> {
                boolean yet = state.path("hold").isNull();
                if (yet) {
                    cluster.time.jump(Duration.ofMinutes(2));
                }
                return !yet;
            });
            JsonNode task = cluster.awaitEndJumping(id, Duration.ofSeconds(1));

            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).isEqualTo(other.url() + "/");
            assertThat(held.at("/hold/kind").asText()).isEqualTo("stalled");
            assertThat(stuck.runningPrompt()).hasValue(theirs);
            assertThat(stuck.pendingPrompts()).isEmpty();
        }
    }

    @Test
    void aRunThatIsOnlyNotHeardOfIsLeftAlone() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String id = cluster.submit(SDXL);
            String prompt = node.awaitRunning(LONG);
            cluster.awaitTask(id, task -> task.path("status").asText().equals("running"));
            cluster.restartRouter(); // from now on its events go to a client id that nobody listens to

            cluster.time.jump(Duration.ofMinutes(20));
            cluster.awaitNode(node, state -> state.path("running").asInt() == 1);
            cluster.time.jump(Duration.ofMinutes(20));
            node.releaseAll();

            JsonNode task = cluster.awaitEnd(id);
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("attempts").asInt()).isEqualTo(1);
            assertThat(node.timesStarted(prompt)).isEqualTo(1);
        }
    }
}
