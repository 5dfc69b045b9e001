package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.SimulatedNodes;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.time.Time;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuarantineTest {
    private final List<Node> nodes = new ArrayList<>();
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private final Quarantine quarantine =
            new Quarantine(() -> nodes.stream().map(Node::state).toList(), () -> now);

    @AfterEach
    void close() {
        nodes.forEach(Node::close);
    }

    private Node node(int number) {
        URI url = URI.create("http://gpu-" + number + ":8188/");
        var spec = new NodeSpec(new NodeId(number), url, "gpu-" + number, List.of(), Map.of(), false, now);
        Node node = SimulatedNodes.node(spec, ComfyClient.builder(url).build(), Time.system());
        nodes.add(node);
        return node;
    }

    private void fail(Node node, long... tasks) {
        for (long task : tasks) {
            quarantine.failed(node, task, FailureClass.EXECUTION);
        }
    }

    private static Optional<Hold> hold(Node node) {
        return node.state().hold();
    }

    @Test
    void theThirdFailureOfDifferentTasksHoldsANodeForAMinute() {
        Node bad = node(1);
        node(2);
        fail(bad, 1, 2);
        assertThat(hold(bad)).isEmpty();

        fail(bad, 3);

        assertThat(hold(bad).orElseThrow().kind()).isEqualTo(Hold.Kind.QUARANTINED);
        assertThat(hold(bad).orElseThrow().until()).isEqualTo(now.plus(Duration.ofMinutes(1)));
    }

    @Test
    void oneTaskThatFailsAgainAndAgainSaysNothingOfItsNode() {
        Node good = node(1);
        node(2);

        fail(good, 1, 1, 1, 1, 2);

        assertThat(hold(good)).isEmpty();
    }

    @Test
    void aSuccessBetweenAndTenMinutesClearWhatWas() {
        Node good = node(1);
        node(2);
        fail(good, 1, 2);
        quarantine.succeeded(good);
        fail(good, 3, 4);
        now = now.plus(Duration.ofMinutes(11));

        fail(good, 5, 6);

        assertThat(hold(good)).isEmpty();
    }

    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"EXECUTION", "INFRASTRUCTURE"})
    void whatIsNotTheNodesFaultDoesNotCount(FailureClass cause) {
        Node good = node(1);
        node(2);

        for (long task = 1; task < 9; task++) {
            quarantine.failed(good, task, cause);
        }

        assertThat(hold(good)).isEmpty();
    }

    @Test
    void eachTimeInARowTheHoldIsTwiceAsLongUpToHalfAnHourAndASuccessBeginsAnew() {
        Node bad = node(1);
        node(2);
        List<Duration> lengths = new ArrayList<>();
        for (int round = 0; round < 7; round++) {
            fail(bad, 3L * round, 3L * round + 1, 3L * round + 2);
            Instant until = hold(bad).orElseThrow().until();
            lengths.add(Duration.between(now, until));
            now = until;
        }
        assertThat(lengths).extracting(Duration::toMinutes).containsExactly(1L, 2L, 4L, 8L, 16L, 30L, 30L);

        quarantine.succeeded(bad);
        fail(bad, 91, 92, 93);

        assertThat(hold(bad).orElseThrow().until()).isEqualTo(now.plus(Duration.ofMinutes(1)));
    }

    @Test
    void neverMoreThanHalfOfTheNodesAreHeldAndTheNextIsHeldWhenOneComesBack() {
        Node first = node(1);
        Node second = node(2);
        node(3);
        fail(first, 1, 2, 3);
        fail(second, 4, 5, 6);
        assertThat(hold(first)).isPresent();
        assertThat(hold(second)).isEmpty();

        now = now.plus(Duration.ofSeconds(61));
        fail(second, 7);

        assertThat(hold(second)).isPresent();
    }

    @Test
    void theOnlyNodeIsNeverHeld() {
        Node only = node(1);

        fail(only, 1, 2, 3, 4, 5);

        assertThat(hold(only)).isEmpty();
    }
}
