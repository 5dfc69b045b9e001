package dev.comfyrouter.server.store;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.store.Writer.Change;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Every change of a task, each one conditional update on the state it expects.
///
/// An attempt's changes also name the attempt: once a task has a newer one, the older one's changes find no row. A
/// task whose cancelling was asked for takes no result any more.
final class TaskChanges {
    /// How long an idempotency key and the id of a dropped task are remembered.
    private static final Duration MEMORY = Duration.ofHours(24);

    private static final String WITHOUT_ATTEMPT = "state IN ('ACCEPTED', 'PREPARING', 'READY') AND k = 0";
    private static final String UNDER_WAY = "state IN ('SUBMITTING', 'SUBMITTED', 'RUNNING', 'COLLECTING')";
    private static final String STEP = " RETURNING id, seq, k";

    private TaskChanges() {}

    /// What a conditional update says of the row it found.
    private record Found(TaskId id, int sequence, int k) {
        static Found read(ResultSet row) throws SQLException {
            return new Found(TaskId.of(row.getBytes(1)), row.getInt(2), row.getInt(3));
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
        record(tx, number, task.id(), 1, state, task.createdAt(), "");
        return number;
    }

    static Change<Boolean> preparing(long number, Instant at) {
        return tx -> step(
                tx,
                "UPDATE task SET state = 'PREPARING', seq = seq + 1 WHERE n = ? AND state IN ('ACCEPTED', 'READY')",
                number,
                TaskState.PREPARING,
                at,
                "",
                number);
    }

    static Change<Boolean> ready(long number, Instant at) {
        return tx -> step(
                tx,
                "UPDATE task SET state = 'READY', not_before = NULL, seq = seq + 1"
                        + " WHERE n = ? AND state IN ('ACCEPTED', 'PREPARING', 'BACKOFF')",
                number,
                TaskState.READY,
                at,
                "",
                number);
    }

    /// Makes attempts of all pairs whose tasks still wait, and tells which.
    static Change<List<Assignment>> assign(List<Assignment> pairs, Instant at) {
        return tx -> {
            List<Assignment> taken = new ArrayList<>(pairs.size());
            for (Assignment pair : pairs) {
                if (assign(tx, pair, at)) {
                    taken.add(pair);
                }
            }
            return taken;
        };
    }

    private static boolean assign(Transaction tx, Assignment pair, Instant at) throws SQLException {
        boolean taken = step(
                tx,
                "UPDATE task SET state = 'SUBMITTING', k = ?, node = ?, node_url = ?, seq = seq + 1"
                        + " WHERE n = ? AND state IN ('READY', 'BACKOFF') AND k = ? AND cancel = 0",
                pair.number(),
                TaskState.SUBMITTING,
                at,
                pair.nodeUrl(),
                pair.k(),
                pair.node().value(),
                pair.nodeUrl(),
                pair.number(),
                pair.k() - 1);
        if (taken) {
            tx.update(
                    "INSERT INTO attempt (n, k, node, prompt, client, state, created) VALUES (?, ?, ?, ?, ?, 'LIVE', ?)",
                    pair.number(),
                    pair.k(),
                    pair.node().value(),
                    Columns.bytes(pair.promptId()),
                    pair.clientId(),
                    at.toEpochMilli());
            if (pair.k() == 1) {
                tx.addWaiting(-1);
            }
        }
        return taken;
    }

    static Change<Boolean> submitted(long number, int k, String graph, Instant at) {
        return tx -> {
            tx.update("INSERT OR REPLACE INTO graph (n, k, graph) VALUES (?, ?, ?)", number, k, graph);
            return step(
                    tx,
                    "UPDATE task SET state = 'SUBMITTED', seq = seq + 1 WHERE n = ? AND k = ? AND state = 'SUBMITTING'",
                    number,
                    TaskState.SUBMITTED,
                    at,
                    "",
                    number,
                    k);
        };
    }

    static Change<Boolean> running(long number, int k, Instant at) {
        return tx -> step(
                tx,
                "UPDATE task SET state = 'RUNNING', started = coalesce(started, ?), seq = seq + 1"
                        + " WHERE n = ? AND k = ? AND state IN ('SUBMITTING', 'SUBMITTED')",
                number,
                TaskState.RUNNING,
                at,
                "",
                at.toEpochMilli(),
                number,
                k);
    }

    static Change<Boolean> collecting(long number, int k, Instant at) {
        return tx -> step(
                tx,
                "UPDATE task SET state = 'COLLECTING', started = coalesce(started, ?), seq = seq + 1"
                        + " WHERE n = ? AND k = ? AND state IN ('SUBMITTING', 'SUBMITTED', 'RUNNING')",
                number,
                TaskState.COLLECTING,
                at,
                "",
                at.toEpochMilli(),
                number,
                k);
    }

    static Change<Boolean> succeed(long number, int k, List<ResultFile> files, Instant at) {
        return tx -> {
            boolean first = step(
                    tx,
                    "UPDATE task SET state = 'SUCCEEDED', finished = ?, started = coalesce(started, ?), seq = seq + 1"
                            + " WHERE n = ? AND k = ? AND cancel = 0 AND " + UNDER_WAY,
                    number,
                    TaskState.SUCCEEDED,
                    at,
                    "",
                    at.toEpochMilli(),
                    at.toEpochMilli(),
                    number,
                    k);
            if (first) {
                for (ResultFile file : files) {
                    insert(tx, number, file);
                }
                forget(tx, number);
                endAttempt(tx, number, k, Attempt.State.ENDED, Optional.empty(), at);
            }
            return first;
        };
    }

    private static void insert(Transaction tx, long number, ResultFile file) throws SQLException {
        tx.update(
                "INSERT INTO result (n, i, file_name, name, content_type, bytes, sha256, width, height)"
                        + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                number,
                file.index(),
                file.fileName(),
                file.name(),
                file.contentType(),
                file.bytes(),
                file.sha256(),
                file.size().map(ResultFile.Size::width).orElse(null),
                file.size().map(ResultFile.Size::height).orElse(null));
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
                record(tx, number, found.get().id(), found.get().sequence(), TaskState.FAILED, at, failure.message());
                forget(tx, number);
            }
            if (k > 0) {
                endAttempt(tx, number, k, attempt, Optional.of(failure.kind()), at);
            }
            return found.isPresent();
        };
    }

    /// Gives the task another chance, at `notBefore` or at once.
    static Change<Boolean> again(
            long number, int k, Attempt.State attempt, FailureClass cause, Optional<Instant> notBefore, Instant at) {
        return tx -> {
            TaskState state = notBefore.isPresent() ? TaskState.BACKOFF : TaskState.READY;
            boolean first = step(
                    tx,
                    "UPDATE task SET state = ?, not_before = ?, seq = seq + 1 WHERE n = ? AND k = ? AND cancel = 0 AND "
                            + UNDER_WAY,
                    number,
                    state,
                    at,
                    cause.word(),
                    state.name(),
                    notBefore.map(Instant::toEpochMilli).orElse(null),
                    number,
                    k);
            endAttempt(tx, number, k, attempt, Optional.of(cause), at);
            return first;
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
            endAttempt(tx, number, k, attempt, Optional.empty(), at);
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
            forget(tx, number);
        }
        return first;
    }

    /// An abandoned prompt is not on its node any more.
    static Change<Boolean> gone(PromptId promptId, Instant at) {
        return tx -> tx.update(
                        "UPDATE attempt SET state = 'ENDED', ended = ? WHERE prompt = ? AND state = 'ABANDONED'",
                        at.toEpochMilli(),
                        Columns.bytes(promptId))
                == 1;
    }

    /// Drops one ended task with all that belongs to it, and remembers its id for a while.
    static Change<Optional<Long>> drop(TaskId id, Instant at) {
        return tx -> {
            Optional<Long> number = tx.first(
                    "SELECT n FROM task WHERE id = ? AND finished IS NOT NULL", row -> row.getLong(1), id.bytes());
            if (number.isPresent()) {
                drop(tx, number.get(), id, at);
            }
            return number;
        };
    }

    /// Drops the oldest ended tasks until at most `limit` are left, but none that ended after `youngest`.
    static Change<List<Long>> trim(long limit, Instant youngest, Instant at) {
        return tx -> {
            record Row(long number, TaskId id) {}
            long finished = tx.first("SELECT count(*) FROM task WHERE finished IS NOT NULL", row -> row.getLong(1))
                    .orElse(0L);
            List<Row> oldest = finished <= limit
                    ? List.of()
                    : tx.all(
                            "SELECT n, id FROM task WHERE finished IS NOT NULL AND finished <= ?"
                                    + " ORDER BY finished, n LIMIT ?",
                            row -> new Row(row.getLong(1), TaskId.of(row.getBytes(2))),
                            youngest.toEpochMilli(),
                            Math.min(finished - limit, 1000));
            for (Row row : oldest) {
                drop(tx, row.number(), row.id(), at);
            }
            long forgotten = at.minus(MEMORY).toEpochMilli();
            tx.update("DELETE FROM tombstone WHERE at <= ?", forgotten);
            tx.update("DELETE FROM idempotency WHERE at <= ?", forgotten);
            return oldest.stream().map(Row::number).toList();
        };
    }

    private static void drop(Transaction tx, long number, TaskId id, Instant at) throws SQLException {
        for (String table : List.of("task_input", "picture", "event", "graph", "result", "retry")) {
            tx.update("DELETE FROM " + table + " WHERE n = ?", number);
        }
        tx.update("DELETE FROM attempt WHERE n = ? AND state <> 'ABANDONED'", number);
        tx.update("DELETE FROM task WHERE n = ?", number);
        tx.update("INSERT OR REPLACE INTO tombstone (id, at) VALUES (?, ?)", id.bytes(), at.toEpochMilli());
    }

    /// Erases the spelling of the request that may hold tokens.
    private static void forget(Transaction tx, long number) throws SQLException {
        tx.update("UPDATE task_input SET stored = shown WHERE n = ? AND stored <> shown", number);
    }

    private static void endAttempt(
            Transaction tx, long number, int k, Attempt.State state, Optional<FailureClass> cause, Instant at)
            throws SQLException {
        tx.update(
                "UPDATE attempt SET state = ?, ended = ?, cause = ? WHERE n = ? AND k = ? AND state = 'LIVE'",
                state.name(),
                at.toEpochMilli(),
                cause.map(Enum::name).orElse(null),
                number,
                k);
    }

    private static boolean step(
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
            record(tx, number, found.get().id(), found.get().sequence(), state, at, detail);
        }
        return found.isPresent();
    }

    private static void record(
            Transaction tx, long number, TaskId id, int sequence, TaskState state, Instant at, String detail)
            throws SQLException {
        tx.update(
                "INSERT INTO event (n, seq, state, at, detail) VALUES (?, ?, ?, ?, ?)",
                number,
                sequence,
                state.name(),
                at.toEpochMilli(),
                detail);
        tx.publish(new TaskEvent(number, id, sequence, state, at, detail));
    }
}
