package dev.comfyrouter.server.node;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.Version;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.time.Time;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Which nodes are one server, from prompt ids that the test deals out. Nothing answers at their addresses.
class TwinsTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private final List<Node> nodes = new ArrayList<>();
    private final Twins twins = new Twins(() -> List.copyOf(nodes));
    private final Node a = node(1);
    private final Node b = node(2);
    private final Node c = node(3);

    private Node node(long number) {
        URI url = URI.create("http://127.0.0.1:1/" + number + "/");
        Node node = SimulatedNodes.node(
                new NodeSpec(new NodeId(number), url, "n" + number, List.of(), Map.of(), false, NOW),
                ComfyClient.builder(url).build(),
                Time.system());
        nodes.add(node);
        return node;
    }

    private static PromptId runs(Node node) {
        PromptId promptId = PromptId.random();
        node.reoccupy(new NodeState.Occupant(1, 1, promptId, NOW));
        return promptId;
    }

    private static Optional<Long> twin(Node node) {
        return node.state().twin().map(NodeId::value);
    }

    @AfterEach
    void close() {
        List.of(a, b, c).forEach(Node::close);
    }

    @Test
    void aPromptOfOneNodeInTheQueueOfAnotherMakesThemOneServer() {
        PromptId ours = runs(a);

        twins.look(b, List.of(PromptId.random(), ours));

        assertThat(twin(a)).hasValue(2L);
        assertThat(twin(b)).hasValue(1L);
        assertThat(twin(c)).isEmpty();
    }

    @Test
    void aGivenUpPromptThatMayBeAliveProvesItToo() {
        PromptId givenUp = runs(a);
        a.abandon(givenUp);

        twins.look(b, List.of(givenUp));

        assertThat(twin(b)).hasValue(1L);
    }

    @Test
    void nodesThatAreBusyWithAsManyPromptsOfOthersAreNotOneServer() {
        runs(a);
        runs(b);

        twins.look(a, List.of(PromptId.random()));
        twins.look(b, List.of(PromptId.random()));

        assertThat(twin(a)).isEmpty();
        assertThat(twin(b)).isEmpty();
    }

    @Test
    void aPromptThatHasEndedProvesNothing() {
        PromptId ended = runs(a);
        a.vacate(ended, Set.of());

        twins.look(b, List.of(ended));

        assertThat(twin(b)).isEmpty();
    }

    @Test
    void ofThreeTheOneThatIsLeftAloneByARemovalIsPairedAnew() {
        PromptId ours = runs(a);
        twins.look(b, List.of(ours));
        twins.look(c, List.of(ours));
        assertThat(twin(a)).hasValue(2L);
        assertThat(twin(c)).hasValue(1L);

        nodes.remove(b);
        twins.forget(b.id());
        assertThat(twin(a)).isEmpty();
        twins.look(a, List.of(runs(c)));

        assertThat(twin(a)).hasValue(3L);
    }

    @Test
    void aNodeThatTellsOfItselfAgainMayBeAnotherServer() {
        twins.look(b, List.of(runs(a)));

        b.learn(new About(Version.OLDEST_SUPPORTED, "2.8", List.of(), Optional.empty()));

        assertThat(twin(b)).isEmpty();
    }
}
