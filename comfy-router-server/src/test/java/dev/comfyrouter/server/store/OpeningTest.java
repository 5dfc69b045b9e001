package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OpeningTest {
    @TempDir
    private Path directory;

    @Test
    void aDatabaseOfANewerRouterIsRefusedWithBothVersions() throws Exception {
        open().close();
        try (Connection connection = new Database(directory.resolve("router.db")).connect();
                Statement statement = connection.createStatement()) {
            statement.executeUpdate("UPDATE flyway_schema_history SET version = '99' WHERE version = '1'");
        }

        assertThatThrownBy(this::open)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("version 99")
                .hasMessageContaining("knows " + Schema.LATEST)
                .hasMessageContaining("start the newer version");
    }

    @Test
    void aFileThatIsNoDatabaseIsNamed() throws Exception {
        Files.writeString(directory.resolve("router.db"), "this is a text, and a text is no database\n".repeat(100));

        assertThatThrownBy(this::open)
                .isInstanceOf(IOException.class)
                .hasMessageContaining(directory.toString())
                .hasMessageContaining("not a database");
    }

    @Test
    void aDirectoryBelongsToOneProcessAndIsFreeAfterIt() throws Exception {
        try (TaskStore store = open()) {
            assertThatThrownBy(this::open)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(directory.toString());
        }
        open().close();
    }

    private TaskStore open() throws IOException {
        return TaskStore.open(directory, () -> Instant.EPOCH, event -> {});
    }
}
