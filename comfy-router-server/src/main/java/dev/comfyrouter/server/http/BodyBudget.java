package dev.comfyrouter.server.http;

import java.util.concurrent.Semaphore;

/// The memory that all large bodies being read or worked on may take together.
final class BodyBudget {
    /// Bodies up to this size are bounded by the number of connections already.
    static final int FREE = 64 * 1024;

    private static final int UNIT = 1024;

    private final Semaphore units;

    BodyBudget(long bytes) {
        this.units = new Semaphore((int) Math.min(Integer.MAX_VALUE, bytes / UNIT));
    }

    Share share() {
        return new Share();
    }

    /// What one request has taken of it; given back when closed.
    final class Share implements AutoCloseable {
        private int taken;

        /// Makes sure of room for `bytes` in all, or says that there is none.
        boolean tryHold(long bytes) {
            int needed = bytes <= FREE ? 0 : (int) Math.min(Integer.MAX_VALUE, (bytes + UNIT - 1) / UNIT);
            if (needed > taken) {
                if (!units.tryAcquire(needed - taken)) {
                    return false;
                }
                taken = needed;
            }
            return true;
        }

        @Override
        public void close() {
            units.release(taken);
            taken = 0;
        }
    }
}
