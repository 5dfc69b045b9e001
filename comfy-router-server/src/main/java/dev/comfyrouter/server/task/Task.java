package dev.comfyrouter.server.task;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// One accepted workflow as the store knows it.
///
/// @param number counts up from 1, never used twice; the number people see
/// @param title the beginning of its prompt, for lists
/// @param deadline the first attempt must begin before
/// @param maxRun the longest time of one attempt
/// @param attempts how often it was given to a node
/// @param nodeUrl the node of the last attempt, kept after that node was removed
/// @param notBefore the next attempt waits until then
public record Task(
        long number,
        TaskId id,
        String type,
        TaskState state,
        int priority,
        String title,
        Instant createdAt,
        Instant deadline,
        Duration maxRun,
        Optional<Instant> startedAt,
        Optional<Instant> finishedAt,
        Optional<Instant> notBefore,
        int attempts,
        Optional<NodeId> node,
        Optional<String> nodeUrl,
        boolean cancelRequested,
        int sequence,
        Optional<BigInteger> seed,
        Optional<Failure> failure) {
    /// A task that has just been accepted, or waits as if it had.
    public static Task accepted(
            long number,
            TaskId id,
            String type,
            TaskState state,
            int priority,
            String title,
            Instant createdAt,
            Instant deadline,
            Duration maxRun,
            Optional<BigInteger> seed) {
        return new Task(
                number,
                id,
                type,
                state,
                priority,
                title,
                createdAt,
                deadline,
                maxRun,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                0,
                Optional.empty(),
                Optional.empty(),
                false,
                1,
                seed,
                Optional.empty());
    }

    /// The same without what only people read, for a task that waits in memory among a hundred thousand others.
    public Task lean() {
        if (title.isEmpty() && seed.isEmpty()) {
            return this;
        }
        return new Task(
                number,
                id,
                type,
                state,
                priority,
                "",
                createdAt,
                deadline,
                maxRun,
                startedAt,
                finishedAt,
                notBefore,
                attempts,
                node,
                nodeUrl,
                cancelRequested,
                sequence,
                Optional.empty(),
                failure);
    }
}
