package dev.comfyrouter.server.http;

import dev.comfyrouter.server.node.Health;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.NodeId;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/// What each node was in each of the last sixty minutes: the worst it was seen to be.
final class MinuteStrip {
    private static final int MINUTES = 60;

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<NodeId, Strip> strips = new HashMap<>(); // Guarded by `lock`.

    /// A ring of minutes; `stamps` says which minute a place holds.
    private static final class Strip {
        final long[] stamps = new long[MINUTES];
        final Health[] states = new Health[MINUTES];
    }

    MinuteStrip(InstantSource clock) {
        this.clock = clock;
    }

    /// Looks at all nodes that there are.
    void sample(List<NodeState> nodes) {
        long minute = minute();
        int place = (int) (minute % MINUTES);
        Set<NodeId> present = new HashSet<>();
        lock.lock();
        try {
            for (NodeState node : nodes) {
                present.add(node.id());
                Strip strip = strips.computeIfAbsent(node.id(), id -> new Strip());
                if (strip.stamps[place] != minute || strip.states[place].compareTo(node.health()) < 0) {
                    strip.stamps[place] = minute;
                    strip.states[place] = node.health();
                }
            }
            strips.keySet().retainAll(present);
        } finally {
            lock.unlock();
        }
    }

    /// The states of the last sixty minutes, oldest first; empty where nobody knows.
    List<Optional<String>> of(NodeId node) {
        long now = minute();
        List<Optional<String>> minutes = new ArrayList<>(MINUTES);
        lock.lock();
        try {
            Strip strip = strips.getOrDefault(node, new Strip());
            for (long minute = now - MINUTES + 1; minute <= now; minute++) {
                int place = (int) (minute % MINUTES);
                minutes.add(strip.stamps[place] == minute ? Optional.of(strip.states[place].word()) : Optional.empty());
            }
        } finally {
            lock.unlock();
        }
        return minutes;
    }

    private long minute() {
        return clock.instant().getEpochSecond() / 60;
    }
}
