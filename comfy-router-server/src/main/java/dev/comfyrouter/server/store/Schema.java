package dev.comfyrouter.server.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;

/// The version of the database's tables, and the way to it.
final class Schema {
    /// The number of the newest migration beside this class.
    static final int LATEST = 3;

    private Schema() {}

    /// Brings the tables up to [#LATEST]. Flyway is not even loaded when they are there already: a start is faster by
    /// 50 ms.
    static void migrate(DataSource database) throws SQLException {
        int found = version(database);
        if (found > LATEST) {
            throw new IllegalStateException("the database was written by a newer Comfy Router (its tables have version "
                    + found + ", this one knows " + LATEST + "): start the newer version, or another DATA_DIR");
        }
        if (found < LATEST) {
            Flyway.configure()
                    .dataSource(database)
                    .locations("classpath:dev/comfyrouter/server/store")
                    .load()
                    .migrate();
        }
    }

    private static int version(DataSource database) throws SQLException {
        try (Connection connection = database.getConnection();
                Statement statement = connection.createStatement()) {
            try (ResultSet tables =
                    statement.executeQuery("SELECT 1 FROM sqlite_schema WHERE name = 'flyway_schema_history'")) {
                if (!tables.next()) {
                    return 0;
                }
            }
            try (ResultSet versions = statement.executeQuery(
                    "SELECT max(CAST(version AS INTEGER)) FROM flyway_schema_history WHERE success = 1")) {
                return versions.next() ? versions.getInt(1) : 0;
            }
        }
    }
}
