package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.workflows.ModelFolder;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Tasks that wait, for tests.
final class WaitingTasks {
    private WaitingTasks() {}

    /// A task that came at this time and needs this checkpoint.
    static WaitingTask task(long number, Instant created, int priority, String checkpoint) {
        var needs =
                new Needs(Set.of("KSampler"), Set.of(new Needs.Model(ModelFolder.CHECKPOINTS, checkpoint)), Set.of());
        return new WaitingTask(
                row(number, created, priority), needs, Requirements.NONE, created, Optional.empty(), 0, List.of());
    }

    static WaitingTask requiring(WaitingTask task, Requirements requires) {
        return new WaitingTask(
                task.task(),
                task.needs(),
                requires,
                task.readySince(),
                task.notBefore(),
                task.attempts(),
                task.tried());
    }

    private static Task row(long number, Instant created, int priority) {
        return Task.accepted(
                number,
                TaskId.random(),
                "SD15",
                TaskState.READY,
                priority,
                "a cat",
                created,
                created.plus(Duration.ofHours(24)),
                Duration.ofHours(1),
                Optional.empty());
    }
}
