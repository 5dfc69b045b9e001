package dev.comfyrouter.server.store;

import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import java.math.BigInteger;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collector;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// Every question that is put to the database, answered at once and whole.
final class TaskQueries {
    private static final String TASK =
            "SELECT n, id, type, state, priority, title, created, deadline, max_run, started,"
                    + " finished, not_before, k, node, node_url, cancel, seq, seed, error_class, error_message, error_node,"
                    + " error_details FROM task ";
    private static final String RESULT = "i, file_name, name, content_type, bytes, sha256, width, height";
    private static final String ATTEMPT = "SELECT n, k, node, prompt, state, created, cause FROM attempt ";

    private TaskQueries() {}

    static Optional<Task> task(Statements db, TaskId id) throws SQLException {
        return db.first(TASK + "WHERE id = ?", TaskQueries::readTask, id.bytes());
    }

    static Optional<Task> task(Statements db, long number) throws SQLException {
        return db.first(TASK + "WHERE n = ?", TaskQueries::readTask, number);
    }

    /// Tasks that have not ended, oldest first.
    static List<Task> unfinished(Statements db) throws SQLException {
        return db.all(TASK + "WHERE finished IS NULL ORDER BY n", TaskQueries::readTask);
    }

    static List<Task> list(Statements db, TaskFilter filter) throws SQLException {
        Where where = Where.of(filter);
        return db.all(
                TASK + where.sql() + " ORDER BY n DESC LIMIT ?", TaskQueries::readTask, where.and(filter.limit()));
    }

    /// How many tasks a filter lets through on all pages; empty above `most`, where counting would cost too much.
    static OptionalLong count(Statements db, TaskFilter filter, int most) throws SQLException {
        Where where = Where.of(filter.before(OptionalLong.empty()));
        long counted = db.first(
                        "SELECT count(*) FROM (SELECT 1 FROM task " + where.sql() + " LIMIT ?)",
                        row -> row.getLong(1),
                        where.and(most + 1))
                .orElseThrow();
        return counted > most ? OptionalLong.empty() : OptionalLong.of(counted);
    }

    /// The condition of a filter and what is bound in it, in order.
    private record Where(String sql, List<Object> arguments) {
        static Where of(TaskFilter filter) {
            StringBuilder sql = new StringBuilder("WHERE 1 = 1");
            List<Object> arguments = new ArrayList<>();
            filter.before().ifPresent(number -> {
                sql.append(" AND n < ?");
                arguments.add(number);
            });
            filter.type().ifPresent(type -> {
                sql.append(" AND type = ?");
                arguments.add(type);
            });
            filter.node().ifPresent(node -> {
                sql.append(" AND node = ?");
                arguments.add(node.value());
            });
            filter.from().ifPresent(time -> {
                sql.append(" AND created >= ?");
                arguments.add(time.toEpochMilli());
            });
            filter.to().ifPresent(time -> {
                sql.append(" AND created < ?");
                arguments.add(time.toEpochMilli());
            });
            filter.text().ifPresent(text -> {
                sql.append(" AND (title LIKE ? ESCAPE '!' OR node_url LIKE ? ESCAPE '!'"
                        + " OR lower(hex(id)) LIKE ? ESCAPE '!' OR CAST(n AS TEXT) = ?)");
                String literal = text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
                arguments.add("%" + literal + "%");
                arguments.add("%" + literal + "%");
                arguments.add(literal.replace("-", "").toLowerCase(Locale.ROOT) + "%");
                arguments.add(text.startsWith("#") ? text.substring(1) : text);
            });
            if (!filter.statuses().isEmpty()) {
                sql.append(Arrays.stream(TaskState.values())
                        .filter(state -> filter.statuses().contains(state.status()))
                        .map(state -> "'" + state.name() + "'")
                        .collect(Collectors.joining(", ", " AND state IN (", ")")));
            }
            return new Where(sql.toString(), arguments);
        }

        Object[] and(Object last) {
            return Stream.concat(arguments.stream(), Stream.of(last)).toArray();
        }
    }

    static Optional<TaskInput> input(Statements db, long number) throws SQLException {
        return db.first(
                "SELECT stored, shown, labels, vram, warnings FROM task_input WHERE n = ?",
                row -> new TaskInput(
                        row.getString(1),
                        row.getString(2),
                        new Requirements(new LinkedHashSet<>(Columns.list(row.getString(3))), row.getDouble(4)),
                        Columns.list(row.getString(5))),
                number);
    }

    static List<ResultFile> results(Statements db, long number) throws SQLException {
        return db.all("SELECT " + RESULT + " FROM result WHERE n = ? ORDER BY i", TaskQueries::readResult, number);
    }

    static Map<Long, List<ResultFile>> results(Statements db, List<Task> tasks) throws SQLException {
        String numbers =
                tasks.stream().map(task -> Long.toString(task.number())).collect(Collectors.joining(",", "[", "]"));
        return db
                .all(
                        "SELECT " + RESULT
                                + ", n FROM result WHERE n IN (SELECT value FROM json_each(?)) ORDER BY n, i",
                        row -> Map.entry(row.getLong("n"), readResult(row)),
                        numbers)
                .stream()
                .collect(grouped());
    }

    static Optional<WholeTask> whole(Statements db, TaskId id) throws SQLException {
        Optional<Task> found = task(db, id);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        Task task = found.get();
        return Optional.of(new WholeTask(
                task,
                input(db, task.number()),
                task.state() == TaskState.SUCCEEDED ? results(db, task.number()) : List.of(),
                events(db, task, 0),
                task.attempts() == 0 ? List.of() : attempts(db, task.number()),
                retryOf(db, task.number()),
                task.state().terminal() ? retriedBy(db, task.id()) : Optional.empty()));
    }

    private static Optional<TaskId> retryOf(Statements db, long number) throws SQLException {
        return db.first("SELECT earlier FROM retry WHERE n = ?", row -> TaskId.of(row.getBytes(1)), number);
    }

    /// The newest task that runs this one again.
    private static Optional<TaskId> retriedBy(Statements db, TaskId id) throws SQLException {
        return db.first(
                "SELECT task.id FROM retry JOIN task ON task.n = retry.n WHERE earlier = ? ORDER BY retry.n DESC LIMIT 1",
                row -> TaskId.of(row.getBytes(1)),
                id.bytes());
    }

    /// The events of a task after the one numbered `after`, in order.
    static List<TaskEvent> events(Statements db, Task task, int after) throws SQLException {
        return db.all(
                "SELECT seq, state, at, detail FROM event WHERE n = ? AND seq > ? ORDER BY seq",
                row -> new TaskEvent(
                        task.number(),
                        task.id(),
                        row.getInt(1),
                        TaskState.valueOf(row.getString(2)),
                        Instant.ofEpochMilli(row.getLong(3)),
                        row.getString(4)),
                task.number(),
                after);
    }

    static List<Attempt> attempts(Statements db, long number) throws SQLException {
        return db.all(ATTEMPT + "WHERE n = ? ORDER BY k", TaskQueries::readAttempt, number);
    }

    /// Attempts whose prompts may still be alive on a node although the router has given them up.
    static List<Attempt> abandoned(Statements db) throws SQLException {
        return db.all(ATTEMPT + "WHERE state = 'ABANDONED' ORDER BY n, k", TaskQueries::readAttempt);
    }

    /// The graph of the newest attempt that was submitted.
    static Optional<String> graph(Statements db, long number) throws SQLException {
        return db.first("SELECT graph FROM graph WHERE n = ? ORDER BY k DESC LIMIT 1", row -> row.getString(1), number);
    }

    static Map<TaskStatus, Long> counts(Statements db) throws SQLException {
        Map<TaskStatus, Long> counts = new EnumMap<>(TaskStatus.class);
        db.all(
                        "SELECT state, count(*) FROM task GROUP BY state",
                        row -> Map.entry(TaskState.valueOf(row.getString(1)), row.getLong(2)))
                .forEach(found -> counts.merge(found.getKey().status(), found.getValue(), Long::sum));
        return counts;
    }

    /// Whether a task with this id was here and has been dropped.
    static boolean dropped(Statements db, TaskId id) throws SQLException {
        return db.first("SELECT 1 FROM tombstone WHERE id = ?", row -> true, id.bytes())
                .isPresent();
    }

    /// The numbers of all tasks that have ended and are kept.
    static List<Long> finished(Statements db) throws SQLException {
        return db.all("SELECT n FROM task WHERE finished IS NOT NULL", row -> row.getLong(1));
    }

    /// The SHA-256 of every picture that came inside a request that is kept.
    static List<String> pictures(Statements db) throws SQLException {
        return db.all("SELECT DISTINCT sha256 FROM picture", row -> row.getString(1));
    }

    static Map<Long, List<String>> files(Statements db) throws SQLException {
        return db
                .all(
                        "SELECT n, sha256 FROM task_file ORDER BY n, i",
                        row -> Map.entry(row.getLong(1), row.getString(2)))
                .stream()
                .collect(grouped());
    }

    static List<NodeSpec> nodes(Statements db) throws SQLException {
        return db.all("SELECT " + NodeRows.COLUMNS + " FROM node ORDER BY id", NodeRows::read);
    }

    /// What belongs to each number, in the order of the rows.
    private static <T> Collector<Map.Entry<Long, T>, ?, Map<Long, List<T>>> grouped() {
        return Collectors.groupingBy(
                Map.Entry::getKey, LinkedHashMap::new, Collectors.mapping(Map.Entry::getValue, Collectors.toList()));
    }

    private static Task readTask(ResultSet row) throws SQLException {
        return new Task(
                row.getLong(1),
                TaskId.of(row.getBytes(2)),
                row.getString(3),
                TaskState.valueOf(row.getString(4)),
                row.getInt(5),
                row.getString(6),
                Instant.ofEpochMilli(row.getLong(7)),
                Instant.ofEpochMilli(row.getLong(8)),
                Duration.ofMillis(row.getLong(9)),
                time(row, 10),
                time(row, 11),
                time(row, 12),
                row.getInt(13),
                row.getObject(14) == null ? Optional.empty() : Optional.of(new NodeId(row.getLong(14))),
                text(row, 15),
                row.getBoolean(16),
                row.getInt(17),
                text(row, 18).map(BigInteger::new),
                text(row, 19).map(FailureClass::valueOf).map(kind -> failure(kind, row)));
    }

    private static Failure failure(FailureClass kind, ResultSet row) {
        try {
            return new Failure(kind, text(row, 20).orElse(""), text(row, 21), text(row, 22));
        } catch (SQLException unreadable) {
            throw new StoreUnavailable("the database cannot be read", unreadable);
        }
    }

    private static ResultFile readResult(ResultSet row) throws SQLException {
        return new ResultFile(
                row.getInt(1),
                row.getString(2),
                row.getString(3),
                row.getString(4),
                row.getLong(5),
                row.getString(6),
                row.getObject(7) == null
                        ? Optional.empty()
                        : Optional.of(new ResultFile.Size(row.getInt(7), row.getInt(8))));
    }

    private static Attempt readAttempt(ResultSet row) throws SQLException {
        return new Attempt(
                row.getLong(1),
                row.getInt(2),
                new NodeId(row.getLong(3)),
                Columns.promptId(row.getBytes(4)),
                Attempt.State.valueOf(row.getString(5)),
                Instant.ofEpochMilli(row.getLong(6)),
                text(row, 7).map(FailureClass::valueOf));
    }

    private static Optional<Instant> time(ResultSet row, int column) throws SQLException {
        long value = row.getLong(column);
        return row.wasNull() ? Optional.empty() : Optional.of(Instant.ofEpochMilli(value));
    }

    private static Optional<String> text(ResultSet row, int column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }
}
