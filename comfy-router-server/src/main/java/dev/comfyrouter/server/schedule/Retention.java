package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.result.ResultStore;
import dev.comfyrouter.server.store.StoreUnavailable;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Stopping;
import dev.comfyrouter.server.time.Time;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The thread that drops the oldest ended tasks with their files.
///
/// Rows go first, files after; what a crash leaves between the two is swept at the next start.
final class Retention implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Retention.class.getName());
    private static final Duration RECHECK = Duration.ofSeconds(30);
    private static final Duration SWEEP = Duration.ofHours(1);

    private final TaskStore store;
    private final ResultStore results;
    private final InputFiles inputs;
    private final int limit;
    private final Duration minAge;
    private final Time time;
    private final Signal signal;
    private final Thread thread;
    private Instant swept = Instant.EPOCH; // Used by the thread alone.

    Retention(TaskStore store, ResultStore results, InputFiles inputs, int limit, Duration minAge, Time time) {
        this.store = store;
        this.results = results;
        this.inputs = inputs;
        this.limit = limit;
        this.minAge = minAge;
        this.time = time;
        this.signal = time.signal();
        this.thread = time.thread(Thread.ofVirtual().name("retention"), this::loop);
    }

    void start() {
        thread.start();
    }

    /// A task has ended.
    void taskEnded() {
        signal.raise();
    }

    @Override
    public void close() {
        thread.interrupt();
        Stopping.await(thread);
    }

    private void loop() {
        try {
            while (true) {
                dropOnce();
                var unused = signal.await(RECHECK);
                time.pause(Duration.ofMillis(200)); // many ends are dropped in one go
            }
        } catch (InterruptedException stopped) {
            // closed
        }
    }

    /// One round; package-private so that tests need no thread.
    void dropOnce() throws InterruptedException {
        try {
            Instant now = time.instant();
            List<Long> dropped;
            do {
                dropped = store.trim(limit, now.minus(minAge));
                dropped.forEach(this::discard);
            } while (!dropped.isEmpty());
            if (Duration.between(swept, now).compareTo(SWEEP) >= 0) {
                inputs.sweep(Set.copyOf(store.pictures()), now.minus(SWEEP));
                swept = now;
            }
        } catch (IOException | StoreUnavailable failed) {
            LOG.log(Level.WARNING, "old tasks and pictures were not dropped: {0}", failed.getMessage());
        } catch (RuntimeException broken) {
            LOG.log(Level.ERROR, "the dropping of old tasks broke; it is tried again", broken);
        }
    }

    /// Deletes the files of a dropped task; if that fails, those of others go all the same, and the next start
    /// tries again.
    private void discard(long number) {
        try {
            results.discard(number);
        } catch (IOException failed) {
            LOG.log(
                    Level.WARNING,
                    "files of dropped task #{0} were not deleted: {1}",
                    Long.toString(number),
                    failed.getMessage());
        }
    }

    /// Deletes what a crash left between a row and its files; before any task runs.
    void sweepResults() throws InterruptedException {
        try {
            Set<Long> known = new HashSet<>(store.finished());
            store.unfinished().forEach(task -> known.add(task.number()));
            results.sweep(known);
        } catch (IOException | StoreUnavailable failed) {
            LOG.log(Level.WARNING, "files of dropped tasks were not deleted: {0}", failed.getMessage());
        }
    }
}
