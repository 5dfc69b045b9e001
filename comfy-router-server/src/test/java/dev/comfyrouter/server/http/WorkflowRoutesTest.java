package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.client.Bytes;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class WorkflowRoutesTest extends AtTheDoor {
    @Test
    void aWorkflowIsAcceptedAtOnceAndCanBeLookedAt() throws Exception {
        HttpResponse<String> accepted = door.post("/workflow", Door.SD15);

        assertThat(accepted.statusCode()).isEqualTo(202);
        JsonNode answer = Door.json(accepted);
        assertThat(accepted.headers().firstValue("Location"))
                .hasValue(answer.path("url").asText());
        assertThat(answer.path("number").asLong()).isEqualTo(1);

        JsonNode task = Door.json(door.get(answer.path("url").asText()));
        assertThat(task.path("status").asText()).isEqualTo("pending");
        assertThat(task.path("reason").asText()).isEqualTo("waits for a free node");
        assertThat(task.path("position").asInt()).isEqualTo(1);
        assertThat(task.path("prompt").asText()).isEqualTo("a lighthouse");
        assertThat(task.path("params").path("checkpoint").asText()).isEqualTo("v1-5.safetensors");
        assertThat(task.path("seed").isIntegralNumber()).isTrue();
        assertThat(task.path("createdAt").asText()).matches("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z");
        assertThat(task.path("finishedAt").isNull()).isTrue();
        assertThat(task.path("timeline").path(0).path("state").asText()).isEqualTo("ready");
    }

    @Test
    void everyMistakeOfARequestIsNamedAtOnce() throws Exception {
        HttpResponse<String> refused = door.post("/workflow", """
                {"type":"SD15","params":{"promt":"x","checkpoint":"a.safetensors","steps":0},
                 "priority":1000,"maxWait":"soon","requires":{"colour":1},"extra":true}""");

        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(refused.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        assertThat(Door.json(refused).path("errors"))
                .extracting(error -> error.path("pointer").asText())
                .contains(
                        "/extra",
                        "/priority",
                        "/maxWait",
                        "/requires/colour",
                        "/params/promt",
                        "/params/prompt",
                        "/params/steps");
    }

    @Test
    void aTypeThatIsAlmostRightIsSuggested() throws Exception {
        HttpResponse<String> refused = door.post("/workflow", """
                {"type":"sd1.5","params":{}}""");

        assertThat(Door.json(refused).path("errors").path(0).path("detail").asText())
                .contains("did you mean SD15?");
    }

    @Test
    void brokenJsonIsABadRequestAndOtherTypesAreUnsupported() throws Exception {
        assertThat(door.post("/workflow", "{\"type\":").statusCode()).isEqualTo(400);
        assertThat(door.post("/workflow", "[]").statusCode()).isEqualTo(400);
        assertThat(door.post("/workflow", "{} {}").statusCode()).isEqualTo(400);
        assertThat(door.post("/workflow", "[".repeat(100_000)).statusCode()).isEqualTo(400);
        assertThat(door.send(door.request("/workflow")
                                .header("Content-Type", "text/plain")
                                .POST(BodyPublishers.ofString(Door.SD15)))
                        .statusCode())
                .isEqualTo(415);
    }

    @Test
    void theSameKeyGivesTheSameTaskAndAnotherBodyUnderItIsRefused() throws Exception {
        JsonNode first = Door.json(withKey("k", Door.SD15));
        HttpResponse<String> second = withKey("k", Door.SD15);
        HttpResponse<String> other = withKey("k", Door.SD15.replace("lighthouse", "tower"));

        assertThat(Door.json(second)).isEqualTo(first);
        assertThat(second.headers().firstValue("Idempotency-Replayed")).hasValue("true");
        assertThat(other.statusCode()).isEqualTo(422);
        assertThat(Door.json(other).path("type").asText()).isEqualTo("urn:comfy-router:idempotency-key-reused");
    }

    private HttpResponse<String> withKey(String key, String body) throws Exception {
        return door.send(door.request("/workflow")
                .header("Content-Type", "application/json")
                .header("Idempotency-Key", key)
                .POST(BodyPublishers.ofString(body)));
    }

    @Test
    void aFullQueueSaysWhenToComeAgain() throws Exception {
        door.limit = 1;
        door.submit();

        HttpResponse<String> refused = door.post("/workflow", Door.SD15);

        assertThat(refused.statusCode()).isEqualTo(429);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }

    @Test
    void whoWaitsGetsTheFinishedTask() throws Exception {
        CompletableFuture<HttpResponse<String>> waiting = door.client.sendAsync(
                door.request("/workflow?wait=60")
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(Door.SD15))
                        .build(),
                BodyHandlers.ofString());
        TaskId id = accepted();
        door.finish(door.run(id), "a.png", TestPictures.png(8, 6));

        HttpResponse<String> answer = waiting.get();

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(Door.json(answer).path("status").asText()).isEqualTo("done");
        assertThat(Door.json(answer).path("images").path(0).path("width").asInt())
                .isEqualTo(8);
    }

    /// The first task, once it is there.
    private TaskId accepted() throws InterruptedException {
        while (door.store.task(1).isEmpty()) {
            Thread.onSpinWait();
        }
        return door.store.task(1).orElseThrow().id();
    }

    @Test
    void whoDoesNotWaitLongEnoughGetsTheAddress() throws Exception {
        assertThat(door.post("/workflow?wait=0", Door.SD15).statusCode()).isEqualTo(202);
        assertThat(door.post("/workflow?wait=1", Door.SD15).statusCode()).isEqualTo(202);
        assertThat(door.post("/workflow?wait=900", Door.SD15).statusCode()).isEqualTo(422);
    }

    @Test
    void filesHaveTypesTagsAndRanges() throws Exception {
        Task task = door.run(door.submit());
        byte[] picture = TestPictures.png(8, 6);
        door.finish(task, "result_00001_.png", picture);
        String path = "/workflow/" + task.id() + "/files/0";

        HttpResponse<byte[]> whole = door.client.send(door.request(path).build(), BodyHandlers.ofByteArray());
        assertThat(whole.body()).isEqualTo(picture);
        assertThat(whole.headers().firstValue("Content-Type")).hasValue("image/png");
        assertThat(whole.headers().firstValue("Content-Disposition").orElseThrow())
                .startsWith("inline;");
        String tag = whole.headers().firstValue("ETag").orElseThrow();

        assertThat(door.send(door.request(path).header("If-None-Match", tag)).statusCode())
                .isEqualTo(304);
        HttpResponse<byte[]> part =
                door.client.send(door.request(path).header("Range", "bytes=1-3").build(), BodyHandlers.ofByteArray());
        assertThat(part.statusCode()).isEqualTo(206);
        assertThat(part.body()).isEqualTo("PNG".getBytes(StandardCharsets.US_ASCII));
        assertThat(part.headers().firstValue("Content-Range")).hasValue("bytes 1-3/" + picture.length);
        HttpResponse<String> beyond = door.send(door.request(path).header("Range", "bytes=999999-"));
        assertThat(beyond.statusCode()).isEqualTo(416);
        assertThat(beyond.headers().firstValue("Content-Range")).hasValue("bytes */" + picture.length);
        HttpResponse<String> changed =
                door.send(door.request(path).header("Range", "bytes=0-1").header("If-Range", "\"other\""));
        assertThat(changed.statusCode()).isEqualTo(200);
        HttpResponse<String> head = door.send(door.request(path).method("HEAD", BodyPublishers.noBody()));
        assertThat(head.headers().firstValueAsLong("Content-Length")).hasValue(picture.length);
        assertThat(head.body()).isEmpty();
        assertThat(door.get("/workflow/" + task.id() + "/files/1").statusCode()).isEqualTo(404);
    }

    @Test
    void whatABrowserCouldRunIsOnlySavedAndSandboxed() throws Exception {
        Task task = door.run(door.submit());
        door.finish(task, "evil\"; x=\"é.svg", "<svg onload='x'/>".getBytes(StandardCharsets.UTF_8));

        HttpResponse<String> answer = door.get("/workflow/" + task.id() + "/files/0");

        assertThat(answer.headers().firstValue("Content-Disposition"))
                .hasValue("attachment; filename=\"evil__ x___.svg\"; filename*=UTF-8''evil%22%3B%20x%3D%22%C3%A9.svg");
        assertThat(answer.headers().firstValue("Content-Security-Policy")).hasValue("default-src 'none'; sandbox");
        assertThat(answer.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
    }

    @Test
    void imagesCanStandInTheAnswerItself() throws Exception {
        Task task = door.run(door.submit());
        byte[] picture = TestPictures.png(2, 2);
        door.finish(task, "a.png", picture);

        JsonNode image = Door.json(door.get("/workflow/" + task.id() + "?inline=true"))
                .path("images")
                .path(0);

        assertThat(image.path("content").binaryValue()).isEqualTo(picture);
    }

    @Test
    void imagesThatDoNotFitIntoOneAnswerHaveTheirUrlsOnly() throws Exception {
        byte[] small = TestPictures.png(2, 2);
        byte[] large = Arrays.copyOf(TestPictures.png(2, 2), 900); // what follows the end of a picture is ignored
        try (Door narrow = new Door(
                directory.resolve("narrow"),
                Map.of("HTTP__MAX_IMAGE_BODY_BYTES", "1100", "HTTP__MAX_BODY_BYTES", "1100"))) {
            Task task = narrow.run(narrow.submit());
            narrow.finish(task, List.of(small, large, large, small));

            JsonNode images = Door.json(narrow.get("/workflow/" + task.id() + "?inline=true"))
                    .path("images");

            assertThat(images)
                    .hasSize(4)
                    .allSatisfy(image -> assertThat(image.path("url").asText()).isNotEmpty());
            assertThat(images.path(0).path("content").binaryValue()).isEqualTo(small);
            assertThat(images.path(1).path("content").binaryValue()).isEqualTo(large);
            assertThat(images.path(2).has("content")).as("it is too much").isFalse();
            assertThat(images.path(3).path("content").binaryValue()).isEqualTo(small);
        }
    }

    @Test
    void aWaitingTaskIsCancelledOnceAndAnEndedOneIsDeleted() throws Exception {
        TaskId waiting = door.submit();
        assertThat(door.delete("/workflow/" + waiting).statusCode()).isEqualTo(202);
        HttpResponse<String> again = door.delete("/workflow/" + waiting);
        assertThat(again.statusCode()).isEqualTo(200);
        assertThat(Door.json(again).path("status").asText()).isEqualTo("cancelled");

        Task done = door.run(door.submit());
        door.finish(done, "a.png", TestPictures.png(2, 2));
        assertThat(door.delete("/workflow/" + done.id()).statusCode()).isEqualTo(200);
        assertThat(door.get("/workflow/" + done.id()).statusCode()).isEqualTo(410);
    }

    @Test
    void cancellingARunningTaskKeepsItsNameUntilItHasStopped() throws Exception {
        Task task = door.run(door.submit());

        HttpResponse<String> answer = door.delete("/workflow/" + task.id());

        assertThat(answer.statusCode()).isEqualTo(202);
        assertThat(Door.json(answer).path("status").asText()).isEqualTo("running");
        assertThat(Door.json(answer).path("cancelRequested").asBoolean()).isTrue();
    }

    @Test
    void onlyWhatHasEndedCanBeRunAgain() throws Exception {
        Task task = door.run(door.submit());
        assertThat(door.post("/workflow/" + task.id() + "/retry", "{}").statusCode())
                .isEqualTo(409);
        door.finish(task, "a.png", TestPictures.png(2, 2));

        HttpResponse<String> again = door.post("/workflow/" + task.id() + "/retry", "{}");

        assertThat(again.statusCode()).isEqualTo(202);
        assertThat(Door.json(again).path("number").asLong()).isEqualTo(2);
        String second = Door.json(again).path("id").asText();
        assertThat(Door.json(door.get("/workflow/" + second)).path("retryOf").asText())
                .isEqualTo(task.id().toString());
        assertThat(Door.json(door.get("/workflow/" + task.id()))
                        .path("retriedBy")
                        .asText())
                .isEqualTo(second);
        door.delete("/workflow/" + task.id());
        assertThat(Door.json(door.get("/workflow/" + second)).path("retryOf").asText())
                .as("a link may outlive what it leads to")
                .isEqualTo(task.id().toString());
    }

    @Test
    void theGraphThatWasSentIsShown() throws Exception {
        TaskId id = door.submit();
        assertThat(door.get("/workflow/" + id + "/graph").statusCode()).isEqualTo(404);
        door.run(id);

        assertThat(Door.json(door.get("/workflow/" + id + "/graph"))
                        .path("1")
                        .path("class_type")
                        .asText())
                .isEqualTo("KSampler");
    }

    @Test
    void previewsAreOpenToWhoKnowsTheIdAndGoWithTheTask() throws Exception {
        Task task = door.run(door.submit());
        door.board.progress(task.number(), 0.5, "", 10, 20);
        byte[] picture = TestPictures.png(4, 4);
        door.board.preview(task.number(), "image/png", Bytes.copyOf(picture));

        HttpResponse<String> state = door.send(java.net.http.HttpRequest.newBuilder(door.uri("/preview/" + task.id())));
        JsonNode open = Door.json(state);
        assertThat(open.properties())
                .extracting(Map.Entry::getKey)
                .containsExactlyInAnyOrder("status", "progress", "step", "steps", "image");
        assertThat(open.path("progress").asDouble()).isEqualTo(0.5);
        HttpResponse<byte[]> image = door.client.send(
                java.net.http.HttpRequest.newBuilder(door.uri(open.path("image").asText()))
                        .build(),
                BodyHandlers.ofByteArray());
        assertThat(image.body()).isEqualTo(picture);

        door.finish(task, "a.png", picture);
        assertThat(door.send(java.net.http.HttpRequest.newBuilder(door.uri("/preview/" + task.id())))
                        .statusCode())
                .isEqualTo(410);
    }
}
