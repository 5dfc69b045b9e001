package dev.comfyrouter.benchmarks;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// Tasks a second that the store alone takes through all their states, asked by 64 threads.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 3, time = 5)
@Threads(64)
public class StoreBenchmark {
    private static final NodeId NODE = new NodeId(1);
    private static final TaskInput INPUT = new TaskInput("{}", "{}", Requirements.NONE, List.of());
    private static final String GRAPH = Script.workflow().toJson();

    private Optional<Scratch> directory = Optional.empty();
    private Optional<TaskStore> store = Optional.empty();

    @Setup
    public void open() throws IOException {
        Scratch scratch = Scratch.make();
        directory = Optional.of(scratch);
        store = Optional.of(TaskStore.open(scratch.folder(), InstantSource.system(), event -> {}));
    }

    @TearDown
    public void close() throws IOException {
        store.orElseThrow().close();
        directory.orElseThrow().close();
    }

    @Benchmark
    public boolean acceptedToSucceeded() throws InterruptedException {
        TaskStore tasks = store.orElseThrow();
        long number = accept(tasks);
        CountDownLatch assigned = new CountDownLatch(1);
        Assignment pair = new Assignment(number, 1, NODE, "http://gpu-1:8188/", PromptId.random(), "client");
        tasks.assign(List.of(pair), taken -> assigned.countDown());
        assigned.await();
        tasks.submitted(number, 1, GRAPH);
        tasks.running(number, 1);
        tasks.collecting(number, 1);
        return tasks.succeed(
                number,
                1,
                List.of(new ResultFile(0, "1-0.png", "a.png", "image/png", 1147, "0".repeat(64), Optional.empty())));
    }

    private static long accept(TaskStore tasks) throws InterruptedException {
        Instant now = Instant.now();
        Acceptance acceptance = tasks.accept(
                new NewTask(
                        TaskId.random(),
                        "SD15",
                        0,
                        "a cat",
                        now,
                        now.plus(Duration.ofHours(1)),
                        Duration.ofHours(1),
                        Optional.empty(),
                        INPUT,
                        Set.of(),
                        false,
                        Optional.empty(),
                        Optional.empty()),
                Long.MAX_VALUE);
        return ((Acceptance.Accepted) acceptance).number();
    }
}
