package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.HttpFault;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// How long a node that cannot be reached may keep its task: 45 s, and longer for a task that has run longer.
class LostNodesTest {
    @TempDir
    private Path directory;

    private Cluster cluster;
    private FakeComfyServer away;
    private String id;

    @BeforeEach
    void runATask() throws Exception {
        cluster = Cluster.start(directory, 1);
        away = cluster.node(0);
        away.holdExecutions();
        id = cluster.submit(SDXL);
        away.awaitRunning(LONG);
        cluster.awaitTask(id, task -> task.path("status").asText().equals("running"));
    }

    @AfterEach
    void close() {
        cluster.close();
    }

    /// The node cannot be reached any more, and the task's runner has noticed.
    private void leave() throws Exception {
        away.faults().always("", HttpFault.CUT);
        away.faults().cutSockets();
        cluster.awaitStatus(away, "offline");
        awaitLooks(2);
    }

    /// Waits until the runner has asked in vain so often.
    private void awaitLooks(int more) throws Exception {
        away.awaitRequests(away.requests("GET", "/queue").size() + more, "GET", "/queue", LONG);
    }

    private JsonNode endAfterComingBack() throws Exception {
        away.faults().heal();
        if (cluster.task(id).path("status").asText().equals("pending")) {
            away.awaitExecutions(1, LONG); // the given-up prompt is taken off
        }
        away.releaseAll();
        return cluster.awaitEndJumping(id, Duration.ofSeconds(1));
    }

    @Test
    void aNodeThatComesBackWithinTheTimeHasKeptItsTask() throws Exception {
        leave();
        cluster.time.jump(Duration.ofSeconds(35));
        awaitLooks(2);

        JsonNode task = endAfterComingBack();

        assertThat(task.path("status").asText()).isEqualTo("done");
        assertThat(task.path("attempts").asInt()).isEqualTo(1);
        assertThat(away.startedExecutions()).isEqualTo(1);
    }

    @Test
    void aNodeThatComesBackLaterHasLostIt() throws Exception {
        leave();
        cluster.time.jump(Duration.ofSeconds(46));
        cluster.awaitTask(id, task -> task.path("status").asText().equals("pending"));

        JsonNode task = endAfterComingBack();

        assertThat(task.path("status").asText()).isEqualTo("done");
        assertThat(task.path("attempts").asInt()).isEqualTo(2);
        assertThat(away.startedExecutions()).isEqualTo(2);
        assertThat(cluster.successes()).isEqualTo(1);
    }

    @Test
    void aTaskThatHasRunForMinutesIsWaitedForAsLong() throws Exception {
        cluster.time.jump(Duration.ofMinutes(5));
        cluster.awaitNode(away, state -> state.path("running").asInt() == 1);
        leave();
        cluster.time.jump(Duration.ofMinutes(4));
        awaitLooks(2);
        assertThat(cluster.task(id).path("status").asText()).isEqualTo("running");
        cluster.time.jump(Duration.ofMinutes(2));
        cluster.awaitTask(id, task -> task.path("status").asText().equals("pending"));

        JsonNode task = endAfterComingBack();

        assertThat(task.path("attempts").asInt()).isEqualTo(2);
        assertThat(cluster.successes()).isEqualTo(1);
    }
}
