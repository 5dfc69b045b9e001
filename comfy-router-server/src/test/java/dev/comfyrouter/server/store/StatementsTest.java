package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class StatementsTest {
    private Statements db;

    @BeforeEach
    void open() throws SQLException {
        db = new Statements(DriverManager.getConnection("jdbc:sqlite::memory:"));
        db.update("CREATE TABLE thing (n INTEGER PRIMARY KEY, name TEXT NOT NULL)");
        for (String name : new String[] {"one", "two", "three"}) {
            db.update("INSERT INTO thing (name) VALUES (?)", name);
        }
    }

    @AfterEach
    void close() throws SQLException {
        db.close();
    }

    @Test
    void answersTheFirstRowOrAllOrNone() throws SQLException {
        assertThat(db.all("SELECT name FROM thing WHERE n > ? ORDER BY n", row -> row.getString(1), 1))
                .containsExactly("two", "three");
        assertThat(db.first("SELECT name FROM thing ORDER BY n DESC", row -> row.getString(1)))
                .contains("three");
        assertThat(db.first("SELECT name FROM thing WHERE n = ?", row -> row.getString(1), 4))
                .isEmpty();
        assertThat(db.all("SELECT name FROM thing WHERE n = ?", row -> row.getString(1), 4))
                .isEmpty();
    }

    @Test
    void aStatementThatIsUsedAgainHasNothingOfItsLastUse() throws SQLException {
        String sql = "SELECT name FROM thing WHERE n = ?";
        assertThat(db.first(sql, row -> row.getString(1), 1)).contains("one");
        assertThat(db.first(sql, row -> row.getString(1), 2)).contains("two");
    }

    @Test
    void manyShapesOfAQuestionAreAnsweredAlthoughFewAreKept() throws SQLException {
        for (int round = 0; round < 2; round++) {
            for (int i : IntStream.range(0, 250).toArray()) {
                assertThat(db.first("SELECT n + " + i + " FROM thing WHERE name = ?", row -> row.getInt(1), "two"))
                        .contains(2 + i);
            }
        }
    }

    @Test
    void aStatementThatFailedRunsAgainWhenAllAreForgotten() throws SQLException {
        String sql = "INSERT INTO thing (n, name) VALUES (?, ?)";
        assertThatThrownBy(() -> db.update(sql, 1, "again")).isInstanceOf(SQLException.class);
        db.forget();

        assertThat(db.update(sql, 4, "four")).isEqualTo(1);
    }

    @Test
    void anAnswerOfWhichOnlyTheFirstRowWasReadKeepsNobodyFromCheckpointing(@TempDir Path directory)
            throws SQLException {
        Database database = new Database(directory.resolve("some.db"));
        try (Statements writer = new Statements(database.connect());
                Statements reader = new Statements(database.connect())) {
            writer.update("CREATE TABLE thing (n INTEGER PRIMARY KEY)");
            writer.update("INSERT INTO thing VALUES (1), (2), (3)");
            assertThat(reader.first("SELECT n FROM thing ORDER BY n", row -> row.getInt(1)))
                    .contains(1);
            writer.update("INSERT INTO thing VALUES (4)");

            Optional<Boolean> busy = writer.first("PRAGMA wal_checkpoint(TRUNCATE)", row -> row.getBoolean(1));

            assertThat(busy).contains(false);
        }
    }
}
