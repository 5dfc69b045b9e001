package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The thread that looks after what nobody waits for: connections whose headers trickle in, and the trash.
final class Keeper implements AutoCloseable {

    private static final Logger LOG = System.getLogger(Keeper.class.getName());
    private static final long ROUND_MILLIS = 1000;

    private final Equipment equipment;
    private final boolean hasTrash;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition closing = lock.newCondition();

    // Guarded by `lock`
    private boolean closed;

    Keeper(Equipment equipment, boolean hasTrash) {
        this.equipment = equipment;
        this.hasTrash = hasTrash;
        thread = Thread.ofVirtual().name("comfy-cache-keeper").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    private void run() {
        try {
            while (!isClosedAfterRound()) {
                try {
                    round();
                } catch (RuntimeException e) { // the next round may go better
                    LOG.log(Level.ERROR, "A look after the cache ended by a defect", e);
                }
            }
        } catch (InterruptedException e) {
            // the owner ends this thread
        }
    }

    @SuppressWarnings("WaitNotInLoop") // whoever wakes too early finds nothing to do and waits again
    private boolean isClosedAfterRound() throws InterruptedException {
        lock.lock();
        try {
            if (!closed) {
                closing.await(ROUND_MILLIS, TimeUnit.MILLISECONDS);
            }
            return closed;
        } finally {
            lock.unlock();
        }
    }

    /// One look at everything.
    void round() {
        var now = equipment.settings().clock.millis();
        equipment.traffic().running().forEach(transfer -> transfer.call.dropIfOverdue(now));
        if (hasTrash) {
            try {
                equipment
                        .evictor()
                        .emptyTrash(now - equipment.settings().trashDelay.toMillis());
            } catch (IOException e) {
                LOG.log(Level.WARNING, "The trash of the cache cannot be emptied: {0}", e.toString());
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            closing.signal();
        } finally {
            lock.unlock();
        }
        try {
            if (!thread.join(Duration.ofSeconds(1))) {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
