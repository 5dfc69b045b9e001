package dev.comfyrouter.server.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteDataSource;

/// The SQLite file and how it is opened: write-ahead log, and a commit is on disk when it returns. What is deleted is
/// overwritten, for requests may hold tokens.
final class Database {
    private final SQLiteDataSource dataSource;

    Database(Path file) {
        SQLiteConfig config = new SQLiteConfig();
        config.setJournalMode(SQLiteConfig.JournalMode.WAL);
        config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
        config.setTempStore(SQLiteConfig.TempStore.MEMORY);
        config.setBusyTimeout(3_000); // only somebody with a shell would lock it; callers are told after that
        config.setCacheSize(-16_384); // KiB
        config.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "true");
        dataSource = new SQLiteDataSource(config);
        dataSource.setUrl("jdbc:sqlite:" + file);
    }

    SQLiteDataSource dataSource() {
        return dataSource;
    }

    Connection connect() throws SQLException {
        return dataSource.getConnection();
    }
}
