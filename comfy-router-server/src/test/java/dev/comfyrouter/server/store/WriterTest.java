package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStep;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WriterTest {
    private static final String LARGE = "INSERT INTO filling VALUES (randomblob(1000000))";

    @TempDir
    private Path directory;

    private volatile Consumer<TaskStep> hearer = step -> {};
    private final ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor();
    private Connection connection;
    private Writer writer;

    @BeforeEach
    void open() throws Exception {
        Database database = new Database(directory.resolve("router.db"));
        Schema.migrate(database.dataSource());
        connection = database.connect();
        execute("CREATE TABLE filling (bytes BLOB)");
        writer = new Writer(connection, step -> hearer.accept(step));
    }

    @AfterEach
    void close() {
        writer.close();
        callers.shutdownNow();
    }

    @Test
    void whoBreaksWhenHeHearsOfAChangeDoesNotStopTheNext() throws Exception {
        hearer = step -> {
            throw new IllegalStateException("does not want to hear");
        };
        var event = new TaskEvent(1, TaskId.random(), 1, TaskState.READY, Instant.EPOCH, "");

        int first = writer.write(transaction -> {
            transaction.publish(new TaskStep(event, "SD15", Instant.EPOCH, 0));
            return 1;
        });

        assertThat(first).isOne();
        assertThat(writer.write(insert("1"))).isOne();
        assertThat(writer.failing()).isNull();
    }

    @Test
    void aStatementThatFailsFailsAloneAndTheOthersOfItsCommitAreWritten() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch together = new CountDownLatch(1);
        Future<Integer> blocks = callers.submit(() -> writer.write(transaction -> {
            begun.countDown();
            await(together);
            return 0;
        }));
        begun.await(); // whatever comes now goes into the next commit
        Future<Integer> before = callers.submit(() -> writer.write(insert("1")));
        Future<Integer> broken = callers.submit(() -> writer.write(change("INSERT INTO nowhere VALUES (2)")));
        Future<Integer> after = callers.submit(() -> writer.write(insert("3")));
        until(() -> writer.backlog() == 3);

        together.countDown();

        assertThat(blocks.get()).isZero();
        assertThat(before.get()).isOne();
        assertThat(after.get()).isOne();
        assertThatThrownBy(broken::get)
                .hasCauseInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("nowhere");
        assertThat(rows()).isEqualTo(2);
        assertThat(writer.failing()).isNull();
    }

    @Test
    void whatNobodyWaitsForIsWrittenBeforeWhatCameAfterIt() throws Exception {
        writer.ride(insert("1"));

        assertThat(rows()).isOne();
    }

    @Test
    void whatNobodyWaitsForIsWrittenEvenWhenNothingFollows() throws Exception {
        CountDownLatch applied = new CountDownLatch(1);

        writer.ride(transaction -> {
            applied.countDown();
            return 0;
        });

        assertThat(applied.await(30, TimeUnit.SECONDS)).isTrue();
    }

    @Test
    void whileTheDiskIsFullNewChangesAreRefusedAndOutcomesWaitUntilTheyAreWritten() throws Exception {
        execute("PRAGMA max_page_count = 1"); // SQLite makes that as many pages as there are
        assertThatThrownBy(() -> writer.write(change(LARGE)))
                .isInstanceOf(StoreUnavailable.class)
                .hasMessageContaining("full");
        Future<Integer> outcome = callers.submit(() -> writer.writePatiently(change(LARGE)));
        assertThatThrownBy(() -> {
                    while (true) {
                        writer.write(change(LARGE));
                    }
                })
                .isInstanceOf(StoreUnavailable.class);
        assertThat(outcome.isDone()).isFalse();

        execute("PRAGMA max_page_count = 1000000");

        assertThat(outcome.get()).isOne();
        assertThat(rows()).isOne();
        assertThat(writer.failing()).isNull();
    }

    @Test
    void aDiskThatIsWellAgainIsFoundOutWithoutAnybodyWriting() throws Exception {
        execute("PRAGMA max_page_count = 1");
        assertThatThrownBy(() -> writer.write(change(LARGE))).isInstanceOf(StoreUnavailable.class);
        assertThat(writer.failing()).isNotNull();

        execute("PRAGMA max_page_count = 1000000");

        until(() -> writer.failing() == null);
        assertThat(writer.write(change(LARGE))).isOne();
    }

    @Test
    void afterTheStopChangesAreRefused() {
        writer.close();

        assertThatThrownBy(() -> writer.write(insert("1"))).isInstanceOf(StoreUnavailable.class);
        assertThatThrownBy(() -> writer.writePatiently(insert("1"))).isInstanceOf(StoreUnavailable.class);
    }

    private static Writer.Change<Integer> insert(String value) {
        return change("INSERT INTO filling VALUES (" + value + ")");
    }

    private static Writer.Change<Integer> change(String sql) {
        return transaction -> transaction.update(sql);
    }

    private static void until(BooleanSupplier condition) throws InterruptedException {
        while (!condition.getAsBoolean()) {
            if (Thread.interrupted()) {
                throw new InterruptedException("the test was given up");
            }
            Thread.onSpinWait();
        }
    }

    private static void await(CountDownLatch latch) throws SQLException {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new SQLException(interrupted);
        }
    }

    private int rows() throws InterruptedException {
        return writer.write(transaction -> transaction
                .first("SELECT count(*) FROM filling", row -> row.getInt(1))
                .orElseThrow());
    }

    private void execute(String sql) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
