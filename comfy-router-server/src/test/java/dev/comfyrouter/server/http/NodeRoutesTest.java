package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NodeRoutesTest extends AtTheDoor {
    private final FakeComfyServer comfy = FakeComfyServer.start();

    @AfterEach
    void close() {
        comfy.close();
    }

    private HttpResponse<String> add(String body) throws Exception {
        return door.post("/cluster/nodes", body);
    }

    private String address() {
        return "127.0.0.1:" + comfy.port();
    }

    /// The node once it looks as it should.
    private JsonNode node(String id, String field, String value) throws Exception {
        while (true) {
            JsonNode node = Door.json(door.get("/cluster/nodes/" + id));
            if (node.path(field).asText().equals(value)) {
                return node;
            }
            Thread.onSpinWait();
        }
    }

    @Test
    void aNodeIsAddedOnceUnderWhateverSpelling() throws Exception {
        HttpResponse<String> added = add("""
                {"url":"%s","name":"gpu-1","labels":["studio"],"headers":{"Authorization":"Bearer t0ken"}}""".formatted(address()));
        HttpResponse<String> again = add("""
                {"url":"http://localhost:%d/"}""".formatted(comfy.port()));

        assertThat(added.statusCode()).isEqualTo(201);
        assertThat(added.body()).doesNotContain("t0ken");
        assertThat(again.statusCode()).isEqualTo(200);
        String id = Door.json(added).path("id").asText();
        assertThat(Door.json(again).path("id").asText()).isEqualTo(id);
        assertThat(added.headers().firstValue("Location")).hasValue("/cluster/nodes/" + id);

        JsonNode node = node(id, "status", "idle");
        assertThat(node.path("name").asText()).isEqualTo("gpu-1");
        assertThat(node.path("admission").asText()).isEqualTo("accepting");
        assertThat(node.path("minutes")).hasSize(60);
        assertThat(node.path("lacks").isArray()).isTrue();
        assertThat(Door.json(door.get("/cluster/nodes")).path("nodes")).hasSize(1);
    }

    @Test
    void wrongAddressesAreRefusedWithTheReason() throws Exception {
        for (String body : new String[] {
            "{}",
            "{\"url\":\"ftp://x\"}",
            "{\"url\":\"http://x/?a=1\"}",
            "{\"url\":\"x\",\"colour\":1}",
            "{\"url\":\"x\",\"headers\":{\"Host\":\"y\"}}",
            "{\"url\":\"x\",\"headers\":{\"A\":\"b\\r\\nC: d\"}}"
        }) {
            HttpResponse<String> refused = add(body);
            assertThat(refused.statusCode()).as(body).isEqualTo(422);
            assertThat(Door.json(refused).path("errors").path(0).path("pointer").asText())
                    .startsWith("/");
        }
    }

    @Test
    void serversAreLookedAtBeforeTheyAreAdded() throws Exception {
        JsonNode results = Door.json(door.post("/cluster/nodes:check", """
                {"urls":["%s","127.0.0.1:1","ftp://x"]}""".formatted(address())))
                .path("results");

        assertThat(results.path(0).path("ok").asBoolean()).isTrue();
        assertThat(results.path(0).path("version").asText()).isEqualTo("0.33.0");
        assertThat(results.path(0).path("latencyMs").asDouble()).isPositive();
        assertThat(results.path(0).path("known").isNull()).isTrue();
        assertThat(results.path(1).path("ok").asBoolean()).isFalse();
        assertThat(results.path(1).path("problem").asText()).isNotEmpty();
        assertThat(results.path(2).path("problem").asText()).contains("http");
        assertThat(Door.json(door.get("/cluster/nodes")).path("nodes")).isEmpty();
    }

    @Test
    void aNodeIsDescribedDrainedResumedAndRemoved() throws Exception {
        String id = Door.json(add("{\"url\":\"%s\"}".formatted(address())))
                .path("id")
                .asText();
        String path = "/cluster/nodes/" + id;

        HttpResponse<String> described = door.send(door.request(path)
                .header("Content-Type", "application/json")
                .method("PATCH", BodyPublishers.ofString("{\"name\":\"big one\",\"labels\":[\"a\"]}")));
        assertThat(Door.json(described).path("name").asText()).isEqualTo("big one");
        assertThat(Door.json(door.post(path + "/drain", "{}")).path("admission").asText())
                .isEqualTo("draining");
        assertThat(Door.json(door.post(path + "/resume", "{}"))
                        .path("admission")
                        .asText())
                .isEqualTo("accepting");
        assertThat(door.post(path + "/check", "{}").statusCode()).isEqualTo(200);
        assertThat(door.post(path + "/free", "{}").statusCode()).isEqualTo(204);
        assertThat(door.delete(path).statusCode()).isEqualTo(204);
        assertThat(door.get(path).statusCode()).isEqualTo(404);
        assertThat(door.delete(path).statusCode()).isEqualTo(404);

        assertThat(Door.json(door.get("/activity?kind=act")).path("entries"))
                .extracting(entry -> entry.path("text").asText())
                .first()
                .isEqualTo("Removed big one");
    }

    @Test
    void theOldSpellingOfRemovingWorks() throws Exception {
        add("{\"url\":\"%s\"}".formatted(address()));

        assertThat(door.post("/cluster/nodes/delete", "{\"url\":\"http://localhost:%d\"}".formatted(comfy.port()))
                        .statusCode())
                .isEqualTo(204);
        assertThat(Door.json(door.get("/cluster/nodes")).path("nodes")).isEmpty();
    }

    @Test
    void theFormsKnowTheNamesThatNodesKnow() throws Exception {
        String id = Door.json(add("{\"url\":\"%s\"}".formatted(address())))
                .path("id")
                .asText();
        node(id, "status", "idle");
        JsonNode types = Door.json(door.get("/workflow-types")).path("types");
        while (checkpoints(types).isEmpty()) { // until the node was asked what it can do
            types = Door.json(door.get("/workflow-types")).path("types");
        }

        assertThat(types)
                .extracting(type -> type.path("type").asText())
                .containsExactly("SD15", "SDXL", "Flux", "Graph");
        assertThat(checkpoints(types)).extracting(JsonNode::asText).contains("v1-5.safetensors");
    }

    private static JsonNode checkpoints(JsonNode types) {
        return types.path(0)
                .path("schema")
                .path("properties")
                .path("checkpoint")
                .path("x-ui")
                .path("options");
    }
}
