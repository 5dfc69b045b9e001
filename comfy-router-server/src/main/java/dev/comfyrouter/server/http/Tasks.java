package dev.comfyrouter.server.http;

import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.store.WholeTask;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import io.helidon.webserver.http.ServerRequest;
import java.util.Optional;

/// The task that a path names: 404 when there never was one, 410 when it was dropped.
final class Tasks {
    private final TaskStore store;

    Tasks(TaskStore store) {
        this.store = store;
    }

    Task named(ServerRequest request) throws InterruptedException {
        String text = request.path().pathParameters().get("id");
        TaskId id = TaskId.parse(text).orElseThrow(Tasks::unknown);
        Optional<Task> task = store.task(id);
        if (task.isEmpty()) {
            throw missing(id);
        }
        return task.get();
    }

    WholeTask whole(ServerRequest request) throws InterruptedException {
        TaskId id = TaskId.parse(request.path().pathParameters().get("id")).orElseThrow(Tasks::unknown);
        Optional<WholeTask> task = store.whole(id);
        if (task.isEmpty()) {
            throw missing(id);
        }
        return task.get();
    }

    Optional<WholeTask> whole(TaskId id) throws InterruptedException {
        return store.whole(id);
    }

    Refusal missing(TaskId id) throws InterruptedException {
        return store.dropped(id) ? Refusal.gone("This task has ended and was dropped from the history.") : unknown();
    }

    Optional<Task> find(TaskId id) throws InterruptedException {
        return store.task(id);
    }

    private static Refusal unknown() {
        return Refusal.unknown("There is no task with this id.");
    }
}
