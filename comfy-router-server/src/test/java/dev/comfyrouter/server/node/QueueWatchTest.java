package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.time.Time;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What is concluded from a queue, which the test writes down.
class QueueWatchTest {
    private final List<String> running = new ArrayList<>();
    private final List<String> pending = new ArrayList<>();
    private final List<PromptId> gone = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private HttpServer server;
    private Node node;
    private QueueWatch watch;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            String answer = exchange.getRequestURI().getPath().endsWith("/queue")
                    ? "{\"queue_running\":" + lines(running) + ",\"queue_pending\":" + lines(pending) + "}"
                    : "{\"cancelled\":true}";
            exchange.getRequestBody().readAllBytes();
            byte[] bytes = answer.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        server.start();
        URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
        node = SimulatedNodes.node(
                new NodeSpec(new NodeId(1), url, "a", List.of(), Map.of(), false, now),
                ComfyClient.builder(url).build(),
                Time.system());
        watch = new QueueWatch(node, () -> now, gone::add, new Twins(List::of));
    }

    @AfterEach
    void stop() {
        node.close();
        server.stop(0);
    }

    private static String lines(List<String> prompts) {
        return prompts.stream()
                .map(id -> "[1,\"" + id + "\",{},{\"client_id\":\"x\"},[]]")
                .collect(Collectors.joining(",", "[", "]"));
    }

    private void look() throws InterruptedException {
        watch.look(running.size() + pending.size());
    }

    private void pass(int seconds) {
        now = now.plus(Duration.ofSeconds(seconds));
    }

    private static String prompt() {
        return PromptId.random().value();
    }

    @Test
    void aNodeWherePromptsWaitAndNoneRunsForTenSecondsHasADeadWorker() throws Exception {
        pending.add(prompt());
        pending.add(prompt());
        look();
        pass(9);
        look();
        assertThat(node.state().hold()).isEmpty();

        pass(1);
        look();

        Hold hold = node.state().hold().orElseThrow();
        assertThat(hold.kind()).isEqualTo(Hold.Kind.STALLED);
        assertThat(hold.reason()).contains("2 prompts wait").contains("restart this ComfyUI");
        assertThat(node.state().free(now)).isFalse();

        running.add(pending.removeFirst()); // restarted
        look();
        assertThat(node.state().hold()).isEmpty();
    }

    @Test
    void aWorkerThatTakesPromptsInBetweenIsWell() throws Exception {
        pending.add(prompt());
        look();
        pass(6);
        running.add(pending.removeFirst());
        pending.add(prompt());
        look();
        pass(6);
        running.clear();
        look();
        pass(9);
        look();

        assertThat(node.state().hold()).isEmpty();
    }

    @Test
    void aGivenUpPromptThatComesAfterAnAbsenceCountsFromTheBeginningAgain() throws Exception {
        PromptId late = PromptId.random();
        node.abandon(late);
        look();
        assertThat(node.state().abandoned()).containsExactly(late);

        pending.add(late.value()); // on its way all the time
        look();
        pending.clear();
        look();
        assertThat(node.state().abandoned()).as("one absence since").containsExactly(late);
        assertThat(gone).isEmpty();
        look();

        assertThat(node.state().abandoned()).isEmpty();
        assertThat(gone).containsExactly(late);
    }

    @Test
    void ofTwoAttemptsThatARestartFindsTheNewerOneHasTheSlot() {
        var ended = new NodeState.Occupant(2, 1, PromptId.random(), now);
        var runs = new NodeState.Occupant(1, 1, PromptId.random(), now.plusSeconds(3));

        node.reoccupy(runs);
        node.reoccupy(ended);
        assertThat(node.state().occupant()).hasValue(runs);
        node.vacate(ended.promptId(), Set.of());
        assertThat(node.state().occupant()).hasValue(runs);

        node.vacate(runs.promptId(), Set.of());
        node.reoccupy(ended);
        node.reoccupy(runs);
        assertThat(node.state().occupant()).hasValue(runs);
    }

    @Test
    void promptsOfOthersAreCountedAndOursAreNot() throws Exception {
        PromptId ours = PromptId.random();
        assertThat(node.tryOccupy(new NodeState.Occupant(1, 1, ours, now))).isFalse(); // offline
        node.reoccupy(new NodeState.Occupant(1, 1, ours, now));
        running.add(prompt());
        pending.add(ours.value());

        look();

        assertThat(node.state().foreign()).isEqualTo(1);
    }
}
