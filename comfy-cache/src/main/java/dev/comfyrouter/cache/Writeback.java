package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.util.Optional;

/// Brings what has been written of one file to the disk while more arrives, so that the disk works from the
/// beginning and not only when the last byte is there.
///
/// One thread at a time. Each piece of work has a thread of its own that ends with it.
final class Writeback {

    private static final long STEP = 32L << 20;

    private Optional<Work> work = Optional.empty();
    private long started;

    private static final class Work implements Runnable {
        private final FileChannel channel;
        private final long length;
        private final Thread thread;
        private volatile Optional<IOException> failure = Optional.empty();

        Work(FileChannel channel, long length) {
            this.channel = channel;
            this.length = length;
            thread = Thread.ofVirtual().name("comfy-cache-writeback").start(this);
        }

        @Override
        public void run() {
            try {
                channel.force(true);
            } catch (IOException e) {
                failure = Optional.of(e);
            }
        }
    }

    /// Begins the next piece when enough has come and the last one is done.
    ///
    /// @param length how many bytes are written now
    void at(FileChannel channel, long length) {
        if (work.isEmpty() && length - started >= STEP) {
            started = length;
            work = Optional.of(new Work(channel, length));
        }
    }

    /// How many bytes a piece that has ended since the last call has brought to the disk, 0 without one.
    ///
    /// @throws IOException if the disk did not take them
    long take() throws IOException {
        if (work.isEmpty() || work.get().thread.isAlive()) {
            return 0;
        }
        var done = work.get();
        work = Optional.empty();
        if (done.failure.isPresent()) {
            throw new IOException("what had been written did not come to the disk", done.failure.get());
        }
        return done.length;
    }

    /// The file begins anew; a piece that is at work is of no interest any more.
    void reset() {
        work = Optional.empty();
        started = 0;
    }
}
