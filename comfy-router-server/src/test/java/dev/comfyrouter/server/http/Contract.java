package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.net.http.HttpResponse;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// The OpenAPI document as a judge of every answer that a test gets.
final class Contract {
    private static final JsonNode DOCUMENT = new OpenApi("test").document();
    private static final SchemaRegistry REGISTRY =
            SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12);
    private static final ConcurrentMap<JsonNode, Schema> SCHEMAS = new ConcurrentHashMap<>();

    private Contract() {}

    /// Every operation of the document, such as `GET /workflow/{id}`.
    static Set<String> operations() {
        Set<String> operations = new TreeSet<>();
        for (Map.Entry<String, JsonNode> path : DOCUMENT.path("paths").properties()) {
            for (Map.Entry<String, JsonNode> member : path.getValue().properties()) {
                if (!member.getKey().equals("parameters")) {
                    operations.add(member.getKey().toUpperCase(java.util.Locale.ROOT) + " " + path.getKey());
                }
            }
        }
        return operations;
    }

    /// The operation that a request meant; empty when the document has none.
    static Optional<String> operation(String method, String path) {
        return operations().stream()
                .filter(operation -> operation.startsWith(method + " "))
                .filter(operation -> path.matches(operation
                        .substring(method.length() + 1)
                        .replace("{name}", ".+")
                        .replaceAll("\\{[a-z]+}", "[^/]+")))
                .min(Comparator.comparingInt(operation -> operation.indexOf('{') < 0 ? 0 : 1));
    }

    /// Holds an answer against the document: status, headers, content type, and every field of the body.
    static void check(HttpResponse<String> answer) {
        String method = answer.request().method();
        String path = answer.uri().getPath();
        Optional<String> operation =
                operation(method, path).or(() -> operation(method.equals("HEAD") ? "GET" : method, path));
        if (operation.isEmpty()) {
            assertThat(answer.statusCode())
                    .as("undocumented: " + method + " " + path)
                    .isIn(401, 403, 404, 405);
            problem(answer);
            return;
        }
        String[] parts = operation.get().split(" ", 2);
        JsonNode responses = DOCUMENT.path("paths")
                .path(parts[1])
                .path(parts[0].toLowerCase(java.util.Locale.ROOT))
                .path("responses");
        JsonNode response = resolved(
                responses.has(Integer.toString(answer.statusCode()))
                        ? responses.path(Integer.toString(answer.statusCode()))
                        : responses.path("default"));
        if (answer.statusCode() < 400) {
            assertThat(responses.has(Integer.toString(answer.statusCode())))
                    .as(operation.get() + " answers " + answer.statusCode())
                    .isTrue();
        }
        for (Map.Entry<String, JsonNode> header : response.path("headers").properties()) {
            if (resolved(header.getValue()).path("required").asBoolean()) {
                assertThat(answer.headers().firstValue(header.getKey()))
                        .as(header.getKey())
                        .isPresent();
            }
        }
        if (method.equals("HEAD") || !response.has("content")) {
            assertThat(answer.body()).as(operation.get()).isEmpty();
            return;
        }
        String type = answer.headers().firstValue("Content-Type").orElse("none").split(";", 2)[0];
        JsonNode content = response.path("content");
        assertThat(content.has(type) || content.has("*/*") || (type.startsWith("image/") && content.has("image/*")))
                .as(operation.get() + " " + answer.statusCode() + " is of type " + type)
                .isTrue();
        if (type.endsWith("json") && content.has(type)) {
            assertThat(schema(content.path(type).path("schema")).validate(Json.kept(answer.body())))
                    .as(operation.get() + " " + answer.statusCode() + ": " + answer.body())
                    .isEmpty();
        }
    }

    private static void problem(HttpResponse<String> answer) {
        if (!answer.request().method().equals("HEAD")) {
            assertThat(schema(DOCUMENT.path("components").path("schemas").path("Problem"))
                            .validate(Json.kept(answer.body())))
                    .isEmpty();
        }
    }

    /// A schema of the document, on its own.
    static Schema schema(JsonNode schema) {
        return SCHEMAS.computeIfAbsent(schema, key -> {
            ObjectNode whole = Json.MAPPER.createObjectNode();
            whole.setAll((ObjectNode) key.deepCopy());
            whole.set("$defs", DOCUMENT.path("components").path("schemas"));
            return REGISTRY.getSchema(Json.kept(whole.toString().replace("\"#/components/schemas/", "\"#/$defs/")));
        });
    }

    static JsonNode document() {
        return DOCUMENT;
    }

    /// What a reference leads to; anything else is itself.
    static JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? DOCUMENT.at(node.path("$ref").asText().substring(1)) : node;
    }

    /// Every `$ref` of the document.
    static List<String> references() {
        return DOCUMENT.findValuesAsText("$ref");
    }
}
