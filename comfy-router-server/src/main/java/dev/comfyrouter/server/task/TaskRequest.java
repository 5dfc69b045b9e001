package dev.comfyrouter.server.task;

import java.time.Duration;
import java.util.Optional;

/// What a caller asks for, validated.
///
/// @param type `SD15`, `SDXL`, `Flux` or `Graph`
/// @param priority higher goes first
/// @param maxWait from acceptance to the first attempt; empty for the configured one
/// @param maxRun of one attempt; empty for the configured one
/// @param retryOf the ended task that this one runs again
public record TaskRequest(
        String type,
        Plan plan,
        int priority,
        Optional<Duration> maxWait,
        Optional<Duration> maxRun,
        Requirements requires,
        Optional<TaskId> retryOf) {
    /// The type of a request that brings its own graph.
    public static final String GRAPH = "Graph";
}
