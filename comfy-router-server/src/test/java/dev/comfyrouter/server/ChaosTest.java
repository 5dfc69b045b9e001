package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.Execution;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.HttpFault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Nodes that die, lie, hang and forget: every task comes to its right end.
class ChaosTest {
    @TempDir
    private Path directory;

    @Test
    void ofTwentyNodesTenDieAndEveryTaskEndsOnAnotherAndNoneTwice() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 20)) {
            cluster.nodes().forEach(FakeComfyServer::holdExecutions);
            List<String> ids = cluster.submit(SDXL, 20);
            for (FakeComfyServer node : cluster.nodes()) {
                node.awaitRunning(LONG);
            }
            cluster.awaitCount("running", 20);
            List<FakeComfyServer> dying = cluster.nodes().subList(0, 10);
            List<FakeComfyServer> living = cluster.nodes().subList(10, 20);

            for (FakeComfyServer node : dying) {
                node.crash();
            }
            for (FakeComfyServer node : dying) {
                cluster.awaitStatus(node, "offline");
            }
            living.forEach(FakeComfyServer::releaseAll);
            cluster.awaitCount("done", 10);
            cluster.time.jump(Duration.ofSeconds(50)); // so long a silent node may come back with its task
            cluster.awaitCount("pending", 1);

            for (String id : ids) {
                JsonNode task = cluster.awaitEndJumping(id, Duration.ofMillis(500));
                assertThat(task.path("status").asText()).as(task.toString()).isEqualTo("done");
                assertThat(living)
                        .extracting(node -> node.url() + "/")
                        .contains(task.path("node").asText());
                assertThat(task.path("images")).hasSize(1);
            }
            assertThat(cluster.successes()).isEqualTo(20);

            for (FakeComfyServer node : dying) {
                node.comeBack();
            }
            for (FakeComfyServer node : dying) {
                cluster.awaitStatus(node, "idle");
            }
            assertThat(cluster.successes()).isEqualTo(20);
        }
    }

    @Test
    void aNodeThatHangsKeepsItsTaskAndNobodyElses() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 3)) {
            FakeComfyServer hanging = cluster.node(0);
            cluster.nodes().forEach(FakeComfyServer::holdExecutions);
            List<String> first = cluster.submit(SDXL, 3);
            for (FakeComfyServer node : cluster.nodes()) {
                node.awaitRunning(LONG);
            }
            hanging.faults().always("", HttpFault.NEVER_ANSWER);
            hanging.faults().deafSockets(true);
            cluster.nodes().forEach(FakeComfyServer::releaseAll);

            List<String> later = cluster.submit(SDXL, 40);
            for (String id : later) {
                assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("done");
            }

            cluster.awaitStatus(hanging, "offline"); // three checks that had no answer within three seconds each
            hanging.faults().heal();
            cluster.awaitStatus(hanging, "idle");
            for (String id : first) {
                JsonNode task = cluster.awaitEnd(id);
                assertThat(task.path("status").asText()).isEqualTo("done");
                assertThat(task.path("attempts").asInt()).isEqualTo(1);
            }
            assertThat(cluster.successes()).isEqualTo(43);
        }
    }

    @Test
    void aNodeThatAnswers500AndQueuesAllTheSameRunsThePromptOnce() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 2)) {
            cluster.node(0).faults().next("POST /prompt", HttpFault.FAIL_BUT_DO);
            cluster.node(1).faults().next("POST /prompt", HttpFault.FAIL_BUT_DO);

            JsonNode task = cluster.awaitEndJumping(cluster.submit(SDXL), Duration.ofSeconds(1));

            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("attempts").asInt()).isEqualTo(1);
            assertThat(cluster.successes()).isEqualTo(1);
        }
    }

    @Test
    void aNodeThatAnswers500AndQueuesNothingCostsOneTryElsewhereAndTwoOfThemEndTheTask() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 2)) {
            cluster.node(0).faults().always("POST /prompt", HttpFault.FAIL);
            String survives = cluster.submit(SDXL);
            String also = cluster.submit(SDXL);
            assertThat(cluster.awaitEndJumping(survives, Duration.ofSeconds(1))
                            .path("status")
                            .asText())
                    .isEqualTo("done");
            assertThat(cluster.awaitEndJumping(also, Duration.ofSeconds(1))
                            .path("status")
                            .asText())
                    .isEqualTo("done");

            cluster.node(1).faults().always("POST /prompt", HttpFault.FAIL);
            JsonNode fails = cluster.awaitEndJumping(cluster.submit(SDXL), Duration.ofSeconds(1));

            assertThat(fails.path("status").asText()).isEqualTo("error");
            assertThat(fails.at("/error/class").asText()).isEqualTo("request");
            assertThat(fails.path("attempts").asInt()).isEqualTo(2);
        }
    }

    @Test
    void deafAndCutSocketsAndALateHistoryCostNothing() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 3)) {
            cluster.node(0).faults().deafSockets(true);
            cluster.node(1).faults().delayHistory(Duration.ofMillis(700));
            cluster.node(2).holdExecutions();
            List<String> ids = cluster.submit(SDXL, 3);
            cluster.node(2).awaitRunning(LONG);
            cluster.node(2).faults().cutSockets();
            cluster.node(2).releaseAll();

            for (String id : ids) {
                JsonNode task = cluster.awaitEnd(id);
                assertThat(task.path("status").asText()).isEqualTo("done");
                assertThat(task.path("attempts").asInt()).isEqualTo(1);
            }
            assertThat(cluster.successes()).isEqualTo(3);
        }
    }

    @Test
    void aNodeThatRestartsAndForgetsGivesItsTaskBackAndRunsItAgain() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String id = cluster.submit(SDXL);
            String prompt = node.awaitRunning(LONG);

            node.restart();

            JsonNode task = cluster.awaitEndJumping(id, Duration.ofMillis(500));
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("attempts").asInt()).isEqualTo(2);
            assertThat(task.at("/attemptList/0/outcome").asText()).isEqualTo("lost");
            assertThat(node.timesStarted(prompt)).isEqualTo(1);
            assertThat(cluster.successes()).isEqualTo(1);
        }
    }

    @Test
    void aPromptOfALostAttemptIsTakenOffWhenItsNodeComesBackAndChangesNothing() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer away = cluster.node(0);
            away.holdExecutions();
            String id = cluster.submit(SDXL);
            String prompt = away.awaitRunning(LONG);
            cluster.awaitTask(id, task -> task.path("status").asText().equals("running"));
            FakeComfyServer other = cluster.add(FakeComfyServer.start());
            cluster.awaitStatus(other, "idle");
            away.faults().always("", HttpFault.CUT);
            away.faults().cutSockets();
            cluster.awaitStatus(away, "offline");
            cluster.time.jump(Duration.ofSeconds(50));
            JsonNode done = cluster.awaitEndJumping(id, Duration.ofSeconds(1));
            assertThat(done.path("node").asText()).isEqualTo(other.url() + "/");

            away.faults().heal();

            cluster.awaitStatus(away, "idle");
            assertThat(away.executions())
                    .filteredOn(execution -> execution.promptId().equals(prompt))
                    .extracting(Execution::outcome)
                    .containsExactly(Execution.Outcome.INTERRUPTED);
            for (String fact : List.of("status", "node", "attempts", "images", "finishedAt")) {
                assertThat(cluster.task(id).path(fact)).as(fact).isEqualTo(done.path(fact));
            }
        }
    }

    @Test
    void whenTheMemoryIsFullItIsFreedAndTheNodeWithMoreGetsTheTaskOnce() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of())) {
            FakeComfyServer small = cluster.add(FakeComfyServer.builder()
                    .videoMemory(8L << 30)
                    .recordRequests(1000)
                    .start());
            cluster.awaitIdle();
            FakeComfyServer large =
                    cluster.add(FakeComfyServer.builder().videoMemory(80L << 30).start());
            cluster.awaitIdle();
            small.faults().outOfMemory(1);
            String id = cluster.submit(SDXL); // goes to the node that has been idle longest

            JsonNode task = cluster.awaitEnd(id);

            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).isEqualTo(large.url() + "/");
            small.awaitRequests(1, "POST", "/free", LONG);
            assertThat(small.startedExecutions()).isEqualTo(1);

            small.faults().outOfMemory(9);
            large.faults().outOfMemory(9);
            JsonNode fails = cluster.awaitEnd(cluster.submit(SDXL));
            assertThat(fails.path("status").asText()).isEqualTo("error");
            assertThat(fails.at("/error/class").asText()).isEqualTo("out_of_memory");
            assertThat(fails.path("attempts").asInt()).isEqualTo(2);
        }
    }

    @Test
    void aNodeThatIsTooOldStaysOfflineAndSaysSo() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of())) {
            FakeComfyServer old =
                    cluster.add(FakeComfyServer.builder().version("0.3.40").start());
            FakeComfyServer oldest =
                    cluster.add(FakeComfyServer.builder().version("0.3.57").start());

            cluster.awaitStatus(oldest, "idle");
            JsonNode refused = cluster.awaitNode(
                    old, state -> state.path("lastError").asText().contains("0.3.57"));
            assertThat(refused.path("status").asText()).isEqualTo("offline");
            assertThat(refused.path("lastError").asText()).contains("0.3.40");
            JsonNode task = cluster.awaitEnd(cluster.submit(SDXL));
            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).isEqualTo(oldest.url() + "/");
        }
    }

    @Test
    void aBlackHoleEatsThreeTasksBeforeItIsHeldAndTheOthersAreDone() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 6)) {
            FakeComfyServer hole = cluster.node(3);
            hole.faults().failExecutions("RuntimeError", "this GPU is broken");
            List<FakeComfyServer> sound =
                    cluster.nodes().stream().filter(node -> !node.equals(hole)).toList();
            sound.forEach(FakeComfyServer::holdExecutions); // so that it gets all that it may get

            List<String> ids = cluster.submit(SDXL, 120);
            cluster.awaitNode(hole, state -> !state.path("hold").isNull());
            sound.forEach(FakeComfyServer::releaseAll);

            int failed = 0;
            for (String id : ids) {
                JsonNode task = cluster.awaitEnd(id);
                boolean error = task.path("status").asText().equals("error");
                failed += error ? 1 : 0;
                assertThat(error).isEqualTo(task.at("/error/message").asText("").endsWith("this GPU is broken"));
            }
            assertThat(failed).isEqualTo(3);
            assertThat(hole.startedExecutions()).isEqualTo(3);
            assertThat(cluster.state(hole).at("/hold/kind").asText()).isEqualTo("quarantined");
            assertThat(cluster.successes()).isEqualTo(117);
        }
    }

    @Test
    void neverMoreThanHalfOfTheNodesAreHeld() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 3)) {
            cluster.nodes().forEach(node -> node.faults().failExecutions("RuntimeError", "all are broken"));

            for (String id : cluster.submit(SDXL, 20)) {
                assertThat(cluster.awaitEnd(id).path("status").asText()).isEqualTo("error");
            }

            long held = 0;
            for (FakeComfyServer node : cluster.nodes()) {
                held += cluster.state(node).path("hold").isNull() ? 0 : 1;
            }
            assertThat(held).isEqualTo(1);
        }
    }
}
