package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;

/// What nodes put out, by the signature of what they were given; holds only what the last prompt used
/// ("classic" caching).
///
/// A loader's signature is the name of its file: other weights behind the same name are not noticed, as on a
/// real server.
final class OutputCache {

    /// @param node whose execution made it
    /// @param ui what the page got, empty for nodes without
    record Entry(String node, List<Object> outputs, Optional<ObjectNode> ui) {}

    /// A value that changes whenever the node must run again although its inputs are the same.
    interface Freshness {
        Optional<String> of(ObjectNode node);
    }

    private final boolean enabled;
    private final Freshness freshness;
    private final AtomicLong unique = new AtomicLong();
    private final Map<String, Entry> entries = new HashMap<>();

    OutputCache(boolean enabled, Freshness freshness) {
        this.enabled = enabled;
        this.freshness = freshness;
    }

    /// Only for the worker thread, as everything here.
    void clear() {
        entries.clear();
    }

    Optional<Entry> get(String signature) {
        return Optional.ofNullable(entries.get(signature));
    }

    void put(String signature, Entry entry) {
        if (enabled) {
            entries.put(signature, entry);
        }
    }

    /// The signatures of all nodes of a prompt; forgets everything that none of them needs.
    Map<String, String> startPrompt(ObjectNode prompt) {
        Map<String, String> signatures = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> node : prompt.properties()) {
            signature(prompt, node.getKey(), signatures);
        }
        entries.keySet().retainAll(signatures.values());
        return signatures;
    }

    private String signature(ObjectNode prompt, String id, Map<String, String> known) {
        String already = known.get(id);
        if (already != null) {
            return already;
        }
        ObjectNode node = (ObjectNode) prompt.path(id);
        StringBuilder text = new StringBuilder(node.path("class_type").asText());
        text.append('\n').append(freshness.of(node).orElseGet(() -> enabled ? "" : "" + unique.incrementAndGet()));
        JsonNode inputs = node.path("inputs");
        TreeSet<String> names = new TreeSet<>();
        inputs.fieldNames().forEachRemaining(names::add);
        for (String name : names) {
            JsonNode input = inputs.get(name);
            text.append('\n').append(name).append('=');
            if (ExecutionOrder.isLink(input) && prompt.has(input.get(0).asText())) {
                text.append(signature(prompt, input.get(0).asText(), known))
                        .append('#')
                        .append(input.get(1));
            } else {
                text.append(Json.write(input));
            }
        }
        String signature = sha256(text.toString());
        known.put(id, signature);
        return signature;
    }

    static String sha256(String text) {
        return sha256(text.getBytes(StandardCharsets.UTF_8));
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-256", impossible);
        }
    }
}
