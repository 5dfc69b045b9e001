package dev.comfyrouter.server.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.Jdbi;

/// The two threads that read the database.
///
/// They are platform threads, because SQLite is native code, which would hold a virtual thread's carrier; each answer
/// is
/// complete before it is handed over, so that no read is open while somebody writes to a slow socket.
final class Readers implements AutoCloseable {
    private static final int THREADS = 2;
    private static final int QUEUE = 2000;
    private static final Duration LONGEST = Duration.ofSeconds(30);

    private final HikariDataSource pool;
    private final Jdbi jdbi;
    private final ThreadPoolExecutor threads;

    Readers(Database database) {
        HikariConfig config = new HikariConfig();
        config.setDataSource(database.dataSource());
        config.setPoolName("store-read");
        config.setMaximumPoolSize(THREADS);
        config.setMinimumIdle(THREADS);
        config.setMaxLifetime(0);
        config.setReadOnly(false); // SQLite would need another way to open the file
        pool = new HikariDataSource(config);
        jdbi = Jdbi.create(pool);
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
    <R> R read(Function<Handle, R> question) throws InterruptedException {
        Future<R> answer;
        try {
            answer = threads.submit(() -> jdbi.withHandle(question::apply));
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

    @Override
    public void close() {
        threads.shutdown();
        pool.close();
    }
}
