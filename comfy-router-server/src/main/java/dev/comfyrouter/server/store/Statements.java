package dev.comfyrouter.server.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A connection with the statements that were prepared on it, kept for their next use; for one thread at a time.
final class Statements implements AutoCloseable {
    /// How one row of an answer becomes a value.
    interface Row<T> {
        T read(ResultSet row) throws SQLException;
    }

    /// More than the router has; only the filters of a list come in many shapes.
    private static final int KEPT = 100;

    private final Connection connection;
    private final Map<String, PreparedStatement> prepared = new LinkedHashMap<>(KEPT, 0.75f, true);

    Statements(Connection connection) {
        this.connection = connection;
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

    /// To be called after an error: a statement that has failed is closed by the driver, and cannot be run again.
    void forget() {
        prepared.values().forEach(Statements::close);
        prepared.clear();
    }

    @Override
    public void close() throws SQLException {
        connection.close(); // and with it the statements
    }

    private PreparedStatement bound(String sql, @Nullable Object... arguments) throws SQLException {
        PreparedStatement statement = prepared.get(sql);
        if (statement == null) {
            makeRoom();
            statement = connection.prepareStatement(sql);
            prepared.put(sql, statement);
        }
        for (int i = 0; i < arguments.length; i++) {
            statement.setObject(i + 1, arguments[i]);
        }
        return statement;
    }

    private void makeRoom() {
        if (prepared.size() == KEPT) {
            Iterator<PreparedStatement> oldest = prepared.values().iterator();
            close(oldest.next());
            oldest.remove();
        }
    }

    private static void close(PreparedStatement statement) {
        try {
            statement.close();
        } catch (SQLException closedAlready) {
            // nothing is left of it
        }
    }
}
