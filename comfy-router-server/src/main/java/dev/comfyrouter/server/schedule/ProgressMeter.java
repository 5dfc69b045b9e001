package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.workflows.Workflow;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/// How far an attempt is: the share of the expected sampling steps of all passes, so that it moves once from 0 to 1.
///
/// Used by one thread.
final class ProgressMeter {
    /// What the last event left behind.
    ///
    /// @param phase what the node does besides sampling; empty while it samples
    record Reading(double share, String phase, int step, int steps) {}

    private final Workflow graph;
    private final Map<String, Integer> expected;
    private final int steps;
    private final Map<String, Double> done = new HashMap<>();
    private final Set<String> ended = new HashSet<>();
    private String current = "";

    ProgressMeter(Workflow graph) {
        this.graph = graph;
        this.expected = graph.samplingSteps();
        this.steps = expected.values().stream().mapToInt(Integer::intValue).sum();
    }

    /// Takes an event of the attempt; answers whether the reading may have changed.
    boolean take(ComfyEvent event) {
        return switch (event) {
            case ComfyEvent.Cached cached ->
                cached.nodes().stream().map(this::end).reduce(false, Boolean::logicalOr);
            case ComfyEvent.Executing executing -> {
                boolean moved = end(current);
                current = executing.displayNode().or(executing::node).orElse("");
                yield moved || !current.isEmpty();
            }
            case ComfyEvent.Progress progress -> advance(progress);
            default -> false; // every other event says nothing about steps
        };
    }

    Reading reading() {
        double sampled = done.values().stream().mapToDouble(Double::doubleValue).sum();
        double share = steps == 0 ? 0 : Math.min(1, sampled / steps);
        return new Reading(share, phase(), (int) Math.round(sampled), steps);
    }

    private boolean advance(ComfyEvent.Progress progress) {
        Integer most = expected.get(progress.node());
        if (most == null || progress.max() <= 0 || ended.contains(progress.node())) {
            return false;
        }
        double value = Math.min(1, progress.value() / progress.max()) * most;
        return done.merge(progress.node(), value, Math::max) == value;
    }

    private boolean end(String node) {
        Integer most = expected.get(node);
        if (most == null || !ended.add(node)) {
            return false;
        }
        done.put(node, (double) most);
        return true;
    }

    private String phase() {
        if (current.isEmpty() || (expected.containsKey(current) && done.getOrDefault(current, 0.0) > 0)) {
            return "";
        }
        return graph.node(current).map(ProgressMeter::phase).orElse("");
    }

    private static String phase(Workflow.Node node) {
        String kind = node.classType().toLowerCase(Locale.ROOT);
        if (kind.contains("loader") && !kind.startsWith("loadimage")) {
            return node.inputs().values().stream()
                    .filter(Workflow.Input.Text.class::isInstance)
                    .map(input -> "loading " + stem(((Workflow.Input.Text) input).value()))
                    .findFirst()
                    .orElse("loading");
        }
        return kind.contains("ksampler") || kind.startsWith("samplercustom") ? "starting to sample" : node.title();
    }

    private static String stem(String name) {
        String file = name.substring(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1);
        int dot = file.lastIndexOf('.');
        return dot > 0 ? file.substring(0, dot) : file;
    }
}
