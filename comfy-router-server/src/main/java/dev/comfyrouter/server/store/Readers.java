package dev.comfyrouter.server.store;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// The two threads that read the database, each with a connection while it reads.
///
/// They are platform threads, because SQLite is native code, which would hold a virtual thread's carrier; each answer
/// is complete before it is handed over, so that no read is open while somebody writes to a slow socket.
final class Readers implements AutoCloseable {
    /// What is asked of the database, answered at once and whole.
    interface Question<R> {
        R ask(Statements db) throws SQLException;
    }

    private static final Logger LOG = System.getLogger(Readers.class.getName());
    private static final int THREADS = 2;
    private static final int QUEUE = 2000;
    private static final Duration LONGEST = Duration.ofSeconds(30);
    private static final Duration CLOSE = Duration.ofSeconds(5);

    private final BlockingQueue<Statements> connections = new ArrayBlockingQueue<>(THREADS);
    private final ThreadPoolExecutor threads;

    Readers(Database database) throws SQLException {
        for (int i = 0; i < THREADS; i++) {
            connections.add(new Statements(database.connect()));
        }
        threads = new ThreadPoolExecutor(
                THREADS,
                THREADS,
                0,
                TimeUnit.SECONDS,
                new ArrayBlockingQueue<>(QUEUE),
                Thread.ofPlatform().name("store-read-", 1).factory());
    }

    /// Answers a question on one of the threads.
    ///
    /// @throws StoreUnavailable when too many questions wait, or the database cannot be read
    <R> R read(Question<R> question) throws InterruptedException {
        Future<R> answer;
        try {
            answer = threads.submit(() -> answer(question));
        } catch (RejectedExecutionException full) {
            throw new StoreUnavailable("too many requests wait for the database", full);
        }
        try {
            return answer.get(LONGEST.toSeconds(), TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            throw new StoreUnavailable("the database cannot be read", failed);
        } catch (TimeoutException slow) {
            answer.cancel(false);
            throw new StoreUnavailable("the database did not answer in " + LONGEST.toSeconds() + " s", slow);
        }
    }

    private <R> R answer(Question<R> question) throws SQLException {
        Statements db = connections.remove(); // there are as many as threads
        try {
            return question.ask(db);
        } catch (SQLException failed) {
            db.forget();
            throw failed;
        } finally {
            connections.add(db);
        }
    }

    /// Answers what was asked, then closes.
    @Override
    public void close() {
        threads.shutdown();
        try {
            if (!threads.awaitTermination(CLOSE.toSeconds(), TimeUnit.SECONDS)) {
                int unread = threads.shutdownNow().size();
                LOG.log(Level.WARNING, "the database did not answer before the stop; {0} more wait", unread);
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
        List<Statements> idle = new ArrayList<>();
        connections.drainTo(idle);
        for (Statements db : idle) {
            try {
                db.close();
            } catch (SQLException failed) {
                LOG.log(Level.WARNING, "the database was not closed in order: {0}", failed.getMessage());
            }
        }
    }
}
