package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Whether a task gets another attempt after one that failed: one `switch` over the classes of failure.
final class Retry {
    private static final Duration LONGEST = Duration.ofSeconds(60);
    private static final int POISONED_NODES = 3;

    private final int maxAttempts;
    private final RandomGenerator random;

    Retry(int maxAttempts, RandomGenerator random) {
        this.maxAttempts = maxAttempts;
        this.random = random;
    }

    /// What happens next.
    sealed interface Verdict {
        /// Another attempt; at once, or after a delay.
        record Again(Optional<Duration> delay) implements Verdict {}

        /// The end, with the class that the task gets.
        record End(FailureClass kind) implements Verdict {}
    }

    /// @param task as it was before this attempt
    /// @param failed how the attempt went
    /// @param fromServerError whether the node answered 500, which the graph or the node may be the cause of
    Verdict decide(WaitingTask task, WaitingTask.Tried failed, boolean fromServerError) {
        FailureClass cause = failed.cause();
        return switch (cause) {
            case REQUEST ->
                fromServerError && task.failures(FailureClass.REQUEST) == 0
                        ? new Verdict.Again(Optional.empty())
                        : new Verdict.End(cause);
            case MISSING -> new Verdict.Again(Optional.empty()); // placement ends it when nobody is left
            case OUT_OF_MEMORY, INTERRUPTED ->
                task.failures(cause) == 0 ? new Verdict.Again(Optional.empty()) : new Verdict.End(cause);
            case INFRASTRUCTURE -> infrastructure(task, failed);
            case EXECUTION, POISON, INPUT, IMPOSSIBLE, EXPIRED -> new Verdict.End(cause);
        };
    }

    private Verdict infrastructure(WaitingTask task, WaitingTask.Tried failed) {
        long failures = task.failures(FailureClass.INFRASTRUCTURE) + 1;
        if (failures < maxAttempts) {
            return new Verdict.Again(Optional.of(delay(failures)));
        }
        Set<NodeId> nodes = Stream.concat(task.tried().stream(), Stream.of(failed))
                .filter(WaitingTask.Tried::suspected)
                .map(WaitingTask.Tried::node)
                .collect(Collectors.toSet());
        return new Verdict.End(nodes.size() >= POISONED_NODES ? FailureClass.POISON : FailureClass.INFRASTRUCTURE);
    }

    /// Full jitter over min(60 s, 1 s × 2ⁿ).
    private Duration delay(long failures) {
        long most = Math.min(LONGEST.toMillis(), 1000L << Math.min(failures, 16));
        return Duration.ofMillis(random.nextLong(most + 1));
    }
}
