package dev.comfyrouter.server.http;

import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import java.time.Duration;
import java.util.Optional;

/// Waits for a task to end, for callers who have the patience.
final class Waiting {
    private final Bell bell;
    private final Tasks tasks;

    Waiting(Bell bell, Tasks tasks) {
        this.bell = bell;
        this.tasks = tasks;
    }

    /// Whether the task has ended, or is gone, in time.
    boolean ended(TaskId id, long number, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        try (Bell.Ear ear = bell.listen(number)) {
            while (true) {
                Optional<Task> task = tasks.find(id);
                if (task.isEmpty() || task.get().state().terminal()) {
                    return true;
                }
                long left = end - System.nanoTime();
                if (left <= 0 || !ear.await(Duration.ofNanos(left))) {
                    return false;
                }
            }
        }
    }
}
