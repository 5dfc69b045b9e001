package dev.comfyrouter.testkit;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/// What happened to a server, for tests: requests and executions, the newest of each.
final class Journal {

    private static final int MAX_EXECUTIONS = 200_000;

    private final int maxRequests;
    private final Changes changes;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by `lock`, all of these.
    private final Deque<RecordedRequest> requests = new ArrayDeque<>();
    private final Deque<Execution> executions = new ArrayDeque<>();
    private final Map<String, Integer> starts = new HashMap<>();
    private long started;
    private long ended;
    private long abandoned;

    Journal(int maxRequests, Changes changes) {
        this.maxRequests = maxRequests;
        this.changes = changes;
    }

    void request(RecordedRequest request) {
        if (maxRequests == 0) {
            return;
        }
        lock.lock();
        try {
            if (requests.size() == maxRequests) {
                requests.remove();
            }
            requests.add(request);
        } finally {
            lock.unlock();
        }
        changes.announce();
    }

    void started(String promptId) {
        lock.lock();
        try {
            started++;
            starts.merge(promptId, 1, Integer::sum);
        } finally {
            lock.unlock();
        }
        changes.announce();
    }

    void ended(Execution execution) {
        lock.lock();
        try {
            ended++;
            if (executions.size() == MAX_EXECUTIONS) {
                starts.remove(executions.remove().promptId());
            }
            executions.add(execution);
        } finally {
            lock.unlock();
        }
        changes.announce();
    }

    /// An execution that the end of its server cut short.
    void abandoned() {
        lock.lock();
        try {
            abandoned++;
        } finally {
            lock.unlock();
        }
        changes.announce();
    }

    boolean isQuiet() {
        lock.lock();
        try {
            return started == ended + abandoned;
        } finally {
            lock.unlock();
        }
    }

    List<RecordedRequest> requests() {
        lock.lock();
        try {
            return List.copyOf(requests);
        } finally {
            lock.unlock();
        }
    }

    List<Execution> executions() {
        lock.lock();
        try {
            return List.copyOf(executions);
        } finally {
            lock.unlock();
        }
    }

    int timesStarted(String promptId) {
        lock.lock();
        try {
            return starts.getOrDefault(promptId, 0);
        } finally {
            lock.unlock();
        }
    }

    long startedCount() {
        lock.lock();
        try {
            return started;
        } finally {
            lock.unlock();
        }
    }

    long endedCount() {
        lock.lock();
        try {
            return ended;
        } finally {
            lock.unlock();
        }
    }
}
