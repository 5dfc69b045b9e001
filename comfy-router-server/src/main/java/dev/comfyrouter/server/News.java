package dev.comfyrouter.server;

import dev.comfyrouter.server.schedule.Schedule;
import dev.comfyrouter.server.task.TaskEvent;
import org.jspecify.annotations.Nullable;

/// Passes on what the store and the nodes report to parts that are made after them.
final class News {
    private volatile @Nullable Schedule schedule;

    void tell(Schedule listener) {
        schedule = listener;
    }

    void published(TaskEvent event) {
        Schedule listener = schedule;
        if (listener != null) {
            listener.published(event);
        }
    }

    void nodesChanged() {
        Schedule listener = schedule;
        if (listener != null) {
            listener.dispatcher().nodesChanged();
        }
    }
}
