package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// The thread that writes the record.
///
/// Whoever changes a file notes its new state, which never waits; only the newest state of each file is kept,
/// so the list of what is still to be written has at most one line for each file. Who needs the line on disk
/// waits for it.
///
/// The record is not needed to be correct, only to remember: blobs and their side files say what there is. A
/// disk that takes no record is therefore reported and tried again, and stops nothing.
final class Journal implements AutoCloseable {

    private static final Logger LOG = System.getLogger(Journal.class.getName());
    private static final Duration LAZY = Duration.ofSeconds(1);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int MIN_LINES = 1024;

    private final RecordFiles files;
    private final Supplier<Collection<FileRecord>> everything;
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Condition written = lock.newCondition();

    // Guarded by `lock`
    private Map<String, RecordLine> dirty = new LinkedHashMap<>();
    private long noted;
    private long lasting;
    private boolean urgent;
    private boolean closing;
    private boolean dead;
    private Optional<String> trouble = Optional.empty();

    private int linesInJournal;

    /// @param everything the state of all files; asked for without any lock held
    Journal(RecordFiles files, int linesInJournal, Supplier<Collection<FileRecord>> everything) {
        this.files = files;
        this.linesInJournal = linesInJournal;
        this.everything = everything;
        thread = Thread.ofVirtual().name("comfy-cache-journal").unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Notes the present state of a file; to be called in the order of the changes.
    ///
    /// @param file empty when it is gone
    /// @return what to wait for
    long note(String sha256, Optional<FileRecord> file) {
        lock.lock();
        try {
            dirty.put(sha256, file.<RecordLine>map(RecordLine.State::new).orElse(new RecordLine.Gone(sha256)));
            work.signal();
            return ++noted;
        } finally {
            lock.unlock();
        }
    }

    /// Waits until a note is on disk.
    ///
    /// @return false when the disk does not take it
    boolean await(long note) throws InterruptedException {
        lock.lock();
        try {
            urgent = true;
            work.signal();
            var patience = PATIENCE.toNanos();
            while (lasting < note && !dead && trouble.isEmpty() && patience > 0) {
                patience = written.awaitNanos(patience);
            }
            return lasting >= note;
        } finally {
            lock.unlock();
        }
    }

    /// Why the record is not being written; empty when it is.
    Optional<String> trouble() {
        lock.lock();
        try {
            return trouble;
        } finally {
            lock.unlock();
        }
    }

    private void run() {
        try {
            while (writeNext()) {}
        } catch (InterruptedException e) {
            // the owner ends this thread; what is not written is found again from the blobs
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, "The record of the cache is no longer written", e);
        } finally {
            lock.lock();
            try {
                dead = true;
                written.signalAll();
            } finally {
                lock.unlock();
            }
        }
    }

    @SuppressWarnings("WaitNotInLoop") // whoever wakes too early finds nothing to do and waits again
    private boolean writeNext() throws InterruptedException {
        Map<String, RecordLine> batch;
        long upTo;
        boolean force;
        lock.lock();
        try {
            if (trouble.isPresent()) {
                work.awaitNanos(LAZY.toNanos());
            }
            while (dirty.isEmpty() && !closing && !(urgent && lasting < noted)) {
                work.await();
            }
            var patience = LAZY.toNanos();
            while (!urgent && !closing && patience > 0) {
                patience = work.awaitNanos(patience);
            }
            if (dirty.isEmpty() && closing && lasting == noted) {
                return false;
            }
            batch = dirty;
            dirty = new LinkedHashMap<>();
            upTo = noted;
            force = urgent || closing;
            urgent = false;
        } finally {
            lock.unlock();
        }
        var failure = write(batch.values(), force);
        var done = failure.isEmpty();
        lock.lock();
        try {
            trouble = failure;
            if (!done) {
                batch.forEach(dirty::putIfAbsent);
            } else if (force) {
                lasting = upTo;
            }
            written.signalAll();
            return done || !closing;
        } finally {
            lock.unlock();
        }
    }

    /// @return what is wrong with the disk
    private Optional<String> write(Collection<RecordLine> batch, boolean force) {
        try {
            List<RecordLine> lines = new ArrayList<>(batch);
            files.append(lines, force);
            linesInJournal += lines.size();
            if (linesInJournal > MIN_LINES) {
                var all = everything.get();
                if (linesInJournal > 2L * all.size()) {
                    files.compact(all);
                    linesInJournal = 0;
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The record of the cache cannot be written, tried again: {0}", e.toString());
            return Optional.of(e.toString());
        }
    }

    /// Writes what is left and makes the snapshot current.
    @Override
    public void close() {
        lock.lock();
        try {
            closing = true;
            work.signal();
        } finally {
            lock.unlock();
        }
        try {
            if (thread.join(Duration.ofSeconds(3)) && linesInJournal > 0) {
                files.compact(everything.get());
            } else {
                thread.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            LOG.log(Level.WARNING, "The snapshot of the record cannot be written: {0}", e.toString());
        }
    }

    /// Ends without writing anything more.
    void abandon() throws InterruptedException {
        thread.interrupt();
        thread.join(Duration.ofSeconds(3));
    }
}
