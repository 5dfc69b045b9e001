package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/// Which node of a prompt runs next: ComfyUI's topological order with its preference for what leads to an
/// output soon.
final class ExecutionOrder {

    private final ObjectNode prompt;
    private final Predicate<String> cached;
    private final Predicate<String> isOutput;
    private final Set<String> waiting = new LinkedHashSet<>();
    private final Map<String, Set<String>> blocks = new LinkedHashMap<>();
    private final Map<String, Set<String>> blockedBy = new HashMap<>();

    /// @param cached whether the outputs of a node are already there, so that nobody waits for it
    ExecutionOrder(ObjectNode prompt, List<String> outputs, Predicate<String> cached, Predicate<String> isOutput) {
        this.prompt = prompt;
        this.cached = cached;
        this.isOutput = isOutput;
        outputs.forEach(this::add);
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    String next() {
        List<String> ready = waiting.stream()
                .filter(node -> blockedBy.getOrDefault(node, Set.of()).isEmpty())
                .toList();
        if (ready.isEmpty()) {
            throw new IllegalStateException("the nodes " + waiting + " wait for each other");
        }
        for (int distance = 0; distance <= 2; distance++) {
            for (String node : ready) {
                if (leadsToOutput(node, distance)) {
                    return node;
                }
            }
        }
        return ready.getFirst();
    }

    void done(String node) {
        waiting.remove(node);
        for (String blocked : blocks.getOrDefault(node, Set.of())) {
            blockedBy.getOrDefault(blocked, new LinkedHashSet<>()).remove(node);
        }
        blocks.remove(node);
    }

    private boolean leadsToOutput(String node, int distance) {
        if (distance == 0) {
            return isOutput.test(node);
        }
        return blocks.getOrDefault(node, Set.of()).stream().anyMatch(next -> leadsToOutput(next, distance - 1));
    }

    private void add(String output) {
        Deque<String> toAdd = new ArrayDeque<>();
        List<String[]> links = new ArrayList<>();
        toAdd.push(output);
        while (!toAdd.isEmpty()) {
            String node = toAdd.pop();
            if (!waiting.add(node)) {
                continue;
            }
            for (JsonNode input : prompt.path(node).path("inputs")) {
                if (isLink(input)) {
                    String from = input.get(0).asText();
                    links.add(new String[] {from, node});
                    if (!cached.test(from)) {
                        toAdd.push(from);
                    }
                }
            }
        }
        for (String[] link : links) {
            if (!cached.test(link[0])) {
                blocks.computeIfAbsent(link[0], key -> new LinkedHashSet<>()).add(link[1]);
                blockedBy.computeIfAbsent(link[1], key -> new LinkedHashSet<>()).add(link[0]);
            }
        }
    }

    static boolean isLink(JsonNode input) {
        return input.isArray()
                && input.size() == 2
                && input.get(0).isTextual()
                && input.get(1).isNumber();
    }
}
