package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.TaskStep;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/// The one thread that writes to the database, many changes to a commit.
///
/// It takes what waits, and only after the commit completes the callers and publishes the steps, on this thread and in
/// order. What somebody waits for is committed without delay; what nobody waits for rides with it, and is committed by
/// itself only after a few milliseconds: that saves most of the commits of a task. When the disk fails, impatient
/// changes are refused and patient ones are tried again, in
/// order, until they are on disk: an outcome of a task is never dropped because a disk was full for a while.
final class Writer implements AutoCloseable {
    /// A side-effect-free change of the database. Conflicts are results, never exceptions.
    interface Change<R> {
        R apply(Transaction transaction) throws SQLException;
    }

    private static final Logger LOG = System.getLogger(Writer.class.getName());
    private static final int QUEUE = 4096;
    private static final int BATCH = 256;
    private static final Duration RIDE = Duration.ofMillis(5);
    private static final Duration FIRST_RETRY = Duration.ofMillis(100);
    private static final Duration LAST_RETRY = Duration.ofSeconds(5);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final Statements statements;
    private final Transaction transaction;
    private final Consumer<TaskStep> published;
    private final BlockingQueue<Entry<?>> queue = new ArrayBlockingQueue<>(QUEUE);
    private final Semaphore stop = new Semaphore(0);
    private final Thread thread;

    /// Why the last commit failed, or null while commits succeed. Written by the writer thread.
    private volatile @Nullable String failing;

    private volatile boolean closing;

    /// @param published is given each step after its commit, on the writer thread
    Writer(Connection connection, Consumer<TaskStep> published) throws SQLException {
        this.statements = new Statements(connection);
        this.transaction = new Transaction(statements);
        transaction.addWaiting(TaskChanges.countWaiting(transaction));
        this.published = published;
        this.thread = Thread.ofPlatform().name("store-writer").unstarted(this::run);
        thread.start();
    }

    /// Runs a change in the next commit and answers when it is on disk.
    ///
    /// @throws StoreUnavailable when the store is overloaded, failing or closing; nothing was changed then
    <R> R write(Change<R> change) throws InterruptedException {
        String reason = failing;
        if (reason != null) {
            throw new StoreUnavailable("the database cannot be written: " + reason);
        }
        Entry<R> entry = new Entry<>(change, ignored -> {}, false, true);
        if (!queue.offer(entry)) {
            throw new StoreUnavailable("too many changes wait to be written");
        }
        refuseIfOver(entry);
        return entry.await();
    }

    /// Like [#write], but waits out a full queue and a failing disk.
    <R> R writePatiently(Change<R> change) throws InterruptedException {
        Entry<R> entry = new Entry<>(change, ignored -> {}, true, true);
        put(entry);
        return entry.await();
    }

    /// Runs a change in the next commit; `committed` is called on the writer thread, and must be quick and not write.
    <R> void propose(Change<R> change, Consumer<R> committed) throws InterruptedException {
        put(new Entry<>(change, committed, true, true));
    }

    /// Runs a change for which nobody waits in a commit of the next milliseconds.
    <R> void ride(Change<R> change) throws InterruptedException {
        put(new Entry<>(change, ignored -> {}, true, false));
    }

    /// Why nothing can be written now.
    @Nullable
    String failing() {
        return failing;
    }

    /// How many changes wait.
    int backlog() {
        return queue.size();
    }

    /// Writes what was handed over, then stops. What a failing disk keeps from being written in time is given up.
    @Override
    public void close() {
        closing = true;
        stop.release();
        queue.offer(
                new Entry<>(nothing -> 0, ignored -> {}, true, true)); // wakes the thread; a full queue needs no waking
        try {
            if (!thread.join(CLOSE)) {
                LOG.log(Level.ERROR, "the database did not take {0} changes before the stop", backlog());
                thread.interrupt();
            }
            statements.close();
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        } catch (SQLException failed) {
            LOG.log(Level.WARNING, "the database was not closed in order: {0}", failed.getMessage());
        }
    }

    private void put(Entry<?> entry) throws InterruptedException {
        if (Thread.currentThread() == thread) {
            throw new IllegalStateException("the writer thread cannot wait for itself");
        }
        while (!queue.offer(entry, 1, TimeUnit.SECONDS)) {
            if (!thread.isAlive()) {
                throw new StoreUnavailable("the router is stopping");
            }
        }
        refuseIfOver(entry);
    }

    /// Nobody would ever take an entry that came after the thread had emptied the queue for the last time.
    private void refuseIfOver(Entry<?> entry) {
        if (!thread.isAlive() && queue.remove(entry)) {
            throw new StoreUnavailable("the router is stopping");
        }
    }

    private void run() {
        List<Entry<?>> batch = new ArrayList<>(BATCH);
        try {
            while (!closing || !queue.isEmpty()) {
                Entry<?> first = queue.poll(1, TimeUnit.SECONDS);
                if (first == null && failing == null) {
                    continue;
                }
                batch.add(first == null ? probe() : first);
                queue.drainTo(batch, BATCH - 1);
                ride(batch);
                commit(batch);
                batch.clear();
            }
        } catch (InterruptedException stopped) {
            refuse(batch, new StoreUnavailable("the router is stopping"));
        } catch (RuntimeException | Error broken) {
            LOG.log(Level.ERROR, "the database writer ended; restart the router", broken);
            failing = "the writer ended: " + broken;
            refuse(batch, new StoreUnavailable("the database writer ended", broken));
        }
        List<Entry<?>> rest = new ArrayList<>();
        queue.drainTo(rest);
        refuse(rest, new StoreUnavailable("the router is stopping"));
    }

    /// Lets changes that nobody waits for wait a moment for one that goes at once.
    private void ride(List<Entry<?>> batch) throws InterruptedException {
        long end = System.nanoTime() + RIDE.toNanos();
        while (!closing && batch.size() < BATCH && batch.stream().noneMatch(entry -> entry.urgent)) {
            Entry<?> next = queue.poll(end - System.nanoTime(), TimeUnit.NANOSECONDS);
            if (next == null) {
                return;
            }
            batch.add(next);
            queue.drainTo(batch, BATCH - batch.size());
        }
    }

    /// A write that changes nothing. While the disk fails new changes are refused, so something else has to find out
    /// that it is well again.
    private static Entry<Integer> probe() {
        return new Entry<>(transaction -> transaction.update("PRAGMA user_version = 0"), ignored -> {}, false, true);
    }

    private void commit(List<Entry<?>> batch) throws InterruptedException {
        Deque<List<Entry<?>>> work = new ArrayDeque<>();
        work.add(List.copyOf(batch));
        Duration pause = FIRST_RETRY;
        while (!work.isEmpty()) {
            List<Entry<?>> group = work.removeFirst();
            try {
                together(group);
                pause = FIRST_RETRY;
            } catch (SQLException failed) {
                if (!diskFailure(failed)) {
                    separate(group, failed, work);
                    continue;
                }
                List<Entry<?>> patient = waitOut(group, failed);
                if (!patient.isEmpty()) {
                    work.addFirst(patient);
                    if (stop.tryAcquire(pause.toMillis(), TimeUnit.MILLISECONDS)) {
                        stop.release();
                        throw new InterruptedException();
                    }
                    pause = pause.multipliedBy(2).compareTo(LAST_RETRY) < 0 ? pause.multipliedBy(2) : LAST_RETRY;
                }
            }
        }
    }

    private void together(List<Entry<?>> group) throws SQLException {
        List<TaskStep> steps;
        transaction.begin();
        try {
            for (Entry<?> entry : group) {
                entry.apply(transaction);
            }
            steps = transaction.commit();
        } catch (SQLException | RuntimeException failed) {
            transaction.rollback();
            throw failed instanceof SQLException sql ? sql : new SQLException(failed);
        }
        if (failing != null) {
            failing = null;
            LOG.log(Level.INFO, "the database can be written again");
        }
        group.forEach(entry -> tell(entry::complete));
        steps.forEach(step -> tell(() -> published.accept(step)));
    }

    /// What was committed stays so, and the next change comes, whatever those who hear of it make of it.
    private static void tell(Runnable hearing) {
        try {
            hearing.run();
        } catch (RuntimeException broken) {
            LOG.log(Level.ERROR, "a change was written, and who heard of it broke", broken);
        }
    }

    /// A statement failed: each change gets a transaction of its own, and a change that fails alone has failed.
    private static void separate(List<Entry<?>> group, SQLException failed, Deque<List<Entry<?>>> work) {
        if (group.size() == 1) {
            LOG.log(Level.ERROR, "a change could not be written", failed);
            refuse(group, new StoreUnavailable("the change could not be written: " + failed.getMessage(), failed));
            return;
        }
        for (int i = group.size() - 1; i >= 0; i--) {
            work.addFirst(List.of(group.get(i)));
        }
    }

    private List<Entry<?>> waitOut(List<Entry<?>> group, SQLException failed) {
        if (failing == null) {
            LOG.log(
                    Level.ERROR,
                    "the database cannot be written ({0}); no task is accepted until it can: free space or repair the disk",
                    failed.getMessage());
        }
        failing = failed.getMessage();
        refuse(
                group.stream().filter(entry -> !entry.patient).toList(),
                new StoreUnavailable("the database cannot be written: " + failed.getMessage(), failed));
        return group.stream().filter(entry -> entry.patient).toList();
    }

    private static void refuse(List<Entry<?>> entries, StoreUnavailable reason) {
        entries.forEach(entry -> entry.future.completeExceptionally(reason));
    }

    /// Whether the error is the disk's or the file's rather than the statement's.
    private static boolean diskFailure(SQLException failed) {
        return failed instanceof SQLiteException sqlite
                && switch (SQLiteErrorCode.getErrorCode(sqlite.getErrorCode() & 0xff)) {
                    case SQLITE_FULL,
                            SQLITE_IOERR,
                            SQLITE_CORRUPT,
                            SQLITE_READONLY,
                            SQLITE_CANTOPEN,
                            SQLITE_NOTADB,
                            SQLITE_BUSY,
                            SQLITE_NOMEM -> true;
                    default -> false; // an open set of codes that belongs to SQLite
                };
    }

    private static final class Entry<R> {
        private final Change<R> change;
        private final Consumer<R> committed;
        private final boolean patient;
        private final boolean urgent;
        private final CompletableFuture<R> future = new CompletableFuture<>();
        private @Nullable R result;

        /// @param patient whether it waits until a failing disk is well again
        /// @param urgent whether somebody waits for it
        Entry(Change<R> change, Consumer<R> committed, boolean patient, boolean urgent) {
            this.change = change;
            this.committed = committed;
            this.patient = patient;
            this.urgent = urgent;
        }

        void apply(Transaction transaction) throws SQLException {
            result = change.apply(transaction);
        }

        @SuppressWarnings("NullAway") // apply has run: the group was committed
        void complete() {
            future.complete(result);
            committed.accept(result);
        }

        R await() throws InterruptedException {
            try {
                return future.get();
            } catch (ExecutionException failed) {
                throw failed.getCause() instanceof StoreUnavailable unavailable
                        ? unavailable
                        : new StoreUnavailable("the change could not be written", failed);
            }
        }
    }
}
