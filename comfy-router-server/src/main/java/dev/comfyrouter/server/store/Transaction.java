package dev.comfyrouter.server.store;

import dev.comfyrouter.server.task.TaskEvent;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The write connection as a change sees it: prepared statements that are kept while they succeed, and the events to
/// publish after commit.
///
/// Used by the writer thread alone.
final class Transaction {
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    private final Connection connection;
    private final Map<String, PreparedStatement> statements = new HashMap<>();
    private final List<TaskEvent> events = new ArrayList<>();

    /// How many tasks wait that never had an attempt: counted once, then kept by the changes.
    private long waiting;

    private long waitingBefore;

    Transaction(Connection connection) {
        this.connection = connection;
    }

    long waiting() {
        return waiting;
    }

    void addWaiting(long change) {
        waiting += change;
    }

    /// Runs an INSERT, UPDATE or DELETE and tells how many rows it changed.
    int update(String sql, @Nullable Object... arguments) throws SQLException {
        return bound(sql, arguments).executeUpdate();
    }

    /// The first row of a query, or of a statement with RETURNING.
    <T> Optional<T> first(String sql, Row<T> row, @Nullable Object... arguments) throws SQLException {
        try (ResultSet rows = bound(sql, arguments).executeQuery()) {
            return rows.next() ? Optional.of(row.read(rows)) : Optional.empty();
        }
    }

    <T> List<T> all(String sql, Row<T> row, @Nullable Object... arguments) throws SQLException {
        try (ResultSet rows = bound(sql, arguments).executeQuery()) {
            List<T> found = new ArrayList<>();
            while (rows.next()) {
                found.add(row.read(rows));
            }
            return found;
        }
    }

    void publish(TaskEvent event) {
        events.add(event);
    }

    /// @throws SQLException when the disk fails; nothing has begun then
    void begin() throws SQLException {
        events.clear();
        update("BEGIN IMMEDIATE");
        waitingBefore = waiting;
    }

    /// Commits and hands out what is to be published now.
    List<TaskEvent> commit() throws SQLException {
        update("COMMIT");
        List<TaskEvent> published = List.copyOf(events);
        events.clear();
        return published;
    }

    /// Rolls back if there is something to roll back: SQLite does so by itself after some errors.
    void rollback() {
        events.clear();
        waiting = waitingBefore;
        try {
            update("ROLLBACK");
        } catch (SQLException noneActive) {
            // the engine has rolled back already, or will when the connection is closed
        }
        forgetStatements();
    }

    /// A statement that has failed is closed by the driver, and cannot be run again.
    private void forgetStatements() {
        for (PreparedStatement statement : statements.values()) {
            try {
                statement.close();
            } catch (SQLException closedAlready) {
                // nothing is left of it
            }
        }
        statements.clear();
    }

    private PreparedStatement bound(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = statements.get(sql);
        if (statement == null) {
            statement = connection.prepareStatement(sql);
            statements.put(sql, statement);
        }
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }
}
