package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// Keeps work from a node that fails whatever it is given: a node that answers and fails at once would eat the whole
/// queue.
final class Quarantine {
    private static final int FAILURES = 3;
    private static final Duration WINDOW = Duration.ofMinutes(10);
    private static final Duration FIRST = Duration.ofSeconds(60);
    private static final Duration LONGEST = Duration.ofMinutes(30);

    private final Supplier<List<NodeState>> nodes;
    private final InstantSource clock;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<NodeId, Conduct> conducts = new HashMap<>(); // Guarded by `lock`.

    Quarantine(Supplier<List<NodeState>> nodes, InstantSource clock) {
        this.nodes = nodes;
        this.clock = clock;
    }

    /// How a node has done of late.
    ///
    /// @param failed the tasks that failed there since the last success, with the time
    /// @param held how often in a row it was held
    private record Conduct(Map<Long, Instant> failed, int held) {
        static final Conduct NEW = new Conduct(Map.of(), 0);

        Conduct withFailure(long task, Instant now) {
            Map<Long, Instant> recent = new HashMap<>(failed);
            recent.values().removeIf(at -> Duration.between(at, now).compareTo(WINDOW) > 0);
            recent.put(task, now);
            return new Conduct(recent, held);
        }
    }

    void succeeded(Node node) {
        lock.lock();
        try {
            conducts.remove(node.id());
        } finally {
            lock.unlock();
        }
    }

    /// Counts a failure that may be the node's own, and holds the node after the third of different tasks.
    void failed(Node node, long task, FailureClass cause) {
        if (cause != FailureClass.EXECUTION && cause != FailureClass.INFRASTRUCTURE) {
            return;
        }
        Instant now = clock.instant();
        lock.lock(); // around look and hold, so that nodes that fail at the same moment do not all go
        try {
            judge(node.id(), task, now)
                    .ifPresent(time -> node.hold(Optional.of(new Hold(
                            Hold.Kind.QUARANTINED,
                            now.plus(time),
                            FAILURES + " different tasks failed on it, none succeeded between"))));
        } finally {
            lock.unlock();
        }
    }

    private Optional<Duration> judge(NodeId node, long task, Instant now) {
        Conduct conduct = conducts.getOrDefault(node, Conduct.NEW).withFailure(task, now);
        if (conduct.failed().size() < FAILURES || !mayHold(now)) {
            conducts.put(node, conduct);
            return Optional.empty();
        }
        conducts.put(node, new Conduct(Map.of(), conduct.held() + 1));
        Duration time = FIRST.multipliedBy(1L << Math.min(conduct.held(), 10));
        return Optional.of(time.compareTo(LONGEST) < 0 ? time : LONGEST);
    }

    /// Whether one more may be held: never more than half of the nodes.
    private boolean mayHold(Instant now) {
        List<NodeState> all = nodes.get();
        long held = all.stream()
                .filter(state -> state.held(now))
                .flatMap(state -> state.hold().stream())
                .filter(hold -> hold.kind() == Hold.Kind.QUARANTINED)
                .count();
        return (held + 1) * 2 <= all.size();
    }
}
