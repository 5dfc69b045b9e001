package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// The check of `Accept` against what the OpenAPI document says that a route can give.
///
/// The document is asked only by callers who do not take everything.
final class Acceptable {
    private static final Pattern REFUSED = Pattern.compile(";\\s*q\\s*=\\s*0(\\.0{0,3})?\\s*(;|$)");

    private final Once<OpenApi> document;

    Acceptable(Once<OpenApi> document) {
        this.document = document;
    }

    /// Refuses a request for what this route never gives.
    void require(ServerRequest request, String method, String path) {
        List<String> ranges = request.headers().values(HeaderNames.ACCEPT).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .filter(range -> !range.isBlank())
                .toList();
        List<String> wanted = ranges.stream()
                .filter(range -> !REFUSED.matcher(range).find())
                .map(range -> range.split(";", 2)[0].strip().toLowerCase(Locale.ROOT))
                .toList();
        if (ranges.isEmpty() || wanted.contains("*/*")) {
            return;
        }
        Set<String> given = given(method, path);
        if (given.isEmpty() || given.stream().anyMatch(type -> wanted.stream().anyMatch(range -> meet(range, type)))) {
            return;
        }
        throw Refusal.of(Problem.of(
                Status.NOT_ACCEPTABLE_406,
                "This answer cannot be given as that",
                "The header Accept must allow " + String.join(" or ", given) + "."));
    }

    /// The media types of the good answers of a route.
    private Set<String> given(String method, String path) {
        Set<String> types = new TreeSet<>();
        JsonNode responses = document.get()
                .document()
                .path("paths")
                .path(path.replace("{+", "{"))
                .path(method.equals("HEAD") ? "get" : method.toLowerCase(Locale.ROOT))
                .path("responses");
        for (Map.Entry<String, JsonNode> response : responses.properties()) {
            if (response.getKey().startsWith("2")) {
                document.get().resolved(response.getValue()).path("content").properties().stream()
                        .map(Map.Entry::getKey)
                        .forEach(types::add);
            }
        }
        return types;
    }

    /// Whether two media types or ranges have something in common.
    private static boolean meet(String one, String other) {
        String[] left = one.split("/", 2);
        String[] right = other.split("/", 2);
        return left.length == 2
                && (left[0].equals(right[0]) || right[0].equals("*"))
                && (left[1].equals(right[1]) || left[1].equals("*") || right[1].equals("*"));
    }
}
