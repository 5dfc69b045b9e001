package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.Version;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Checks;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.Sight;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.workflows.ModelFolder;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Where tasks with models by URL go.
class LinkedPlacementTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final Needs.Model INK = new Needs.Model(ModelFolder.CHECKPOINTS, "ink-12345678.ckpt");
    private static final Needs LINKED = new Needs(Set.of(), Set.of(), Set.of(INK));
    private static final Needs PICKLE = new Needs(Set.of(), Set.of(), Set.of(INK), Set.of(INK));

    @Test
    void onlyANodeThatIsKnownToShareTheFolderIsTaken() {
        Placement.Decision decision =
                decide(LINKED, node(1, Sight.OWN, "2.8"), node(2, Sight.UNKNOWN, "2.8"), node(3, Sight.SHARED, "2.8"));

        assertThat(decision.pairs())
                .extracting(pair -> pair.node().id().value())
                .containsExactly(3L);
    }

    @Test
    void aTaskWithoutFilesByUrlGoesAnywhere() {
        Placement.Decision decision = decide(new Needs(Set.of(), Set.of(), Set.of()), node(1, Sight.OWN, "2.8"));

        assertThat(decision.pairs()).hasSize(1);
    }

    @Test
    void aNodeThatMayShareTheFolderIsWaitedFor() {
        Placement.Decision decision = decide(LINKED, node(1, Sight.OWN, "2.8"), node(2, Sight.UNKNOWN, "2.8"));

        assertThat(decision.pairs()).isEmpty();
        assertThat(decision.impossible()).isEmpty();
        assertThat(decision.reasons())
                .containsEntry(
                        1L,
                        "waits until it is known whether http://gpu-2:8188/ sees files linked into the models folder");
    }

    @Test
    void whenNoNodeSharesTheFolderItIsImpossibleAndEachIsNamed() {
        Placement.Decision decision = decide(LINKED, node(1, Sight.OWN, "2.8"), node(2, Sight.OWN, "2.8"));

        assertThat(decision.impossible().get(1L))
                .containsExactly(
                        "http://gpu-1:8188/ does not see files linked into models/checkpoints: is ROOT_DIR its models"
                                + " folder?",
                        "http://gpu-2:8188/ does not see files linked into models/checkpoints: is ROOT_DIR its models"
                                + " folder?");
    }

    @Test
    void aPickleGoesOnlyWhereLoadingItRunsNoCode() {
        Placement.Decision decision = decide(PICKLE, node(1, Sight.SHARED, "2.3.1"), node(2, Sight.SHARED, "2.4.0"));

        assertThat(decision.pairs())
                .extracting(pair -> pair.node().id().value())
                .containsExactly(2L);
        assertThat(lack(task(PICKLE), node(1, Sight.SHARED, "2.3.1")))
                .hasValueSatisfying(
                        why -> assertThat(why).contains("PyTorch 2.3.1").contains(INK.name()));
    }

    @Test
    void aNodeThatDidNotListTheFileIsLeftOutInItsOwnWords() {
        WaitingTask refused = task(LINKED)
                .after(
                        1,
                        new WaitingTask.Tried(
                                new NodeId(1),
                                FailureClass.MISSING,
                                "http://gpu-1:8188/ does not see files linked into models/loras: is ROOT_DIR its"
                                        + " models folder?"),
                        Optional.empty(),
                        NOW);

        assertThat(lack(refused, node(1, Sight.SHARED, "2.8")))
                .contains("http://gpu-1:8188/ does not see files linked into models/loras: is ROOT_DIR its models"
                        + " folder?");
    }

    private static Optional<String> lack(WaitingTask task, NodeState node) {
        return new Lack(task.needs(), task.requires(), task.tried()).of(node);
    }

    private static Placement.Decision decide(Needs needs, NodeState... nodes) {
        return Placement.decide(List.of(task(needs)), List.of(nodes), NOW);
    }

    private static WaitingTask task(Needs needs) {
        Task task = Task.accepted(
                1,
                TaskId.random(),
                "SD15",
                TaskState.READY,
                0,
                "a cat",
                NOW,
                NOW.plusSeconds(3600),
                Duration.ofHours(1),
                Optional.empty());
        return new WaitingTask(task, needs, Requirements.NONE, NOW, Optional.empty(), 0, List.of());
    }

    private static NodeState node(long number, Sight sight, String pytorch) {
        NodeSpec spec = new NodeSpec(
                new NodeId(number),
                URI.create("http://gpu-" + number + ":8188/"),
                "gpu-" + number,
                List.of(),
                Map.of(),
                false,
                NOW);
        return new NodeState(
                spec,
                new Checks(true, 0, 0, Optional.of(NOW), ""),
                NOW,
                Optional.of(new About(Version.OLDEST_SUPPORTED, pytorch, List.of(), Optional.empty())),
                Optional.empty(),
                Set.of(),
                0,
                Optional.empty(),
                NOW.minusSeconds(number),
                Set.of(),
                sight,
                NodeState.Leaving.NO,
                Optional.empty());
    }
}
