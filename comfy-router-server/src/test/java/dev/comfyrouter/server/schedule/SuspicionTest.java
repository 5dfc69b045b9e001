package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.NodeStates;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SuspicionTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private static NodeState gone(long id, int secondsAgo) {
        return NodeStates.offline(id, NOW.minusSeconds(secondsAgo));
    }

    private static NodeState up(long id) {
        return NodeStates.idle(id, NOW.minusSeconds(3600));
    }

    private static boolean suspected(NodeState died, NodeState... others) {
        List<NodeState> all = new ArrayList<>(List.of(others));
        all.add(died);
        return Suspicion.falls(died, all, NOW);
    }

    @Test
    void aNodeThatDiesAloneAmongThreeSpeaksAgainstItsTask() {
        assertThat(suspected(gone(1, 40), up(2), up(3))).isTrue();
    }

    @Test
    void aNodeThatIsBackAlreadyHasDiedAllTheSame() {
        assertThat(suspected(up(1), up(2), up(3))).isTrue();
    }

    @Test
    void halfOfTheNodesWithinAMinuteSpeakAgainstTheNetwork() {
        assertThat(suspected(gone(1, 40), gone(2, 90), up(3), up(4))).isFalse();
        assertThat(suspected(gone(1, 40), gone(2, 90), up(3), up(4), up(5))).isTrue();
        assertThat(suspected(gone(1, 40), gone(2, 101), up(3), up(4))).isTrue();
    }

    @Test
    void nodesThatHaveBeenAwayForLongAreNotCounted() {
        assertThat(suspected(up(1), gone(2, 3600), gone(3, 3600))).isTrue();
    }

    @Test
    void theOnlyNodeAndOneOfTwoMayGoForAnyReason() {
        assertThat(suspected(gone(1, 40))).isFalse();
        assertThat(suspected(gone(1, 40), up(2))).isFalse();
    }

    @Test
    void anOperatorWhoDrainsTheNodeIsReasonEnough() {
        assertThat(suspected(NodeStates.draining(gone(1, 40)), up(2), up(3))).isFalse();
    }
}
