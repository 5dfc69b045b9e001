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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import org.jdbi.v3.core.Handle;
import org.jdbi.v3.core.statement.Query;

/// Every question that is put to the database, answered at once and whole.
final class TaskQueries {
    private static final String TASK =
            "SELECT n, id, type, state, priority, title, created, deadline, max_run, started,"
                    + " finished, not_before, k, node, node_url, cancel, seq, seed, error_class, error_message, error_node,"
                    + " error_details FROM task ";
    private static final String RESULT = "i, file_name, name, content_type, bytes, sha256, width, height";
    private static final String ATTEMPT = "SELECT n, k, node, prompt, state, created, cause FROM attempt ";

    private TaskQueries() {}

    static Optional<Task> task(Handle db, TaskId id) {
        return db.createQuery(TASK + "WHERE id = ?")
                .bind(0, id.bytes())
                .map((row, context) -> readTask(row))
                .findOne();
    }

    static Optional<Task> task(Handle db, long number) {
        return db.createQuery(TASK + "WHERE n = ?")
                .bind(0, number)
                .map((row, context) -> readTask(row))
                .findOne();
    }

    /// Tasks that have not ended, oldest first.
    static List<Task> unfinished(Handle db) {
        return db.createQuery(TASK + "WHERE finished IS NULL ORDER BY n")
                .map((row, context) -> readTask(row))
                .list();
    }

    static List<Task> list(Handle db, TaskFilter filter) {
        String where = where(filter);
        return bound(db.createQuery(TASK + where + " ORDER BY n DESC LIMIT :limit"), filter)
                .bind("limit", filter.limit())
                .map((row, context) -> readTask(row))
                .list();
    }

    /// How many tasks a filter lets through on all pages; empty above `most`, where counting would cost too much.
    static OptionalLong count(Handle db, TaskFilter filter, int most) {
        TaskFilter all = filter.before(OptionalLong.empty());
        long counted = bound(
                        db.createQuery("SELECT count(*) FROM (SELECT 1 FROM task " + where(all) + " LIMIT :limit)"),
                        all)
                .bind("limit", most + 1)
                .mapTo(Long.class)
                .one();
        return counted > most ? OptionalLong.empty() : OptionalLong.of(counted);
    }

    private static String where(TaskFilter filter) {
        StringBuilder where = new StringBuilder("WHERE 1 = 1");
        filter.before().ifPresent(number -> where.append(" AND n < :before"));
        filter.type().ifPresent(type -> where.append(" AND type = :type"));
        filter.node().ifPresent(node -> where.append(" AND node = :node"));
        filter.from().ifPresent(time -> where.append(" AND created >= :from"));
        filter.to().ifPresent(time -> where.append(" AND created < :to"));
        filter.text()
                .ifPresent(text -> where.append(" AND (title LIKE :like ESCAPE '!' OR node_url LIKE :like ESCAPE '!'"
                        + " OR lower(hex(id)) LIKE :hex ESCAPE '!' OR CAST(n AS TEXT) = :text)"));
        if (!filter.statuses().isEmpty()) {
            where.append(Arrays.stream(TaskState.values())
                    .filter(state -> filter.statuses().contains(state.status()))
                    .map(state -> "'" + state.name() + "'")
                    .collect(Collectors.joining(", ", " AND state IN (", ")")));
        }
        return where.toString();
    }

    private static Query bound(Query query, TaskFilter filter) {
        filter.before().ifPresent(number -> query.bind("before", number));
        filter.type().ifPresent(type -> query.bind("type", type));
        filter.node().ifPresent(node -> query.bind("node", node.value()));
        filter.from().ifPresent(time -> query.bind("from", time.toEpochMilli()));
        filter.to().ifPresent(time -> query.bind("to", time.toEpochMilli()));
        filter.text().ifPresent(text -> {
            String literal = text.replace("!", "!!").replace("%", "!%").replace("_", "!_");
            query.bind("like", "%" + literal + "%")
                    .bind("hex", literal.replace("-", "").toLowerCase(Locale.ROOT) + "%")
                    .bind("text", text.startsWith("#") ? text.substring(1) : text);
        });
        return query;
    }

    static Optional<TaskInput> input(Handle db, long number) {
        return db.createQuery("SELECT stored, shown, labels, vram, warnings FROM task_input WHERE n = ?")
                .bind(0, number)
                .map((row, context) -> new TaskInput(
                        row.getString(1),
                        row.getString(2),
                        new Requirements(new LinkedHashSet<>(Columns.list(row.getString(3))), row.getDouble(4)),
                        Columns.list(row.getString(5))))
                .findOne();
    }

    static List<ResultFile> results(Handle db, long number) {
        return db.createQuery("SELECT " + RESULT + " FROM result WHERE n = ? ORDER BY i")
                .bind(0, number)
                .map((row, context) -> readResult(row))
                .list();
    }

    static Map<Long, List<ResultFile>> results(Handle db, List<Task> tasks) {
        Map<Long, List<ResultFile>> results = new HashMap<>();
        db.createQuery("SELECT " + RESULT + ", n FROM result WHERE n IN (<numbers>) ORDER BY n, i")
                .bindList("numbers", tasks.stream().map(Task::number).toList())
                .map((row, context) -> Map.entry(row.getLong("n"), readResult(row)))
                .forEach(found -> results.computeIfAbsent(found.getKey(), number -> new ArrayList<>())
                        .add(found.getValue()));
        return results;
    }

    static Optional<WholeTask> whole(Handle db, TaskId id) {
        return task(db, id)
                .map(task -> new WholeTask(
                        task,
                        input(db, task.number()),
                        task.state() == TaskState.SUCCEEDED ? results(db, task.number()) : List.of(),
                        events(db, task, 0),
                        task.attempts() == 0 ? List.of() : attempts(db, task.number()),
                        retryOf(db, task.number()),
                        task.state().terminal() ? retriedBy(db, task.id()) : Optional.empty()));
    }

    private static Optional<TaskId> retryOf(Handle db, long number) {
        return db.createQuery("SELECT earlier FROM retry WHERE n = ?")
                .bind(0, number)
                .map((row, context) -> TaskId.of(row.getBytes(1)))
                .findOne();
    }

    /// The newest task that runs this one again.
    private static Optional<TaskId> retriedBy(Handle db, TaskId id) {
        return db.createQuery("SELECT task.id FROM retry JOIN task ON task.n = retry.n WHERE earlier = ?"
                        + " ORDER BY retry.n DESC LIMIT 1")
                .bind(0, id.bytes())
                .map((row, context) -> TaskId.of(row.getBytes(1)))
                .findOne();
    }

    /// The events of a task after the one numbered `after`, in order.
    static List<TaskEvent> events(Handle db, Task task, int after) {
        return db.createQuery("SELECT seq, state, at, detail FROM event WHERE n = ? AND seq > ? ORDER BY seq")
                .bind(0, task.number())
                .bind(1, after)
                .map((row, context) -> new TaskEvent(
                        task.number(),
                        task.id(),
                        row.getInt(1),
                        TaskState.valueOf(row.getString(2)),
                        Instant.ofEpochMilli(row.getLong(3)),
                        row.getString(4)))
                .list();
    }

    static List<Attempt> attempts(Handle db, long number) {
        return db.createQuery(ATTEMPT + "WHERE n = ? ORDER BY k")
                .bind(0, number)
                .map((row, context) -> readAttempt(row))
                .list();
    }

    /// Attempts whose prompts may still be alive on a node although the router has given them up.
    static List<Attempt> abandoned(Handle db) {
        return db.createQuery(ATTEMPT + "WHERE state = 'ABANDONED' ORDER BY n, k")
                .map((row, context) -> readAttempt(row))
                .list();
    }

    /// The graph of the newest attempt that was submitted.
    static Optional<String> graph(Handle db, long number) {
        return db.createQuery("SELECT graph FROM graph WHERE n = ? ORDER BY k DESC LIMIT 1")
                .bind(0, number)
                .mapTo(String.class)
                .findOne();
    }

    static Map<TaskStatus, Long> counts(Handle db) {
        Map<TaskStatus, Long> counts = new EnumMap<>(TaskStatus.class);
        db.createQuery("SELECT state, count(*) FROM task GROUP BY state")
                .map((row, context) -> Map.entry(TaskState.valueOf(row.getString(1)), row.getLong(2)))
                .forEach(found -> counts.merge(found.getKey().status(), found.getValue(), Long::sum));
        return counts;
    }

    /// Whether a task with this id was here and has been dropped.
    static boolean dropped(Handle db, TaskId id) {
        return db.createQuery("SELECT 1 FROM tombstone WHERE id = ?")
                .bind(0, id.bytes())
                .mapTo(Integer.class)
                .findOne()
                .isPresent();
    }

    /// The numbers of all tasks that have ended and are kept.
    static List<Long> finished(Handle db) {
        return db.createQuery("SELECT n FROM task WHERE finished IS NOT NULL")
                .mapTo(Long.class)
                .list();
    }

    /// The SHA-256 of every picture that came inside a request that is kept.
    static List<String> pictures(Handle db) {
        return db.createQuery("SELECT DISTINCT sha256 FROM picture")
                .mapTo(String.class)
                .list();
    }

    static Map<Long, List<String>> files(Handle db) {
        record Row(long number, String sha256) {}
        return db
                .createQuery("SELECT n, sha256 FROM task_file ORDER BY n, i")
                .map((row, context) -> new Row(row.getLong(1), row.getString(2)))
                .list()
                .stream()
                .collect(Collectors.groupingBy(
                        Row::number, LinkedHashMap::new, Collectors.mapping(Row::sha256, Collectors.toList())));
    }

    static List<NodeSpec> nodes(Handle db) {
        return db.createQuery("SELECT " + NodeRows.COLUMNS + " FROM node ORDER BY id")
                .map((row, context) -> NodeRows.read(row))
                .list();
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
