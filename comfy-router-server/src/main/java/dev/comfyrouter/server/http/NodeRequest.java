package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.node.NodeUrl;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
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
        var members = new Members(
                body, adding ? List.of("url", "name", "labels", "headers") : List.of("name", "labels", "headers"));
        var request = new NodeRequest(
                adding ? url(members) : Optional.empty(),
                members.text("name", NodeRequest::fair, "name is a text of 1 to " + LONGEST + " characters"),
                members.texts(
                        "labels", MANY, NodeRequest::fair, "labels is a list of at most " + MANY + " short texts"),
                headers(members));
        members.refuseMistakes();
        return request;
    }

    private static Optional<NodeUrl> url(Members members) {
        Optional<JsonNode> url = members.value("url")
                .filter(node -> node.isTextual() && !node.textValue().isBlank());
        if (url.isEmpty()) {
            members.mistake("/url", "url is missing: the address of a ComfyUI server");
            return Optional.empty();
        }
        try {
            return Optional.of(NodeUrl.parse(url.get().textValue()));
        } catch (IllegalArgumentException refused) {
            members.mistake("/url", String.valueOf(refused.getMessage()));
            return Optional.empty();
        }
    }

    private static Optional<Map<String, String>> headers(Members members) {
        Optional<JsonNode> given = members.value("headers");
        if (given.isEmpty()) {
            return Optional.empty();
        }
        if (!given.get().isObject() || given.get().size() > MANY) {
            members.mistake("/headers", "headers is an object of at most " + MANY + " texts");
        }
        Map<String, String> headers = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> header : given.get().properties()) {
            String name = header.getKey();
            if (!HEADER_NAME.matcher(name).matches()
                    || FORBIDDEN.contains(name.toLowerCase(Locale.ROOT))
                    || !header.getValue().isTextual()
                    || !HEADER_VALUE.matcher(header.getValue().textValue()).matches()) {
                members.mistake("/headers", "'" + name + "' cannot be sent as a header, or its value cannot");
            } else {
                headers.put(name, header.getValue().textValue());
            }
        }
        return Optional.of(headers);
    }

    private static boolean fair(String text) {
        return !text.isBlank() && text.length() <= LONGEST && text.chars().noneMatch(Character::isISOControl);
    }
}
