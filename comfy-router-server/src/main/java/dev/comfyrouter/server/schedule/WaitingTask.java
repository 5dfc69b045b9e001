package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.Task;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A task whose files are present and that waits for a node.
///
/// @param task without its title and its seed, see [Task#lean]
/// @param readySince since when it waits
/// @param notBefore when its next attempt may begin
/// @param attempts how many it had
/// @param tried the attempts that failed, oldest first
public record WaitingTask(
        Task task,
        Needs needs,
        Requirements requires,
        Instant readySince,
        Optional<Instant> notBefore,
        int attempts,
        List<Tried> tried) {
    /// One step of priority is worth this much waiting: a task of lower priority that came this much earlier goes
    /// first.
    /// So a stream of important tasks delays the others and never starves them.
    static final Duration PRIORITY_STEP = Duration.ofMinutes(10);

    /// An attempt that failed: where, why, and in whose words.
    ///
    /// @param suspected whether its node died, for no other reason than perhaps this task
    public record Tried(NodeId node, FailureClass cause, String message, boolean suspected) {
        /// One that speaks against nobody.
        public Tried(NodeId node, FailureClass cause, String message) {
            this(node, cause, message, false);
        }

        /// Whether the node has shown that it cannot run the task.
        boolean showsUnfit() {
            return cause == FailureClass.MISSING || cause == FailureClass.REQUEST;
        }
    }

    public WaitingTask {
        task = task.lean();
        tried = List.copyOf(tried);
    }

    public long number() {
        return task.number();
    }

    /// The place in the queue: when it came, moved by its priority.
    Instant rank() {
        return task.createdAt().minus(PRIORITY_STEP.multipliedBy(task.priority()));
    }

    long failures(FailureClass cause) {
        return tried.stream().filter(attempt -> attempt.cause() == cause).count();
    }

    /// The same with its files here.
    WaitingTask prepared(Needs known, Instant now) {
        return new WaitingTask(task, known, requires, now, notBefore, attempts, tried);
    }

    /// The same after one more attempt that failed, to be tried again from `notBefore` on.
    WaitingTask after(int k, Tried failed, Optional<Instant> from, Instant now) {
        List<Tried> all = new ArrayList<>(tried);
        all.add(failed);
        return new WaitingTask(task, needs, requires, now, from, k, all);
    }

    /// The same after an attempt that does not count, because the router or the operator ended it.
    WaitingTask after(int k, Instant now) {
        return new WaitingTask(task, needs, requires, now, Optional.empty(), k, tried);
    }
}
