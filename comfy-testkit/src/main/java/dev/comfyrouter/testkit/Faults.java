package dev.comfyrouter.testkit;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/// The switches that make a [FakeComfyServer] misbehave; thread-safe, and effective at once.
///
/// Requests are named as `"POST /prompt"`, `"/view"` (any method, also `/view/…`) or `""` (all of them), always
/// without `/api` and without the server's path prefix.
public final class Faults {

    /// What the switches reach beyond themselves.
    interface Levers {
        void refuseConnections(boolean on);

        void cutSockets();

        void muteEvents(boolean on);

        void hangExecutions(boolean on);

        void interruptRunning();
    }

    private record Rule(String request, HttpFault fault, int times) {}

    private final Levers levers;

    private final ReentrantLock lock = new ReentrantLock();
    // Guarded by `lock`, all of these.
    private final List<Rule> rules = new ArrayList<>();
    private Optional<NodeFailure> failure = Optional.empty();
    private int failures;
    private boolean workerDies;
    private boolean nodeErrorsOnSuccess;
    private boolean webSocketsRefused;
    private Duration historyDelay;
    private Optional<HttpResponse.Header> requiredHeader = Optional.empty();

    Faults(Levers levers, Duration historyDelay) {
        this.levers = levers;
        this.historyDelay = historyDelay;
    }

    /// Every such request meets the fault, until [#heal].
    public void always(String request, HttpFault fault) {
        next(Integer.MAX_VALUE, request, fault);
    }

    /// The next such request meets the fault.
    public void next(String request, HttpFault fault) {
        next(1, request, fault);
    }

    /// The next `times` such requests meet the fault.
    public void next(int times, String request, HttpFault fault) {
        lock.lock();
        try {
            rules.add(new Rule(request, fault, times));
        } finally {
            lock.unlock();
        }
    }

    /// Connections are refused from now on; those that exist stay. See [#acceptConnections].
    public void refuseConnections() {
        levers.refuseConnections(true);
    }

    public void acceptConnections() {
        levers.refuseConnections(false);
    }

    /// Sockets stay open and hear nothing, while HTTP and executions go on.
    public void deafSockets(boolean on) {
        levers.muteEvents(on);
    }

    /// Every open WebSocket is cut without a closing handshake; new ones may come.
    public void cutSockets() {
        levers.cutSockets();
    }

    /// Handshakes are answered with 403.
    public void refuseWebSockets(boolean on) {
        lock.lock();
        try {
            webSocketsRefused = on;
        } finally {
            lock.unlock();
        }
    }

    /// The time between `execution_success` and the history entry; on real servers milliseconds, up to 0.3 s.
    /// Zero for none.
    public void delayHistory(Duration delay) {
        lock.lock();
        try {
            historyDelay = delay;
        } finally {
            lock.unlock();
        }
    }

    /// Every execution fails, until [#heal], when its first sampler or output node begins.
    public void failExecutions(String exceptionType, String message) {
        failNextExecutions(Integer.MAX_VALUE, new NodeFailure(exceptionType, message));
    }

    /// The next `times` executions fail so.
    public void failNextExecutions(int times, NodeFailure with) {
        lock.lock();
        try {
            failure = Optional.of(with);
            failures = times;
        } finally {
            lock.unlock();
        }
    }

    /// The next `times` executions run out of memory as a real GPU does; the node itself survives.
    public void outOfMemory(int times) {
        failNextExecutions(times, NodeFailure.outOfMemory());
    }

    /// Executions stop where the first sampler or output node begins, and no interrupt ends them; until
    /// switched off or [#heal].
    public void hangExecutions(boolean on) {
        levers.hangExecutions(on);
    }

    /// Somebody else interrupts whatever runs, as `POST /interrupt` without a prompt id does.
    public void interruptRunning() {
        levers.interruptRunning();
    }

    /// The worker thread dies with the next prompt, which stays in `queue_running`; HTTP stays healthy and
    /// prompts are still accepted. Only [FakeComfyServer#restart] brings a new worker.
    public void killWorker() {
        lock.lock();
        try {
            workerDies = true;
        } finally {
            lock.unlock();
        }
    }

    /// Accepted prompts are answered with 200 and an invented error of one node, as when an output was dropped.
    public void nodeErrorsOnSuccess(boolean on) {
        lock.lock();
        try {
            nodeErrorsOnSuccess = on;
        } finally {
            lock.unlock();
        }
    }

    /// Requests and handshakes without exactly this header are answered with 401.
    public void requireHeader(String name, String value) {
        lock.lock();
        try {
            requiredHeader = Optional.of(new HttpResponse.Header(name, value));
        } finally {
            lock.unlock();
        }
    }

    /// Switches everything off. What was cut or forgotten stays so, and a dead worker stays dead.
    public void heal() {
        lock.lock();
        try {
            rules.clear();
            failure = Optional.empty();
            workerDies = false;
            nodeErrorsOnSuccess = false;
            webSocketsRefused = false;
            historyDelay = Duration.ZERO;
            requiredHeader = Optional.empty();
        } finally {
            lock.unlock();
        }
        levers.refuseConnections(false);
        levers.muteEvents(false);
        levers.hangExecutions(false);
    }

    Optional<HttpFault> onRequest(String method, String path) {
        lock.lock();
        try {
            for (int i = 0; i < rules.size(); i++) {
                Rule rule = rules.get(i);
                if (matches(rule.request(), method, path)) {
                    if (rule.times() == 1) {
                        rules.remove(i);
                    } else if (rule.times() < Integer.MAX_VALUE) {
                        rules.set(i, new Rule(rule.request(), rule.fault(), rule.times() - 1));
                    }
                    return Optional.of(rule.fault());
                }
            }
            return Optional.empty();
        } finally {
            lock.unlock();
        }
    }

    private static boolean matches(String request, String method, String path) {
        int blank = request.indexOf(' ');
        if (blank >= 0 && !request.substring(0, blank).equals(method)) {
            return false;
        }
        String prefix = request.substring(blank + 1);
        return prefix.isEmpty() || path.equals(prefix) || path.startsWith(prefix + "/");
    }

    Optional<NodeFailure> executionFault() {
        lock.lock();
        try {
            if (failure.isPresent() && failures < Integer.MAX_VALUE && --failures <= 0) {
                Optional<NodeFailure> last = failure;
                failure = Optional.empty();
                return last;
            }
            return failure;
        } finally {
            lock.unlock();
        }
    }

    boolean workerDiesNow() {
        lock.lock();
        try {
            boolean dies = workerDies;
            workerDies = false;
            return dies;
        } finally {
            lock.unlock();
        }
    }

    boolean inventsNodeErrors() {
        lock.lock();
        try {
            return nodeErrorsOnSuccess;
        } finally {
            lock.unlock();
        }
    }

    boolean refusesWebSockets() {
        lock.lock();
        try {
            return webSocketsRefused;
        } finally {
            lock.unlock();
        }
    }

    Duration historyDelay() {
        lock.lock();
        try {
            return historyDelay;
        } finally {
            lock.unlock();
        }
    }

    Optional<HttpResponse.Header> requiredHeader() {
        lock.lock();
        try {
            return requiredHeader;
        } finally {
            lock.unlock();
        }
    }
}
