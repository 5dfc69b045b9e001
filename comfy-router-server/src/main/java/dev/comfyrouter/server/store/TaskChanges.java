package dev.comfyrouter.server.store;

import dev.comfyrouter.server.store.Writer.Change;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStep;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What happens to a task as a whole, each change one conditional update on the state it expects.
final class TaskChanges {
    /// How long an idempotency key and the id of a dropped task are remembered.
    static final Duration MEMORY = Duration.ofHours(24);

    private static final String WITHOUT_ATTEMPT = "state IN ('ACCEPTED', 'PREPARING', 'READY') AND k = 0";

    static final String UNDER_WAY = "state IN ('SUBMITTING', 'SUBMITTED', 'RUNNING', 'COLLECTING')";

    private static final String STEP = " RETURNING id, seq, k, type, created";

    private TaskChanges() {}

    /// What a conditional update says of the row it found.
    private record Found(TaskId id, int sequence, int k, String type, Instant acceptedAt) {
        static Found read(ResultSet row) throws SQLException {
            return new Found(
                    TaskId.of(row.getBytes(1)),
                    row.getInt(2),
                    row.getInt(3),
                    row.getString(4),
                    Instant.ofEpochMilli(row.getLong(5)));
        }
    }

    /// Counts the tasks that wait without ever having had an attempt.
    static long countWaiting(Transaction tx) throws SQLException {
        return tx.first("SELECT count(*) FROM task WHERE " + WITHOUT_ATTEMPT, row -> row.getLong(1))
                .orElse(0L);
    }

    static Change<Acceptance> accept(NewTask task, long limit) {
        return tx -> {
            Optional<Acceptance> known = task.key().isPresent()
                    ? tx.first(
                            "SELECT body, id, n FROM idempotency WHERE key = ? AND at > ?",
                            row -> row.getString(1).equals(task.key().get().body())
                                    ? new Acceptance.Replayed(TaskId.of(row.getBytes(2)), row.getLong(3))
                                    : new Acceptance.KeyReused(),
                            task.key().get().key(),
                            task.createdAt().minus(MEMORY).toEpochMilli())
                    : Optional.empty();
            if (known.isPresent()) {
                return known.get();
            }
            if (tx.waiting() >= limit) {
                return new Acceptance.Full(tx.waiting(), limit);
            }
            return new Acceptance.Accepted(task.id(), insert(tx, task));
        };
    }

    private static long insert(Transaction tx, NewTask task) throws SQLException {
        TaskState state = task.needsFiles() ? TaskState.ACCEPTED : TaskState.READY;
        long created = task.createdAt().toEpochMilli();
        long number = tx.first(
                        "INSERT INTO task (id, type, state, priority, title, created, deadline, max_run, seed, seq)"
                                + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 1) RETURNING n",
                        row -> row.getLong(1),
                        task.id().bytes(),
                        task.type(),
                        state.name(),
                        task.priority(),
                        task.title(),
                        created,
                        task.deadline().toEpochMilli(),
                        task.maxRun().toMillis(),
                        task.seed().map(Object::toString).orElse(null))
                .orElseThrow();
        tx.update(
                "INSERT INTO task_input (n, stored, shown, labels, vram, warnings) VALUES (?, ?, ?, ?, ?, ?)",
                number,
                task.input().stored(),
                task.input().shown(),
                Columns.json(task.input().requires().labels()),
                task.input().requires().vramGiB(),
                Columns.json(task.input().warnings()));
        if (task.retryOf().isPresent()) {
            tx.update(
                    "INSERT INTO retry (n, earlier) VALUES (?, ?)",
                    number,
                    task.retryOf().get().bytes());
        }
        for (String picture : task.pictures()) {
            tx.update("INSERT INTO picture (n, sha256) VALUES (?, ?)", number, picture);
        }
        if (task.key().isPresent()) {
            tx.update(
                    "INSERT OR REPLACE INTO idempotency (key, body, n, id, at) VALUES (?, ?, ?, ?, ?)",
                    task.key().get().key(),
                    task.key().get().body(),
                    number,
                    task.id().bytes(),
                    created);
        }
        tx.addWaiting(1);
        record(tx, number, new Found(task.id(), 1, 0, task.type(), task.createdAt()), state, task.createdAt(), "");
        return number;
    }

    static Change<Boolean> preparing(long number, Instant at) {
        return tx -> {
            tx.update("DELETE FROM task_file WHERE n = ?", number);
            return step(
                    tx,
                    "UPDATE task SET state = 'PREPARING', seq = seq + 1"
                            + " WHERE n = ? AND state IN ('ACCEPTED', 'PREPARING', 'READY', 'BACKOFF')",
                    number,
                    TaskState.PREPARING,
                    at,
                    "",
                    number);
        };
    }

    static Change<Boolean> ready(long number, List<String> files, Instant at) {
        return tx -> {
            boolean waits = step(
                    tx,
                    "UPDATE task SET state = 'READY', not_before = NULL, seq = seq + 1"
                            + " WHERE n = ? AND state IN ('ACCEPTED', 'PREPARING', 'BACKOFF')",
                    number,
                    TaskState.READY,
                    at,
                    "",
                    number);
            for (int i = 0; waits && i < files.size(); i++) {
                tx.update("INSERT INTO task_file (n, i, sha256) VALUES (?, ?, ?)", number, i, files.get(i));
            }
            return waits;
        };
    }

    /// Ends a task with a failure; `k` is the attempt that failed, 0 for a task that fails while it waits.
    static Change<Boolean> fail(long number, int k, Attempt.State attempt, Failure failure, Instant at) {
        return tx -> {
            Optional<Found> found = tx.first(
                    "UPDATE task SET state = 'FAILED', finished = ?, error_class = ?, error_message = ?, error_node = ?,"
                            + " error_details = ?, seq = seq + 1 WHERE n = ? AND finished IS NULL AND cancel = 0 AND "
                            + (k == 0 ? "NOT " + UNDER_WAY : "k = " + k + " AND " + UNDER_WAY) + STEP,
                    Found::read,
                    at.toEpochMilli(),
                    failure.kind().name(),
                    failure.message(),
                    failure.node().orElse(null),
                    failure.details().orElse(null),
                    number);
            if (found.isPresent()) {
                if (found.get().k() == 0) {
                    tx.addWaiting(-1);
                }
                record(tx, number, found.get(), TaskState.FAILED, at, failure.message());
                forgetFiles(tx, number);
            }
            if (k > 0) {
                AttemptChanges.end(tx, number, k, attempt, Optional.of(failure.kind()), at);
            }
            return found.isPresent();
        };
    }

    /// Writes down the wish to cancel; a task without an attempt is cancelled by it.
    static Change<Cancellation> cancel(TaskId id, Instant at) {
        return tx -> {
            Optional<Long> running = tx.first(
                    "UPDATE task SET cancel = 1 WHERE id = ? AND " + UNDER_WAY + " RETURNING n",
                    row -> row.getLong(1),
                    id.bytes());
            if (running.isPresent()) {
                return new Cancellation.Requested(running.get());
            }
            record Row(long number, TaskState state, int k) {}
            Optional<Row> row = tx.first(
                    "SELECT n, state, k FROM task WHERE id = ?",
                    found -> new Row(found.getLong(1), TaskState.valueOf(found.getString(2)), found.getInt(3)),
                    id.bytes());
            if (row.isEmpty()) {
                return new Cancellation.Unknown();
            }
            long number = row.get().number();
            if (row.get().state().terminal()) {
                return new Cancellation.Ended(number, row.get().state());
            }
            end(tx, number, at);
            if (row.get().k() == 0) {
                tx.addWaiting(-1);
            }
            return new Cancellation.Done(number);
        };
    }

    /// The attempt of a task whose cancelling was asked for is over.
    static Change<Boolean> cancelled(long number, int k, Attempt.State attempt, Instant at) {
        return tx -> {
            AttemptChanges.end(tx, number, k, attempt, Optional.empty(), at);
            return tx.first(
                                    "SELECT 1 FROM task WHERE n = ? AND k = ? AND cancel = 1 AND " + UNDER_WAY,
                                    row -> true,
                                    number,
                                    k)
                            .isPresent()
                    && end(tx, number, at);
        };
    }

    private static boolean end(Transaction tx, long number, Instant at) throws SQLException {
        boolean first = step(
                tx,
                "UPDATE task SET state = 'CANCELLED', cancel = 1, finished = ?, seq = seq + 1"
                        + " WHERE n = ? AND finished IS NULL",
                number,
                TaskState.CANCELLED,
                at,
                "",
                at.toEpochMilli(),
                number);
        if (first) {
            forgetFiles(tx, number);
        }
        return first;
    }

    /// An ended task wants no files any more. Its request stays whole until it is dropped, for it may be retried.
    static void forgetFiles(Transaction tx, long number) throws SQLException {
        tx.update("DELETE FROM task_file WHERE n = ?", number);
    }

    static boolean step(
            Transaction tx,
            String update,
            long number,
            TaskState state,
            Instant at,
            String detail,
            @Nullable Object... arguments)
            throws SQLException {
        Optional<Found> found = tx.first(update + STEP, Found::read, arguments);
        if (found.isPresent()) {
            record(tx, number, found.get(), state, at, detail);
        }
        return found.isPresent();
    }

    private static void record(Transaction tx, long number, Found task, TaskState state, Instant at, String detail)
            throws SQLException {
        tx.update(
                "INSERT INTO event (n, seq, state, at, detail) VALUES (?, ?, ?, ?, ?)",
                number,
                task.sequence(),
                state.name(),
                at.toEpochMilli(),
                detail);
        var event = new TaskEvent(number, task.id(), task.sequence(), state, at, detail);
        tx.publish(new TaskStep(event, task.type(), task.acceptedAt(), task.k()));
    }
}
