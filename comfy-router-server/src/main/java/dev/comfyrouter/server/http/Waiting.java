package dev.comfyrouter.server.http;

import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/// Waits for a task to end, for callers who have the patience.
final class Waiting {
    private final Bell bell;
    private final Tasks tasks;
    private final CountDownLatch closing;

    /// @param closing is open when the door closes; the bell rings for all then
    Waiting(Bell bell, Tasks tasks, CountDownLatch closing) {
        this.bell = bell;
        this.tasks = tasks;
        this.closing = closing;
    }

    /// Whether the task has ended, or is gone, in time and before the door closes.
    boolean ended(TaskId id, long number, Duration patience) throws InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        try (Bell.Ear ear = bell.listen(number)) {
            while (true) {
                Optional<Task> task = tasks.find(id);
                if (task.isEmpty() || task.get().state().terminal()) {
                    return true;
                }
                long left = end - System.nanoTime();
                if (closing.getCount() == 0 || left <= 0 || !ear.await(Duration.ofNanos(left))) {
                    return false;
                }
            }
        }
    }
}
