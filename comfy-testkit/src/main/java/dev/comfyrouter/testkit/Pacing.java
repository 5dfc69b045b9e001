package dev.comfyrouter.testkit;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// Where the worker waits: for time to pass, at the gate that a test holds shut, or in a hang; an interrupt of
/// the prompt ends the first two.
final class Pacing {

    /// The prompt was interrupted; Python's `InterruptProcessingException`.
    static final class PromptInterrupted extends RuntimeException {
        private static final long serialVersionUID = 1;
    }

    private final Changes changes;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    // Guarded by `lock`, all of these.
    private String current = "none yet";
    private String interruptedPrompt = "";
    private boolean interruptRequested;
    private boolean gateShut;
    private int passes;
    private boolean hanging;
    private Optional<String> atGate = Optional.empty();

    Pacing(Changes changes) {
        this.changes = changes;
    }

    /// ComfyUI forgets an interrupt that came while nothing ran.
    void promptStarts(String promptId) {
        lock.lock();
        try {
            current = promptId;
            interruptRequested = false;
        } finally {
            lock.unlock();
        }
    }

    /// A later prompt with the same id must not suffer from an interrupt that came too late for this one.
    void promptEnds() {
        lock.lock();
        try {
            if (interruptedPrompt.equals(current)) {
                interruptedPrompt = "";
            }
            current = "none";
        } finally {
            lock.unlock();
        }
    }

    /// Interrupts this prompt and no other, also when it is only about to start.
    void interruptPrompt(String promptId) {
        lock.lock();
        try {
            interruptedPrompt = promptId;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        changes.announce();
    }

    /// Interrupts whatever runs.
    void interruptPrompt() {
        lock.lock();
        try {
            interruptRequested = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        changes.announce();
    }

    boolean isInterruptRequested() {
        lock.lock();
        try {
            return interruptRequested || interruptedPrompt.equals(current);
        } finally {
            lock.unlock();
        }
    }

    void shutGate() {
        lock.lock();
        try {
            gateShut = true;
            passes = 0;
        } finally {
            lock.unlock();
        }
    }

    void openGate() {
        lock.lock();
        try {
            gateShut = false;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /// Lets one prompt through, now or when it comes.
    void letOnePass() {
        lock.lock();
        try {
            passes++;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void hang(boolean on) {
        lock.lock();
        try {
            hanging = on;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean gateIsShut() {
        lock.lock();
        try {
            return gateShut;
        } finally {
            lock.unlock();
        }
    }

    Optional<String> promptAtGate() {
        lock.lock();
        try {
            return atGate;
        } finally {
            lock.unlock();
        }
    }

    void throwIfInterrupted() {
        lock.lock();
        try {
            throwIfInterruptRequested();
        } finally {
            lock.unlock();
        }
    }

    void pause(Duration time) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = time.toNanos();
            throwIfInterruptRequested();
            while (left > 0) {
                left = changed.awaitNanos(left);
                throwIfInterruptRequested();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Waits while the gate is shut.
    void passGate(String promptId) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            if (!gateShut) {
                return;
            }
            atGate = Optional.of(promptId);
        } finally {
            lock.unlock();
        }
        changes.announce();
        lock.lockInterruptibly();
        try {
            while (gateShut && passes == 0) {
                throwIfInterruptRequested();
                changed.await();
            }
            throwIfInterruptRequested();
            if (gateShut) {
                passes--;
            }
        } finally {
            atGate = Optional.empty();
            lock.unlock();
        }
    }

    /// Waits while executions hang, whatever is asked of the server.
    void passHang() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (hanging) {
                changed.await();
            }
        } finally {
            lock.unlock();
        }
    }

    private void throwIfInterruptRequested() {
        if (interruptRequested || interruptedPrompt.equals(current)) {
            interruptRequested = false;
            interruptedPrompt = "";
            throw new PromptInterrupted();
        }
    }
}
