package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskStatus;
import dev.comfyrouter.server.task.TaskStep;
import java.math.BigInteger;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// A store in a directory of its own, at a time that the test sets.
abstract class StoreTest {
    static final NodeId NODE = new NodeId(7);
    static final String URL = "http://gpu-1:8188/";
    static final long NO_LIMIT = Long.MAX_VALUE;

    @TempDir
    Path directory;

    final List<TaskStep> published = Collections.synchronizedList(new ArrayList<>());
    Instant now = Instant.parse("2026-11-24T12:00:00Z");
    TaskStore store;

    @BeforeEach
    void open() throws Exception {
        store = TaskStore.open(directory, () -> now, published::add);
    }

    @AfterEach
    void close() {
        store.close();
    }

    TaskId accept(NewTask task) throws InterruptedException {
        assertThat(store.accept(task, NO_LIMIT)).isInstanceOf(Acceptance.Accepted.class);
        return task.id();
    }

    void assign(TaskId id, int k) throws InterruptedException {
        assertThat(assign(List.of(assignment(id, k)))).hasSize(1);
    }

    List<Assignment> assign(List<Assignment> pairs) throws InterruptedException {
        BlockingQueue<List<Assignment>> taken = new ArrayBlockingQueue<>(1);
        store.assign(pairs, taken::add);
        return taken.poll(60, TimeUnit.SECONDS);
    }

    Assignment assignment(TaskId id, int k) throws InterruptedException {
        return new Assignment(number(id), k, NODE, URL, PromptId.random(), "client");
    }

    long number(TaskId id) throws InterruptedException {
        return store.task(id).orElseThrow().number();
    }

    static List<Long> numbers(List<Task> tasks) {
        return tasks.stream().map(Task::number).toList();
    }

    static TaskFilter filter(Optional<TaskStatus> status, String text) {
        return new TaskFilter(
                status.map(Set::of).orElse(Set.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.of(text),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                10);
    }

    static ResultFile picture(int index) {
        return new ResultFile(
                index, "1-" + index + ".png", "x.png", "image/png", 10, "ab", Optional.of(new ResultFile.Size(64, 32)));
    }

    NewTask task(String title, boolean needsFiles) {
        return new NewTask(
                TaskId.random(),
                "SDXL",
                0,
                title,
                now,
                now.plus(Duration.ofHours(24)),
                Duration.ofHours(1),
                Optional.of(BigInteger.TWO.pow(64).subtract(BigInteger.ONE)),
                new TaskInput(
                        "{\"url\":\"https://h/m?token=secret\"}",
                        "{\"url\":\"https://h/m\"}",
                        new Requirements(Set.of("studio"), 16),
                        List.of("cfg_scale has no effect")),
                Set.of("00ff"),
                needsFiles,
                Optional.empty(),
                Optional.empty());
    }

    static NewTask withKey(NewTask task, String key, String body) {
        return new NewTask(
                task.id(),
                task.type(),
                task.priority(),
                task.title(),
                task.createdAt(),
                task.deadline(),
                task.maxRun(),
                task.seed(),
                task.input(),
                task.pictures(),
                task.needsFiles(),
                task.retryOf(),
                Optional.of(new NewTask.IdempotencyKey(key, body)));
    }
}
