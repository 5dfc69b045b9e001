package dev.comfyrouter.testkit;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.IntConsumer;

/// Pending prompts, the running one, and the history; in memory only, as ComfyUI keeps them.
final class PromptQueue {

    /// What `/queue` shows at one moment.
    record Snapshot(Optional<PromptItem> running, List<PromptItem> pending) {

        int remaining() {
            return pending.size() + (running.isPresent() ? 1 : 0);
        }
    }

    static final int MAX_HISTORY = 10_001;

    private final int maxHistory;
    private final IntConsumer changed;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    // Guarded by `lock`, all of these.
    private final PromptHeap pending = new PromptHeap();
    private final Map<String, HistoryEntry> history = new LinkedHashMap<>();
    private Optional<PromptItem> running = Optional.empty();
    private boolean freeRequested;
    private int mostAtOnce;

    /// @param changed called with the number of prompts at each change that ComfyUI announces by a `status`
    ///     message. It is called while the lock is held, as ComfyUI does: otherwise a prompt could start before
    ///     its arrival is announced. It must only hand on what it has to say.
    PromptQueue(int maxHistory, IntConsumer changed) {
        this.maxHistory = maxHistory;
        this.changed = changed;
    }

    /// @throws PromptHeap.Incomparable although the prompt is queued, see there
    void put(PromptItem item) {
        lock.lock();
        try {
            pending.push(item);
            mostAtOnce = Math.max(mostAtOnce, pending.size() + (running.isPresent() ? 1 : 0));
            announce();
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    /// Waits for the next prompt and makes it the running one; empty when `/free` was asked for instead.
    ///
    /// @throws PromptHeap.Incomparable and loses a prompt, which is how a real worker dies
    Optional<PromptItem> take() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (pending.isEmpty() && !freeRequested) {
                arrived.await();
            }
            if (freeRequested) {
                freeRequested = false;
                return Optional.empty();
            }
            running = Optional.of(pending.pop());
            announce();
            return running;
        } finally {
            lock.unlock();
        }
    }

    /// The worker drops its caches before it takes the next prompt.
    void requestFree() {
        lock.lock();
        try {
            freeRequested = true;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    void finished(Optional<HistoryEntry> entry) {
        lock.lock();
        try {
            running = Optional.empty();
            entry.ifPresent(this::remember);
            announce();
        } finally {
            lock.unlock();
        }
    }

    private void announce() {
        changed.accept(pending.size() + (running.isPresent() ? 1 : 0));
    }

    private void remember(HistoryEntry entry) {
        if (history.size() >= maxHistory) {
            history.remove(history.keySet().iterator().next());
        }
        history.put(entry.item().id(), entry);
    }

    /// Takes a pending prompt out; the running one is not touched.
    boolean delete(String promptId) {
        lock.lock();
        try {
            boolean wasTheOnlyOne = pending.size() == 1;
            if (!pending.remove(promptId)) {
                return false;
            }
            if (wasTheOnlyOne) {
                announce();
            }
            announce();
            return true;
        } finally {
            lock.unlock();
        }
    }

    void clearPending() {
        lock.lock();
        try {
            pending.clear();
            announce();
        } finally {
            lock.unlock();
        }
    }

    Snapshot snapshot() {
        lock.lock();
        try {
            return new Snapshot(running, pending.inHeapOrder());
        } finally {
            lock.unlock();
        }
    }

    List<PromptItem> inExecutionOrder() {
        lock.lock();
        try {
            return pending.inHeapOrder().stream()
                    .sorted(Comparator.comparingDouble(PromptItem::priority).thenComparing(PromptItem::id))
                    .toList();
        } finally {
            lock.unlock();
        }
    }

    int remaining() {
        lock.lock();
        try {
            return pending.size() + (running.isPresent() ? 1 : 0);
        } finally {
            lock.unlock();
        }
    }

    Optional<PromptItem> running() {
        lock.lock();
        try {
            return running;
        } finally {
            lock.unlock();
        }
    }

    boolean isRunning(String promptId) {
        return running().filter(item -> item.id().equals(promptId)).isPresent();
    }

    int mostAtOnce() {
        lock.lock();
        try {
            return mostAtOnce;
        } finally {
            lock.unlock();
        }
    }

    Optional<HistoryEntry> history(String promptId) {
        lock.lock();
        try {
            return Optional.ofNullable(history.get(promptId));
        } finally {
            lock.unlock();
        }
    }

    /// Oldest first.
    List<HistoryEntry> history() {
        lock.lock();
        try {
            return new ArrayList<>(history.values());
        } finally {
            lock.unlock();
        }
    }

    void deleteHistory(String promptId) {
        lock.lock();
        try {
            history.remove(promptId);
        } finally {
            lock.unlock();
        }
    }

    void clearHistory() {
        lock.lock();
        try {
            history.clear();
        } finally {
            lock.unlock();
        }
    }
}
