package dev.comfyrouter.server.store;

import dev.comfyrouter.server.store.Writer.Change;
import dev.comfyrouter.server.task.TaskId;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// The end of ended tasks: dropped with all that belongs to them, their ids remembered for a while.
final class Dropping {
    private Dropping() {}

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
            long forgotten = at.minus(TaskChanges.MEMORY).toEpochMilli();
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
}
