package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.NodeState.Occupant;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.HttpFault;
import dev.comfyrouter.workflows.ModelFolder;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The watch of a node and its event stream, over a simulated server.
class NodeWatchTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private final FakeComfyServer server = FakeComfyServer.start();
    private final Bench bench = new Bench(Duration.ofMillis(50));

    @AfterEach
    void close() {
        bench.close();
        server.close();
    }

    private Node online() throws InterruptedException {
        Node node = bench.add(server);
        bench.await(node, NodeState::online);
        return node;
    }

    /// Waits until the router's end of the stream is open, too; whoever watches a prompt is woken then.
    private static void awaitStream(Node node) throws InterruptedException {
        PromptId nobody = PromptId.random();
        Inbox inbox = node.session().watch(nobody);
        while (!node.session().open()) {
            var unused = inbox.poll(Duration.ofSeconds(1));
        }
        node.session().forget(nobody);
    }

    private int asked(String path) {
        return server.requests("GET", path).size();
    }

    @Test
    void aNodeIsKnownBeforeItIsOnlineAndAskedOnceForEachConnection() throws Exception {
        Node node = online();

        About about = node.state().about().orElseThrow();
        assertThat(about.version().toString()).isEqualTo("0.33.0");
        assertThat(about.capabilities().orElseThrow().models().getOrDefault(ModelFolder.CHECKPOINTS, Map.of()))
                .containsKey("v1-5.safetensors");
        server.awaitSockets(1, LONG);
        server.awaitRequests(asked("/prompt") + 10, "GET", "/prompt", LONG); // ten more checks
        assertThat(asked("/object_info")).isEqualTo(1);
        assertThat(asked("/system_stats")).isEqualTo(1);
        assertThat(asked("/queue")).isZero();
    }

    @Test
    void aNodeThatRestartedUnnoticedIsAskedAgain() throws Exception {
        Node node = online();
        awaitStream(node);
        node.uploads().put("picture", "comfy-router/picture.png");

        server.faults().cutSockets(); // all that one sees of a restart between two checks

        server.awaitRequests(2, "GET", "/system_stats", LONG);
        server.awaitRequests(2, "GET", "/object_info", LONG);
        awaitStream(node);
        assertThat(node.uploads()).isEmpty();
        assertThat(node.state().health()).isEqualTo(Health.IDLE);
    }

    @Test
    void aNodeThatDoesNotTellWhatItCanDoIsUsedAllTheSame() throws Exception {
        server.faults().next("GET /object_info", HttpFault.FAIL);

        Node node = online();
        assertThat(node.state().about().orElseThrow().capabilities()).isEmpty();

        NodeState later = bench.await(
                node, now -> now.about().flatMap(About::capabilities).isPresent());
        assertThat(later.online()).isTrue();
    }

    @Test
    void theStreamRestsWhileTheNodeIsAwayAndIsOpenedAnewUnderAnotherClientId() throws Exception {
        Node node = online();
        awaitStream(node);
        String before = node.session().clientId();

        server.crash();
        bench.await(node, now -> !now.online());
        server.comeBack();
        bench.await(node, NodeState::online);

        awaitStream(node);
        assertThat(node.session().clientId()).isNotEqualTo(before);
        assertThat(node.session().losses()).isPositive();
    }

    @Test
    void aGivenUpPromptIsTakenOffAndMustBeAbsentTwice() throws Exception {
        Node node = online();
        PromptId prompt = PromptId.random();

        node.abandon(prompt);

        NodeState free = bench.await(node, now -> now.abandoned().isEmpty());
        assertThat(free.free(Instant.now())).isTrue();
        assertThat(bench.gone).containsExactly(prompt.value());
        assertThat(server.requests("POST", "/cancel")).hasSizeGreaterThanOrEqualTo(2);
        assertThat(asked("/queue")).isGreaterThanOrEqualTo(2);
    }

    @Test
    void anAttemptOfOursIsNotForeignAndNeedsNoLookIntoTheQueue() throws Exception {
        Node node = online();
        server.holdExecutions();
        PromptId prompt = PromptId.random();
        assertThat(node.tryOccupy(new Occupant(1, 1, prompt, Instant.now()))).isTrue();
        node.client().submit(Submissions.onePicture(prompt, node.session().clientId()));
        server.awaitRunning(LONG);

        server.awaitRequests(asked("/prompt") + 10, "GET", "/prompt", LONG);

        assertThat(node.state().foreign()).isZero();
        assertThat(asked("/queue")).isLessThanOrEqualTo(1); // one check may fall between slot and submission
    }

    @Test
    void aPromptOfOursThatHasJustBegunIsNotTakenForSomebodyElses() throws Exception {
        Node node = online();
        server.holdExecutions();
        node.client()
                .submit(Submissions.onePicture(PromptId.random(), node.session().clientId()));
        server.awaitRunning(LONG);
        server.awaitRequests(3, "GET", "/queue", LONG); // its length is not explained, so it is looked into

        assertThat(node.state().foreign()).isZero();
        node.client().submit(Submissions.onePicture(PromptId.random(), "somebody"));
        bench.await(node, now -> now.foreign() == 1);
        server.releaseAll();
        bench.await(node, now -> now.foreign() == 0);
    }
}
