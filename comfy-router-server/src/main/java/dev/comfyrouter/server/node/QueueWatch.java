package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.QueueSnapshot;
import dev.comfyrouter.client.QueuedPrompt;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// What a node's queue tells: how many prompts of others are there, whether those that we gave up have gone, and
/// whether anything runs at all. Used by the watch of the node alone.
final class QueueWatch {
    /// How often in a row a given-up prompt must be absent: one look may come between a submission and its arrival.
    private static final int ABSENT = 2;

    /// So long prompts may wait while none runs.
    private static final Duration DEAD_WORKER = Duration.ofSeconds(10);

    private static final Duration STALL_HOLD = Duration.ofMinutes(10);

    private final Node node;
    private final InstantSource clock;
    private final Gone gone;
    private final Twins twins;
    private final Map<PromptId, Integer> absences = new HashMap<>();
    private @Nullable Instant motionlessSince;
    private @Nullable PromptId seenRunning;
    private boolean held;

    /// @param gone hears of each given-up prompt that is certainly not on the node any more
    QueueWatch(Node node, InstantSource clock, Gone gone, Twins twins) {
        this.node = node;
        this.clock = clock;
        this.gone = gone;
        this.twins = twins;
    }

    /// Looks into the queue when its length is not what our own prompts explain, or when ours should run by now.
    ///
    /// @param prompts how many prompts the node says it has
    void look(int prompts) throws InterruptedException {
        NodeState before = node.state();
        if (prompts == before.ours() && before.abandoned().isEmpty() && !inDoubt(before)) {
            node.foreign(0);
            motionlessSince = null;
            return;
        }
        for (PromptId promptId : before.abandoned()) {
            var unused = node.client().cancel(promptId);
        }
        QueueSnapshot queue = node.client().queue();
        List<PromptId> foreign = foreign(queue, before, node.state());
        node.foreign(foreign.size());
        twins.look(node, foreign);
        watchWorker(queue);
        before.occupant()
                .filter(ours -> queue.isRunning(ours.promptId()))
                .ifPresent(ours -> seenRunning = ours.promptId());
        for (PromptId promptId : before.abandoned()) {
            watchAbandoned(promptId, queue.contains(promptId));
        }
    }

    private boolean inDoubt(NodeState state) {
        return state.occupant()
                .filter(ours -> !ours.promptId().equals(seenRunning))
                .filter(ours -> !clock.instant().isBefore(ours.since().plus(DEAD_WORKER)))
                .isPresent();
    }

    /// Attempts come and go while the queue is read: what was ours before or is ours now is not foreign, nor is
    /// what was submitted under our client id.
    private List<PromptId> foreign(QueueSnapshot queue, NodeState before, NodeState after) {
        Set<PromptId> ours = new HashSet<>(before.abandoned());
        ours.addAll(after.abandoned());
        before.occupant().ifPresent(attempt -> ours.add(attempt.promptId()));
        after.occupant().ifPresent(attempt -> ours.add(attempt.promptId()));
        Optional<String> client = Optional.of(node.session().clientId());
        return Stream.concat(queue.running().stream(), queue.pending().stream())
                .filter(prompt -> !prompt.clientId().equals(client))
                .map(QueuedPrompt::promptId)
                .filter(promptId -> !ours.contains(promptId))
                .toList();
    }

    private void watchAbandoned(PromptId promptId, boolean there) throws InterruptedException {
        if (there) {
            absences.remove(promptId);
        } else if (absences.merge(promptId, 1, Integer::sum) >= ABSENT) {
            gone.gone(promptId);
            absences.remove(promptId);
            node.gone(promptId);
        }
    }

    /// A ComfyUI whose worker thread has died answers everything and runs nothing: prompts wait, none runs.
    private void watchWorker(QueueSnapshot queue) {
        Instant now = clock.instant();
        Instant since = motionlessSince;
        if (!queue.running().isEmpty() || queue.pending().isEmpty()) {
            motionlessSince = null;
            if (held && !queue.running().isEmpty()) {
                held = false;
                node.hold(node.state().hold().filter(other -> other.kind() != Hold.Kind.STALLED));
            }
        } else if (since == null) {
            motionlessSince = now;
        } else if (Duration.between(since, now).compareTo(DEAD_WORKER) >= 0) {
            held = true;
            node.hold(Optional.of(new Hold(
                    Hold.Kind.STALLED,
                    now.plus(STALL_HOLD),
                    queue.pending().size()
                            + " prompts wait there and none runs: its worker has died, restart this ComfyUI")));
        }
    }
}
