package dev.comfyrouter.server.schedule;

import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/// Since when the router has not been able to see how far its prompts on one server are.
final class SimulatedSight {
    /// After this the router may take a prompt for lost.
    static final Duration SILENCE = Duration.ofSeconds(45);

    /// So often it looks for a prompt whose submission had no answer.
    private static final int PROBES = 4;

    private final Map<Integer, Instant> blindSince = new HashMap<>();
    private final Map<Integer, Integer> failedProbes = new HashMap<>();

    /// The submission of a task's prompt was not answered.
    void misses(int task) {
        failedProbes.put(task, 0);
    }

    /// The runner of a task has learned whether its prompt waits, runs or has ended.
    void sees(int task) {
        blindSince.remove(task);
        failedProbes.remove(task);
    }

    /// The runner of a task asked and has no answer; tells whether it may give up now.
    boolean failsToSee(int task, Instant now) {
        Instant since = blindSince.putIfAbsent(task, now);
        Integer probes = failedProbes.computeIfPresent(task, (ignored, before) -> before + 1);
        return (since != null && Duration.between(since, now).compareTo(SILENCE) >= 0)
                || (probes != null && probes >= PROBES);
    }

    /// Another router process begins to ask.
    void beginAnew() {
        blindSince.clear();
        failedProbes.clear();
    }
}
