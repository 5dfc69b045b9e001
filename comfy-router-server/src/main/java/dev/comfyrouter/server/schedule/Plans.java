package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Task;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// What waiting tasks run: the newest in memory, the others read again when their turn comes, so that a long queue
/// costs
/// little memory.
final class Plans {
    private static final int KEPT = 1000;

    private final TaskStore store;

    private final ReentrantLock lock = new ReentrantLock();
    private final Map<Long, Plan> kept = new LinkedHashMap<>(); // Guarded by `lock`.

    Plans(TaskStore store) {
        this.store = store;
    }

    void keep(long number, Plan plan) {
        lock.lock();
        try {
            if (kept.size() < KEPT) {
                kept.put(number, plan);
            }
        } finally {
            lock.unlock();
        }
    }

    void forget(long number) {
        lock.lock();
        try {
            kept.remove(number);
        } finally {
            lock.unlock();
        }
    }

    /// @throws IllegalStateException when the store has lost its request
    Plan of(Task task) throws InterruptedException {
        Optional<Plan> known = kept(task.number());
        return known.isPresent() ? known.get() : read(task);
    }

    private Optional<Plan> kept(long number) {
        lock.lock();
        try {
            return Optional.ofNullable(kept.get(number));
        } finally {
            lock.unlock();
        }
    }

    private Plan read(Task task) throws InterruptedException {
        return store.input(task.number())
                .map(input -> Plan.restore(task.type(), input.stored()))
                .orElseThrow(
                        () -> new IllegalStateException("the request of task " + task.id() + " is not in the store"));
    }
}
