package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.client.Bytes;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.workflows.Recipe;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ContractTest extends AtTheDoor {
    private final FakeComfyServer comfy = FakeComfyServer.start();
    private final Set<String> called = new TreeSet<>();

    @AfterEach
    void close() {
        comfy.close();
    }

    @Test
    void everyRouteIsDocumentedAndNothingElse() {
        Set<String> routes = door.door.routes().stream()
                .map(route -> route.replace("{+", "{"))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(routes).isEqualTo(Contract.operations());
    }

    @Test
    void everyReferenceLeadsSomewhere() {
        assertThat(Contract.references())
                .allSatisfy(reference -> assertThat(
                                Contract.document().at(reference.substring(1)).isMissingNode())
                        .as(reference)
                        .isFalse());
    }

    /// A comma in a description without quotes begins another member in YAML.
    @Test
    void answersHaveOnlyMembersThatOpenApiKnows() {
        for (JsonNode operation : Contract.document().path("paths").findParents("operationId")) {
            for (JsonNode response : operation.path("responses")) {
                assertThat(response.properties())
                        .extracting(Map.Entry::getKey)
                        .as(operation.path("operationId").asText())
                        .isSubsetOf("description", "headers", "content", "links", "$ref");
            }
        }
    }

    /// Some generators of clients make classes that do not work from objects inside objects.
    @Test
    void everyObjectHasANameAndEveryLongSaysSo() {
        JsonNode schemas = Contract.document().path("components").path("schemas");
        for (Map.Entry<String, JsonNode> schema : schemas.properties()) {
            for (JsonNode property : schema.getValue().path("properties")) {
                assertThat(property.path("type").asText().equals("object") && property.has("properties"))
                        .as(schema.getKey() + " " + property)
                        .isFalse();
            }
        }
        assertThat(schemas.path("Limits")
                        .path("properties")
                        .path("maxCacheBytes")
                        .path("format")
                        .asText())
                .isEqualTo("int64");
        assertThat(schemas.path("SD15Params")
                        .path("properties")
                        .path("checkpoint")
                        .path("$ref")
                        .asText())
                .isEqualTo("#/components/schemas/Model");
    }

    @Test
    void everyOperationHasAnIdOfItsOwnAndSaysWhatItDoes() {
        List<JsonNode> operations = Contract.document().path("paths").findParents("operationId");

        assertThat(operations)
                .extracting(operation -> operation.path("operationId").asText())
                .doesNotHaveDuplicates()
                .hasSameSizeAs(Contract.operations());
        assertThat(operations).allMatch(operation -> operation.has("summary") && operation.has("tags"));
    }

    @Test
    void theParametersOfWorkflowsAreThoseThatAreChecked() throws Exception {
        JsonNode types = Json.kept(call("GET", "/workflow-types").body()).path("types");
        for (JsonNode type : types) {
            String name = type.path("type").asText();
            JsonNode documented =
                    Contract.document().path("components").path("schemas").path(name + "Params");
            assertThat(names(documented)).as(name).isEqualTo(names(type.path("schema")));
            if (Recipe.types().contains(name)) {
                assertThat(names(documented)).isEqualTo(names(Json.kept(Recipe.schema(name))));
            }
        }
    }

    private static Set<String> names(JsonNode schema) {
        return schema.path("properties").properties().stream()
                .map(Map.Entry::getKey)
                .collect(Collectors.toSet());
    }

    @Test
    void theExamplesOfRequestsAreAccepted() throws Exception {
        JsonNode post = Contract.document().path("paths").path("/workflow").path("post");
        JsonNode content = post.path("requestBody").path("content").path("application/json");
        for (Map.Entry<String, JsonNode> example : content.path("examples").properties()) {
            JsonNode value = example.getValue().path("value");
            assertThat(Contract.schema(content.path("schema")).validate(value))
                    .as(example.getKey())
                    .isEmpty();
            assertThat(door.post("/workflow", value.toString()).statusCode())
                    .as(example.getKey())
                    .isEqualTo(202);
        }
    }

    @Test
    void theDocumentIsServedAsJsonYamlAndAsAPage() throws Exception {
        assertThat(Json.kept(door.get("/openapi").body()).path("openapi").asText())
                .isEqualTo("3.1.0");
        assertThat(door.get("/openapi?format=yaml").body()).startsWith("openapi:");
        assertThat(door.get("/doc").body()).contains("swagger-ui-bundle.js");
        assertThat(door.get("/doc/swagger-ui-bundle.js").statusCode()).isEqualTo(200);
        assertThat(door.get("/doc/start.js").body()).contains("/openapi");
    }

    /// Every answer is held against the document by the door of the tests.
    @Test
    void everyOperationAnswersAsItIsDocumented() throws Exception {
        TaskId waiting = door.submit();
        called.add("POST /workflow");
        call("GET", "/workflow");
        call("GET", "/workflow/" + waiting);
        Task running = door.run(waiting);
        door.board.progress(running.number(), 0.5, "", 1, 2);
        door.board.preview(running.number(), "image/png", Bytes.copyOf(TestPictures.png(2, 2)));
        call("GET", "/workflow/" + waiting);
        call("GET", "/workflow/" + waiting + "/preview");
        call("GET", "/preview/" + waiting);
        call("GET", "/preview/" + waiting + "/image");
        call("GET", "/workflow/" + waiting + "/graph");
        door.finish(running, "a.png", TestPictures.png(2, 2));
        call("GET", "/workflow/" + waiting);
        call("GET", "/workflow/" + waiting + "?inline=true");
        call("GET", "/workflow/" + waiting + "/events");
        call("GET", "/workflow/" + waiting + "/files/0");
        call("HEAD", "/workflow/" + waiting + "/files/0");
        call("GET", "/workflow/" + waiting + "/files/0/thumbnail");
        call("POST", "/workflow/" + waiting + "/retry", "{}");
        call("DELETE", "/workflow/" + waiting);
        call("POST", "/workflow:cancel", "{\"status\":\"pending\"}");
        call("POST", "/workflow:delete", "{\"status\":\"cancelled\"}");

        String node = "{\"url\":\"127.0.0.1:" + comfy.port() + "\"}";
        String id = Json.kept(call("POST", "/cluster/nodes", node).body())
                .path("id")
                .asText();
        call("POST", "/cluster/nodes:check", "{\"urls\":[\"127.0.0.1:" + comfy.port() + "\",\"127.0.0.1:1\"]}");
        call("GET", "/cluster/nodes");
        call("GET", "/cluster/nodes/" + id);
        call("PATCH", "/cluster/nodes/" + id, "{\"name\":\"x\"}");
        for (String act : List.of("drain", "resume", "check", "free")) {
            call("POST", "/cluster/nodes/" + id + "/" + act, "{}");
        }
        call("GET", "/state");
        call("DELETE", "/cluster/nodes/" + id);
        call("POST", "/cluster/nodes", node);
        call("POST", "/cluster/nodes/delete", node);

        callTheCache();

        for (String path : List.of(
                "/session",
                "/workflow-types",
                "/activity",
                "/health_check",
                "/metrics",
                "/openapi",
                "/doc",
                "/doc/swagger-ui.css",
                "/",
                "/admin/")) {
            call("GET", path);
        }
        called.add("GET /doc/{name}");
        // An endless stream, and a page that is another module's: these have tests of their own.
        called.addAll(List.of("GET /events", "GET /admin", "GET /admin/{name}"));

        assertThat(called).isEqualTo(Contract.operations());
    }

    private void callTheCache() throws Exception {
        try (FileHost host = FileHost.start()) {
            host.serve("/a.safetensors", FileHost.safetensors(10));
            host.refuse("/b.safetensors", 404);
            call("POST", "/cache/prefetch", prefetch(host.url("/a.safetensors")));
            JsonNode cache = cacheWith("/files/0/id");
            String file = "/cache/" + cache.at("/files/0/id").asText();
            call("POST", file + "/pin", "{}");
            call("POST", file + "/unpin", "{}");
            while (door.cache.stats().leases() > 0) { // until the prefetch has given it back
                Thread.onSpinWait();
            }
            call("DELETE", file);
            call("POST", "/cache/prefetch", prefetch(host.url("/b.safetensors")));
            for (String act : List.of("retry", "cancel")) {
                String failed =
                        cacheWith("/downloads/0/error").at("/downloads/0/id").asText();
                call("POST", "/cache/downloads/" + failed + "/" + act, "{}");
            }
        }
    }

    private static String prefetch(String url) {
        return "{\"url\":\"" + url + "\",\"folder\":\"vae\"}";
    }

    /// The cache once something is there.
    private JsonNode cacheWith(String pointer) throws Exception {
        while (true) {
            JsonNode cache = Json.kept(call("GET", "/cache").body());
            if (cache.at(pointer).isTextual()) {
                return cache;
            }
        }
    }

    private HttpResponse<String> call(String method, String path) throws Exception {
        return call(method, path, "");
    }

    private HttpResponse<String> call(String method, String path, String body) throws Exception {
        HttpResponse<String> answer = door.send(door.request(path)
                .header("Content-Type", "application/json")
                .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body)));
        assertThat(answer.statusCode())
                .as(method + " " + path + ": " + answer.body())
                .isLessThan(400);
        called.add(Contract.operation(method, answer.uri().getPath()).orElseThrow());
        return answer;
    }
}
