package dev.comfyrouter.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// A test of space, which is counted in pages.
abstract class PagesTest extends BenchTest {

    static final int PAGE = 4096;

    FileCache open(int pages) {
        return FileCache.open(bench.settings().maxBytes((long) pages * PAGE).build());
    }

    /// A file of this many pages, or a little less.
    byte[] serve(int file, int pages) {
        var bytes = Bench.bytes(1000 + file, pages * PAGE - file % 7);
        bench.server.serve("/" + file, bytes);
        return bytes;
    }

    static void isWithinItsLimit(CacheStats stats) {
        assertThat(stats.bytes() + stats.partialBytes() + stats.reservedBytes()).isLessThanOrEqualTo(stats.maxBytes());
    }

    /// Looks at the sums all the time.
    static final class Observer implements AutoCloseable {
        private final AtomicBoolean stop = new AtomicBoolean();
        private final AtomicLong worst = new AtomicLong(Long.MIN_VALUE);
        final Thread thread;

        Observer(FileCache cache) {
            thread = Thread.ofPlatform().start(() -> {
                while (!stop.get()) {
                    var stats = cache.stats();
                    var over = stats.bytes() + stats.partialBytes() + stats.reservedBytes() - stats.maxBytes();
                    worst.accumulateAndGet(over, Math::max);
                    Thread.onSpinWait();
                }
            });
        }

        @Override
        public void close() throws InterruptedException {
            stop.set(true);
            thread.join();
            assertThat(worst.get()).isLessThanOrEqualTo(0);
        }
    }
}
