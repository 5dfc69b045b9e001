package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.Execution;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Others use the nodes, too: the router sees it, keeps out of their way, and hurts nobody.
class ForeignLoadTest {
    @TempDir
    private Path directory;

    /// Lets somebody's prompt run on a node until it is released.
    private static String occupy(Cluster cluster, FakeComfyServer node) throws Exception {
        node.holdExecutions();
        String prompt = Foreign.submit(node, "somebody");
        node.awaitRunning(LONG);
        JsonNode busy = cluster.awaitStatus(node, "busy");
        assertThat(busy.path("busyWith").asText()).isEqualTo("foreign");
        assertThat(busy.path("foreignPending").asInt()).isEqualTo(1);
        assertThat(busy.path("running").asInt()).isZero();
        return prompt;
    }

    @Test
    void aTaskGoesToTheNodeThatNobodyElseUses() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 2)) {
            FakeComfyServer used = cluster.node(0);
            FakeComfyServer free = cluster.node(1);
            occupy(cluster, used);

            for (String id : cluster.submit(SDXL, 3)) {
                assertThat(cluster.awaitEnd(id).path("node").asText()).isEqualTo(free.url() + "/");
            }

            assertThat(used.startedExecutions()).isEqualTo(1);
        }
    }

    @Test
    void whenNothingElseFitsATaskWaitsHalfAMinuteAndThenQueuesBehindOthers() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer used = cluster.node(0);
            String theirs = occupy(cluster, used);
            String id = cluster.submit(SDXL);
            JsonNode waiting = cluster.awaitTask(
                    id, task -> !task.path("reason").asText("").isEmpty());
            assertThat(waiting.path("status").asText()).isEqualTo("pending");

            cluster.time.jump(Duration.ofSeconds(20));
            cluster.awaitNode(used, state -> state.path("foreignPending").asInt() == 1);
            assertThat(used.pendingPrompts()).isEmpty();
            cluster.time.jump(Duration.ofSeconds(10));
            cluster.awaitNode(used, state -> state.path("running").asInt() == 1);
            used.awaitRequests(1, "POST", "/prompt", LONG);

            used.releaseAll();
            assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("done");
            assertThat(used.executions())
                    .first()
                    .isEqualTo(new Execution(theirs, Optional.of("somebody"), Execution.Outcome.SUCCESS));
        }
    }

    @Test
    void cancellingATaskBehindSomebodyElsesPromptLeavesThatPromptAlone() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer used = cluster.node(0);
            String theirs = occupy(cluster, used);
            String id = cluster.submit(SDXL);
            cluster.time.jump(Duration.ofSeconds(31));
            cluster.awaitNode(used, state -> state.path("running").asInt() == 1);
            cluster.awaitTask(id, task -> !task.path("node").isNull());

            cluster.caller().delete("/workflow/" + id);

            assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("cancelled");
            assertThat(used.runningPrompt()).hasValue(theirs);
            used.releaseAll();
            used.awaitIdle(LONG);
            assertThat(used.executions()).extracting(Execution::outcome).containsExactly(Execution.Outcome.SUCCESS);
        }
    }

    @Test
    void somebodyElsesInterruptCostsATaskOneAttempt() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String id = cluster.submit(SDXL);
            node.awaitRunning(LONG);

            node.faults().interruptRunning();
            node.awaitExecutions(1, LONG);
            node.releaseAll();

            JsonNode task = cluster.awaitEnd(id);
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("attempts").asInt()).isEqualTo(2);
        }
    }
}
