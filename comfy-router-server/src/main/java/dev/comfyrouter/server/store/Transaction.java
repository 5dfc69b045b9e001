package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.TaskStep;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The write connection as a change sees it: its statements, and the steps to publish after commit.
///
/// Used by the writer thread alone.
final class Transaction {
    private final Statements statements;
    private final List<TaskStep> steps = new ArrayList<>();

    /// How many tasks wait that never had an attempt: counted once, then kept by the changes.
    private long waiting;

    private long waitingBefore;

    Transaction(Statements statements) {
        this.statements = statements;
    }

    long waiting() {
        return waiting;
    }

    void addWaiting(long change) {
        waiting += change;
    }

    int update(String sql, @Nullable Object... arguments) throws SQLException {
        return statements.update(sql, arguments);
    }

    <T> Optional<T> first(String sql, Statements.Row<T> row, @Nullable Object... arguments) throws SQLException {
        return statements.first(sql, row, arguments);
    }

    <T> List<T> all(String sql, Statements.Row<T> row, @Nullable Object... arguments) throws SQLException {
        return statements.all(sql, row, arguments);
    }

    void publish(TaskStep step) {
        steps.add(step);
    }

    /// @throws SQLException when the disk fails; nothing has begun then
    void begin() throws SQLException {
        steps.clear();
        update("BEGIN IMMEDIATE");
        waitingBefore = waiting;
    }

    /// Commits and hands out what is to be published now.
    List<TaskStep> commit() throws SQLException {
        update("COMMIT");
        List<TaskStep> published = List.copyOf(steps);
        steps.clear();
        return published;
    }

    /// Rolls back if there is something to roll back: SQLite does so by itself after some errors.
    void rollback() {
        steps.clear();
        waiting = waitingBefore;
        try {
            update("ROLLBACK");
        } catch (SQLException noneActive) {
            // the engine has rolled back already, or will when the connection is closed
        }
        statements.forget();
    }
}
