package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.Version;
import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.Checks;
import dev.comfyrouter.server.node.NodeSpec;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.Sight;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.workflows.NodeCatalog;
import dev.comfyrouter.workflows.SamplerLists;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A pass of the dispatcher: 100,000 waiting tasks of eight kinds, 500 nodes, of which none, one or all are free.
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 6, time = 2)
@Measurement(iterations = 5, time = 1)
public class PlacementBenchmark {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final int LOOKED_AT = 64;

    @Param({"0", "1", "500"})
    private int free;

    private final WaitingQueue queue = new WaitingQueue();
    private List<NodeState> nodes = List.of();

    @Setup
    public void fill() {
        NeedsOf needsOf = new NeedsOf();
        for (int i = 0; i < 100_000; i++) {
            queue.add(task(i, needsOf));
        }
        List<NodeState> states = new ArrayList<>();
        for (int i = 0; i < 500; i++) {
            states.add(node(i, i >= free));
        }
        nodes = List.copyOf(states);
    }

    @Benchmark
    public Object pass() {
        return Placement.decide(queue.first(LOOKED_AT, NOW), nodes, NOW);
    }

    private static WaitingTask task(int number, NeedsOf needsOf) {
        Plan plan = Plan.parse(
                "SD15",
                "{\"prompt\":\"a cat\",\"checkpoint\":\"model-" + number % 8 + ".safetensors\"}",
                SamplerLists.core());
        Task task = Task.accepted(
                number,
                TaskId.random(),
                "SD15",
                TaskState.READY,
                0,
                "a cat",
                NOW.minusSeconds(10),
                NOW.plusSeconds(3600),
                Duration.ofHours(1),
                Optional.empty());
        return new WaitingTask(
                task,
                needsOf.plan(plan, PresentFiles.NONE),
                Requirements.NONE,
                task.createdAt(),
                Optional.empty(),
                0,
                List.of());
    }

    private static NodeState node(int number, boolean busy) {
        NodeSpec spec = new NodeSpec(
                new NodeId(number),
                URI.create("http://gpu-" + number + ":8188/"),
                "gpu-" + number,
                List.of(),
                Map.of(),
                false,
                NOW);
        Capabilities can = Capabilities.of(NodeCatalog.core());
        return new NodeState(
                spec,
                new Checks(true, 0, 0, Optional.of(NOW), ""),
                NOW,
                Optional.of(new About(Version.OLDEST_SUPPORTED, "2.8", List.of(), Optional.of(can))),
                busy ? Optional.of(new NodeState.Occupant(number, 1, PromptId.random(), NOW)) : Optional.empty(),
                Set.of(),
                0,
                Optional.empty(),
                NOW.minusSeconds(number),
                Set.of(),
                Sight.UNKNOWN,
                NodeState.Leaving.NO,
                Optional.empty());
    }
}
