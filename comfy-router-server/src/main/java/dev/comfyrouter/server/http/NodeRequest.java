package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.node.NodeUrl;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What an operator says of a node.
///
/// @param headers sent to the node with each request; may hold tokens
record NodeRequest(
        Optional<NodeUrl> url,
        Optional<String> name,
        Optional<List<String>> labels,
        Optional<Map<String, String>> headers) {
    private static final int LONGEST = 200;
    private static final int MANY = 32;
    private static final Pattern HEADER_NAME = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]{0,8000}");

    /// Headers by which one request becomes two, or goes to another server.
    private static final Set<String> FORBIDDEN =
            Set.of("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "expect");

    /// @param adding whether this is a new node, which needs a URL; otherwise the URL stays as it is
    static NodeRequest read(JsonNode body, boolean adding) {
        List<Problem.Mistake> mistakes = new ArrayList<>();
        Set<String> known = adding ? Set.of("url", "name", "labels", "headers") : Set.of("name", "labels", "headers");
        for (Map.Entry<String, JsonNode> member : body.properties()) {
            if (!known.contains(member.getKey())) {
                mistakes.add(new Problem.Mistake(
                        "/" + member.getKey(),
                        "unknown; allowed are "
                                + String.join(", ", known.stream().sorted().toList())));
            }
        }
        var request = new NodeRequest(
                adding ? url(body.path("url"), mistakes) : Optional.empty(),
                name(body.path("name"), mistakes),
                labels(body.path("labels"), mistakes),
                headers(body.path("headers"), mistakes));
        if (!mistakes.isEmpty()) {
            throw Refusal.wrong(mistakes);
        }
        return request;
    }

    private static Optional<NodeUrl> url(JsonNode node, List<Problem.Mistake> mistakes) {
        if (!node.isTextual() || node.textValue().isBlank()) {
            mistakes.add(new Problem.Mistake("/url", "url is missing: the address of a ComfyUI server"));
            return Optional.empty();
        }
        try {
            return Optional.of(NodeUrl.parse(node.textValue()));
        } catch (IllegalArgumentException refused) {
            mistakes.add(new Problem.Mistake("/url", String.valueOf(refused.getMessage())));
            return Optional.empty();
        }
    }

    private static Optional<String> name(JsonNode node, List<Problem.Mistake> mistakes) {
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        if (!fair(node)) {
            mistakes.add(new Problem.Mistake("/name", "name is a text of 1 to " + LONGEST + " characters"));
        }
        return Optional.of(node.asText());
    }

    private static Optional<List<String>> labels(JsonNode node, List<Problem.Mistake> mistakes) {
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        List<String> labels = new ArrayList<>();
        boolean texts = node.isArray() && node.size() <= MANY;
        for (JsonNode label : node) {
            texts &= fair(label);
            labels.add(label.asText());
        }
        if (!texts) {
            mistakes.add(new Problem.Mistake("/labels", "labels is a list of at most " + MANY + " short texts"));
        }
        return Optional.of(labels);
    }

    private static Optional<Map<String, String>> headers(JsonNode node, List<Problem.Mistake> mistakes) {
        if (node.isMissingNode() || node.isNull()) {
            return Optional.empty();
        }
        Map<String, String> headers = new LinkedHashMap<>();
        if (!node.isObject() || node.size() > MANY) {
            mistakes.add(new Problem.Mistake("/headers", "headers is an object of at most " + MANY + " texts"));
        }
        for (Map.Entry<String, JsonNode> header : node.properties()) {
            String name = header.getKey();
            if (!HEADER_NAME.matcher(name).matches()
                    || FORBIDDEN.contains(name.toLowerCase(java.util.Locale.ROOT))
                    || !header.getValue().isTextual()
                    || !HEADER_VALUE.matcher(header.getValue().textValue()).matches()) {
                mistakes.add(new Problem.Mistake(
                        "/headers", "'" + name + "' cannot be sent as a header, or its value cannot"));
            } else {
                headers.put(name, header.getValue().textValue());
            }
        }
        return Optional.of(headers);
    }

    private static boolean fair(JsonNode node) {
        return node.isTextual()
                && !node.textValue().isBlank()
                && node.textValue().length() <= LONGEST
                && node.textValue().chars().noneMatch(Character::isISOControl);
    }
}
