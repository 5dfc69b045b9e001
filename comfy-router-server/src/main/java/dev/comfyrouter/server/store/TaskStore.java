package dev.comfyrouter.server.store;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskStatus;
import dev.comfyrouter.server.task.TaskStep;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;

/// All tasks and nodes on disk: the one owner of how far a task is.
///
/// Four facts are awaited by whoever states them: a task before it is acknowledged, an attempt before it is
/// submitted, the wish to cancel before it is acknowledged, and an outcome before anybody sees it. Everything else
/// rides in the next commit. After a commit, on the writer's thread and in order, the steps of its tasks are published.
public final class TaskStore implements AutoCloseable {
    private final DirectoryLock lock;
    private final Readers readers;
    private final Writer writer;
    private final InstantSource clock;

    private TaskStore(DirectoryLock lock, Readers readers, Writer writer, InstantSource clock) {
        this.lock = lock;
        this.readers = readers;
        this.writer = writer;
        this.clock = clock;
    }

    /// Opens the store in a directory that exists, for this process alone.
    ///
    /// @param published is given every step after it is on disk, on the writer's thread; must be quick
    ///     and never write
    /// @throws IllegalStateException when another process has the directory, or a newer version wrote it
    /// @throws IOException when the database cannot be opened
    public static TaskStore open(Path directory, InstantSource clock, Consumer<TaskStep> published) throws IOException {
        DirectoryLock lock = DirectoryLock.take(directory);
        try {
            NativeSqlite.unpack(directory);
            Database database = new Database(directory.resolve("router.db"));
            Schema.migrate(database.dataSource());
            return new TaskStore(lock, new Readers(database), new Writer(database.connect(), published), clock);
        } catch (SQLException failed) {
            lock.close();
            throw new IOException("the database in " + directory + " cannot be opened: " + failed.getMessage(), failed);
        } catch (RuntimeException failed) {
            lock.close();
            throw failed;
        }
    }

    /// Takes a task, unless `limit` tasks wait that never had an attempt.
    ///
    /// @throws StoreUnavailable when the store is overloaded or cannot write
    public Acceptance accept(NewTask task, long limit) throws InterruptedException {
        return writer.write(TaskChanges.accept(task, limit));
    }

    /// Writes down the wish to cancel.
    ///
    /// @throws StoreUnavailable when the store is overloaded or cannot write
    public Cancellation cancel(TaskId id) throws InterruptedException {
        return writer.write(TaskChanges.cancel(id, now()));
    }

    /// Drops one ended task and answers its number, whose result files are the caller's to delete.
    public Optional<Long> drop(TaskId id) throws InterruptedException {
        return writer.write(Dropping.drop(id, now()));
    }

    /// Drops the oldest ended tasks above `limit` that ended before `youngest`, at most a thousand at a time.
    public List<Long> trim(long limit, Instant youngest) throws InterruptedException {
        return writer.writePatiently(Dropping.trim(limit, youngest, now()));
    }

    /// A task waits for its files; false when it does not wait any more.
    public boolean preparing(long number) throws InterruptedException {
        return writer.writePatiently(TaskChanges.preparing(number, now()));
    }

    /// A task has its files, by their SHA-256 in the order in which it wants them, and waits for a node; false when
    /// it does not wait any more.
    public boolean ready(long number, List<String> files) throws InterruptedException {
        return writer.writePatiently(TaskChanges.ready(number, files, now()));
    }

    /// Makes attempts of the pairs whose tasks still wait; `taken` hears which once they are on disk.
    public void assign(List<Assignment> pairs, Consumer<List<Assignment>> taken) throws InterruptedException {
        writer.propose(AttemptChanges.assign(pairs, now()), taken);
    }

    public void submitted(long number, int k, String graph) throws InterruptedException {
        writer.ride(AttemptChanges.submitted(number, k, graph, now()));
    }

    public void running(long number, int k) throws InterruptedException {
        writer.ride(AttemptChanges.running(number, k, now()));
    }

    public void collecting(long number, int k) throws InterruptedException {
        writer.ride(AttemptChanges.collecting(number, k, now()));
    }

    /// Ends a task well, if this attempt is its current one and nobody asked to cancel it.
    public boolean succeed(long number, int k, List<ResultFile> files) throws InterruptedException {
        return writer.writePatiently(AttemptChanges.succeed(number, k, files, now()));
    }

    /// Ends a task badly; `k` is the attempt that failed, 0 for a task that fails while it waits.
    public boolean fail(long number, int k, Attempt.State attempt, Failure failure) throws InterruptedException {
        return writer.writePatiently(TaskChanges.fail(number, k, attempt, failure, now()));
    }

    /// Ends an attempt and lets its task wait for the next one, from `notBefore` on.
    public boolean again(long number, int k, Attempt.State attempt, FailureClass cause, Optional<Instant> notBefore)
            throws InterruptedException {
        return writer.writePatiently(AttemptChanges.again(number, k, attempt, cause, notBefore, now()));
    }

    /// Ends the attempt of a task whose cancelling was asked for, and the task with it.
    public boolean cancelled(long number, int k, Attempt.State attempt) throws InterruptedException {
        return writer.writePatiently(TaskChanges.cancelled(number, k, attempt, now()));
    }

    /// An abandoned prompt is not on its node any more.
    public void gone(PromptId promptId) throws InterruptedException {
        writer.ride(AttemptChanges.gone(promptId, now()));
    }

    public NodeSpec addNode(URI url, String name, List<String> labels, Map<String, String> headers)
            throws InterruptedException {
        return writer.write(NodeRows.add(url, name, labels, headers, now()));
    }

    public Optional<NodeSpec> updateNode(NodeSpec node) throws InterruptedException {
        return writer.write(NodeRows.update(node));
    }

    public boolean removeNode(NodeId node) throws InterruptedException {
        return writer.write(NodeRows.remove(node, now()));
    }

    public Optional<Task> task(TaskId id) throws InterruptedException {
        return readers.read(db -> TaskQueries.task(db, id));
    }

    public Optional<Task> task(long number) throws InterruptedException {
        return readers.read(db -> TaskQueries.task(db, number));
    }

    /// A task with all that belongs to it.
    public Optional<WholeTask> whole(TaskId id) throws InterruptedException {
        return readers.read(db -> TaskQueries.whole(db, id));
    }

    public Optional<TaskInput> input(long number) throws InterruptedException {
        return readers.read(db -> TaskQueries.input(db, number));
    }

    public List<ResultFile> results(long number) throws InterruptedException {
        return readers.read(db -> TaskQueries.results(db, number));
    }

    /// The files of many tasks; those without any are not in it.
    public Map<Long, List<ResultFile>> results(List<Task> tasks) throws InterruptedException {
        return tasks.isEmpty() ? Map.of() : readers.read(db -> TaskQueries.results(db, tasks));
    }

    public List<TaskEvent> events(Task task, int after) throws InterruptedException {
        return readers.read(db -> TaskQueries.events(db, task, after));
    }

    public List<Attempt> attempts(long number) throws InterruptedException {
        return readers.read(db -> TaskQueries.attempts(db, number));
    }

    public Optional<String> graph(long number) throws InterruptedException {
        return readers.read(db -> TaskQueries.graph(db, number));
    }

    public List<Task> list(TaskFilter filter) throws InterruptedException {
        return readers.read(db -> TaskQueries.list(db, filter));
    }

    /// How many tasks a filter lets through on all pages; empty when there are more than `most`.
    public OptionalLong count(TaskFilter filter, int most) throws InterruptedException {
        return readers.read(db -> TaskQueries.count(db, filter, most));
    }

    /// How many tasks there are, by what callers call their state.
    public Map<TaskStatus, Long> counts() throws InterruptedException {
        return readers.read(TaskQueries::counts);
    }

    /// Whether a task with this id was here within the last day and has been dropped.
    public boolean dropped(TaskId id) throws InterruptedException {
        return readers.read(db -> TaskQueries.dropped(db, id));
    }

    /// All tasks that have not ended, oldest first.
    public List<Task> unfinished() throws InterruptedException {
        return readers.read(TaskQueries::unfinished);
    }

    public List<Long> finished() throws InterruptedException {
        return readers.read(TaskQueries::finished);
    }

    /// The SHA-256 of every picture that came inside a request that is kept.
    public List<String> pictures() throws InterruptedException {
        return readers.read(TaskQueries::pictures);
    }

    /// The SHA-256 of the files by URL that tasks had which have not ended, each task's in its order.
    public Map<Long, List<String>> files() throws InterruptedException {
        return readers.read(TaskQueries::files);
    }

    public List<Attempt> abandoned() throws InterruptedException {
        return readers.read(TaskQueries::abandoned);
    }

    public List<NodeSpec> nodes() throws InterruptedException {
        return readers.read(TaskQueries::nodes);
    }

    /// Why nothing can be written now, or empty when all is well.
    public Optional<String> failing() {
        return Optional.ofNullable(writer.failing());
    }

    /// Writes what was handed over, then closes.
    @Override
    public void close() {
        writer.close();
        readers.close();
        lock.close();
    }

    private Instant now() {
        return clock.instant();
    }
}
