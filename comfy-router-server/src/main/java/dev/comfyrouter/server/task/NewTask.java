package dev.comfyrouter.server.task;

import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/// A validated request, about to be accepted.
///
/// @param pictures the SHA-256 of the pictures that came inside the request
/// @param needsFiles whether files must be fetched first; otherwise the task is READY as soon as it is accepted
/// @param retryOf the ended task that this one runs again
/// @param key the caller's idempotency key with the hash of the body
public record NewTask(
        TaskId id,
        String type,
        int priority,
        String title,
        Instant createdAt,
        Instant deadline,
        Duration maxRun,
        Optional<BigInteger> seed,
        TaskInput input,
        Set<String> pictures,
        boolean needsFiles,
        Optional<TaskId> retryOf,
        Optional<IdempotencyKey> key) {

    /// A caller's `Idempotency-Key` and what it was sent with, both as lower-case hex of a SHA-256.
    public record IdempotencyKey(String key, String body) {}
}
