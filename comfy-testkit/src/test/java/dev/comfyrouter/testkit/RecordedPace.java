package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/// Makes nodes go on at the recorded times, and fail where the real models did; the time is that of the line
/// which the replay has reached.
final class RecordedPace implements Script {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    // What only real weights can do; other failures must come from the fake by itself.
    private static final Set<String> MODEL_FAILURES =
            Set.of("RuntimeError", "safetensors._safetensors_rust.SafetensorError", "FileNotFoundError");

    private record Tick(String promptId, String node, int step) {}

    private record Place(String promptId, String node) {}

    private final Changes changes;
    private final Map<Tick, Double> ticks = new HashMap<>();
    private final Set<Place> observed = new HashSet<>();
    private final Map<Place, NodeFailure> failures = new HashMap<>();
    private volatile double now;
    private volatile double wakesAt = Double.NaN;
    private volatile double tickTime;

    RecordedPace(Recording recording, Changes changes) throws JsonProcessingException {
        this.changes = changes;
        for (JsonNode line : recording.lines()) {
            if (Recording.isSocket(line, "in")) {
                JsonNode frame = Recording.frame(line);
                JsonNode data = frame.path("data");
                String promptId = data.path("prompt_id").asText();
                if (frame.path("type").asText().equals("progress")) {
                    observed.add(new Place(promptId, data.path("node").asText()));
                }
                // The first sign of a step: this comes before `progress`.
                data.path("nodes")
                        .properties()
                        .forEach(node -> ticks.putIfAbsent(
                                new Tick(
                                        promptId,
                                        node.getKey(),
                                        node.getValue().path("value").asInt()),
                                Recording.time(line)));
                if (frame.path("type").asText().equals("execution_error")
                        && MODEL_FAILURES.contains(data.path("exception_type").asText())
                        && !data.path("node_type").asText().startsWith("Rec")) {
                    failures.put(
                            new Place(promptId, data.path("node_id").asText()),
                            new NodeFailure(
                                    data.path("exception_type").asText(),
                                    data.path("exception_message").asText().strip()));
                }
            }
        }
    }

    @Override
    public void beforeNode(NodeCall call) {
        NodeFailure failure = failures.get(new Place(call.promptId(), call.nodeId()));
        if (failure != null) {
            throw failure;
        }
    }

    @Override
    public void beforeTick(NodeCall call, int step) throws InterruptedException {
        if (observed.contains(new Place(call.promptId(), call.nodeId()))) {
            // A step that nobody saw never happened: the prompt was interrupted before.
            until(call, ticks.getOrDefault(new Tick(call.promptId(), call.nodeId(), step), Double.MAX_VALUE));
        }
    }

    /// As [#beforeTick], for a node whose steps take a known time when nobody saw them.
    void beforeTimedTick(NodeCall call, int step, double start, double interval) throws InterruptedException {
        until(call, ticks.getOrDefault(new Tick(call.promptId(), call.nodeId(), step), start + step * interval));
    }

    @Override
    public long nanoTime() {
        return (long) (tickTime * 1_000_000);
    }

    double now() {
        return now;
    }

    void advance(double time) {
        now = Math.max(now, time);
        changes.announce();
    }

    /// Whether the worker waits for a time that has not come.
    boolean waits() {
        return wakesAt > now;
    }

    private void until(NodeCall call, double time) throws InterruptedException {
        wakesAt = time;
        changes.announce();
        boolean came = changes.await(
                PATIENCE, () -> now >= time || call.run().engine().pacing().isInterruptRequested());
        wakesAt = Double.NaN;
        tickTime = time;
        if (!came) {
            throw new AssertionError("the replay never came to " + time);
        }
    }
}
