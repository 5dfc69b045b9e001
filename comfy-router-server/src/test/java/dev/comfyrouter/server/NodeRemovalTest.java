package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.Execution;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Operators take nodes away: whatever runs there ends, there or elsewhere.
class NodeRemovalTest {
    @TempDir
    private Path directory;

    @Test
    void anIdleNodeGoesAtOnce() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            String path = cluster.path(cluster.node(0));

            assertThat(cluster.caller().call("DELETE", path, "").status()).isEqualTo(204);

            assertThat(cluster.caller().call("GET", path, "").status()).isEqualTo(404);
            cluster.node(0).awaitSockets(0, LONG);
        }
    }

    @Test
    void aBusyNodeStaysAndTheReasonNamesTheTaskAndHowFarItIs() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String id = cluster.submit(SDXL);
            node.awaitRunning(LONG);
            String path = cluster.path(node);

            Caller.Answer refused = cluster.caller().call("DELETE", path, "");

            assertThat(refused.status()).isEqualTo(409);
            assertThat(refused.body().path("detail").asText())
                    .matches(cluster.state(node).path("name").asText() + " runs #1 \\(\\d+ %\\)\\. Use mode=drain .*");
            assertThat(cluster.state(node).path("removing").asBoolean()).isFalse();
            assertThat(cluster.state(node).path("admission").asText()).isEqualTo("accepting");
            node.releaseAll();
            assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("done");
        }
    }

    @Test
    void aNodeThatIsDrainedAwayEndsItsTaskTakesNoOtherAndGoes() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String running = cluster.submit(SDXL);
            node.awaitRunning(LONG);
            String path = cluster.path(node);

            Caller.Answer leaves = cluster.caller().call("DELETE", path + "?mode=drain", "");
            String waiting = cluster.submit(SDXL);

            assertThat(leaves.status()).isEqualTo(202);
            assertThat(leaves.body().path("removing").asBoolean()).isTrue();
            assertThat(leaves.body().path("admission").asText()).isEqualTo("draining");
            node.releaseAll();
            cluster.awaitNode(node, JsonNode::isMissingNode);
            assertThat(cluster.awaitEnd(running).path("status").asText()).isEqualTo("done");
            assertThat(cluster.caller().call("GET", path, "").status()).isEqualTo(404);
            assertThat(node.startedExecutions()).isEqualTo(1);
            assertThat(cluster.task(waiting).path("status").asText()).isEqualTo("pending");
        }
    }

    @Test
    void aNodeThatGoesNowGivesItsTaskToAnotherWhichDoesNotCountAsAnAttempt() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of("TASK__MAX_ATTEMPTS", "1"))) {
            FakeComfyServer leaving =
                    cluster.add(FakeComfyServer.builder().recordRequests(1000).start());
            cluster.awaitIdle();
            leaving.holdExecutions();
            String id = cluster.submit(SDXL);
            String prompt = leaving.awaitRunning(LONG);
            FakeComfyServer other = cluster.add(FakeComfyServer.start());
            cluster.awaitStatus(other, "idle");

            Caller.Answer leaves = cluster.caller().call("DELETE", cluster.path(leaving) + "?mode=now", "");

            assertThat(leaves.status()).isEqualTo(202);
            JsonNode task = cluster.awaitEnd(id);
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).isEqualTo(other.url() + "/");
            cluster.awaitNode(leaving, JsonNode::isMissingNode);
            leaving.awaitIdle(LONG);
            assertThat(leaving.executions())
                    .filteredOn(execution -> execution.promptId().equals(prompt))
                    .extracting(Execution::outcome)
                    .containsExactly(Execution.Outcome.INTERRUPTED);
            assertThat(cluster.successes()).isEqualTo(1);
        }
    }

    @Test
    void anOfflineNodeWithATaskGoesWhenToldSoAndItsTaskEndsElsewhere() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer dead = cluster.node(0);
            dead.holdExecutions();
            String id = cluster.submit(SDXL);
            dead.awaitRunning(LONG);
            FakeComfyServer other = cluster.add(FakeComfyServer.start());
            cluster.awaitStatus(other, "idle");
            String path = cluster.path(dead);
            dead.crash();
            cluster.awaitStatus(dead, "offline");

            assertThat(cluster.caller().call("DELETE", path, "").status()).isEqualTo(409);
            assertThat(cluster.caller().call("DELETE", path + "?mode=now", "").status())
                    .isEqualTo(202);
            cluster.time.jump(Duration.ofSeconds(31)); // that long it is asked to let the prompt go

            JsonNode task = cluster.awaitEnd(id);
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).isEqualTo(other.url() + "/");
            cluster.awaitNode(dead, JsonNode::isMissingNode);
        }
    }

    @Test
    void anOfflineNodeWithoutATaskGoesAtOnce() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            cluster.node(0).crash();
            cluster.awaitStatus(cluster.node(0), "offline");

            assertThat(cluster.caller()
                            .call("DELETE", cluster.path(cluster.node(0)), "")
                            .status())
                    .isEqualTo(204);
        }
    }

    @Test
    void aNodeThatOthersUseGoesAndTheirPromptsStay() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            Foreign.submit(node, "somebody");
            node.awaitRunning(LONG);
            cluster.awaitNode(node, state -> state.path("foreignPending").asInt() == 1);

            assertThat(cluster.caller().call("DELETE", cluster.path(node), "").status())
                    .isEqualTo(204);

            assertThat(node.runningPrompt()).isPresent();
        }
    }

    @Test
    void resumingTakesARemovalBack() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String first = cluster.submit(SDXL);
            node.awaitRunning(LONG);
            String path = cluster.path(node);
            cluster.caller().call("DELETE", path + "?mode=drain", "");

            Caller.Answer resumed = cluster.caller().call("POST", path + "/resume", "");
            String second = cluster.submit(SDXL);

            assertThat(resumed.body().path("removing").asBoolean()).isFalse();
            assertThat(resumed.body().path("admission").asText()).isEqualTo("accepting");
            node.releaseAll();
            assertThat(cluster.awaitEnd(first).path("status").asText()).isEqualTo("done");
            assertThat(cluster.awaitEnd(second).path("status").asText()).isEqualTo("done");
        }
    }

    @Test
    void aRemovalThatARestartInterruptsLeavesTheNodeDraining() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String id = cluster.submit(SDXL);
            node.awaitRunning(LONG);
            cluster.caller().call("DELETE", cluster.path(node) + "?mode=drain", "");

            cluster.restartRouter();

            assertThat(cluster.state(node).path("admission").asText()).isEqualTo("draining");
            assertThat(cluster.state(node).path("removing").asBoolean()).isFalse();
            node.releaseAll();
            assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("done");
        }
    }
}
