package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class FakeComfyServerTest {

    private static final Duration PATIENCE = TestClient.PATIENCE;

    @Test
    void aPromptRunsWithTheEventsOfARealServerAndItsPictureCanBeFetched() throws Exception {
        try (FakeComfyServer server = FakeComfyServer.start();
                TestClient client = new TestClient(server);
                TestSocket socket = client.open("me")) {
            String id = UUID.randomUUID().toString();
            assertThat(socket.next()).contains("\"sid\":\"me\"");

            JsonNode answer = TestClient.json(client.submit(id, "me", 7));

            assertThat(answer.path("prompt_id").asText()).isEqualTo(id);
            assertThat(socket.typesToTheEnd())
                    .containsExactly(
                            "status",
                            "status",
                            "execution_start",
                            "execution_cached",
                            "executing",
                            "executing",
                            "executing",
                            "executing",
                            "executing",
                            "progress",
                            "progress",
                            "executing",
                            "executing",
                            "executed",
                            "execution_success",
                            "status",
                            "executing");
            JsonNode entry = client.json("/history/" + id).path(id);
            assertThat(entry.path("status").path("status_str").asText()).isEqualTo("success");
            JsonNode image = entry.path("outputs").path("9").path("images").path(0);
            HttpResponse<byte[]> picture =
                    client.get("/view?filename=" + image.path("filename").asText() + "&type="
                            + image.path("type").asText());
            assertThat(ImageSize.of(picture.body())).isEqualTo(Optional.of(new ImageSize(64, 64)));
            assertThat(server.executions())
                    .containsExactly(new Execution(id, Optional.of("me"), Execution.Outcome.SUCCESS));
        }
    }

    @Test
    void aHeldExecutionWaitsUntilTheTestLetsItGo() throws Exception {
        try (FakeComfyServer server = FakeComfyServer.start();
                TestClient client = new TestClient(server)) {
            server.holdExecutions();
            String first = UUID.randomUUID().toString();
            String second = UUID.randomUUID().toString();
            client.submit(first, "me", 1);
            client.submit(second, "me", 2);

            assertThat(server.awaitRunning(PATIENCE)).isEqualTo(first);

            assertThat(server.pendingPrompts()).containsExactly(second);
            assertThat(client.json("/queue").path("queue_running")).hasSize(1);
            server.release();
            server.awaitExecutions(1, PATIENCE);
            assertThat(server.awaitRunning(PATIENCE)).isEqualTo(second);
            server.releaseAll();
            server.awaitIdle(PATIENCE);
            assertThat(server.executions()).extracting(Execution::promptId).containsExactly(first, second);
            assertThat(server.mostPromptsAtOnce()).isEqualTo(2);
        }
    }

    @Test
    void closingEndsConnectionsAndTheWorkerAtOnce() throws Exception {
        FakeComfyServer server = FakeComfyServer.start();
        try (TestClient client = new TestClient(server);
                TestSocket socket = client.open("me")) {
            socket.next();
            server.holdExecutions();
            client.submit("", "me", 1);
            server.awaitRunning(PATIENCE);
            long before = System.nanoTime();

            server.close();

            assertThat(Duration.ofNanos(System.nanoTime() - before)).isLessThan(Duration.ofSeconds(5));
            assertThat(socket.until("close").getLast()).isEqualTo("close 1006");
        }
    }

    @Test
    void aRestartForgetsTheQueueTheHistoryAndTheNumbersButNotTheOutputs() throws Exception {
        try (FakeComfyServer server = FakeComfyServer.start();
                TestClient client = new TestClient(server)) {
            String done = UUID.randomUUID().toString();
            client.submit(done, "me", 1);
            server.awaitExecutions(1, PATIENCE);
            server.holdExecutions();
            client.submit(UUID.randomUUID().toString(), "me", 2);
            server.awaitRunning(PATIENCE);

            server.restart();

            assertThat(client.json("/history/" + done)).isEmpty();
            assertThat(client.json("/queue").path("queue_running")).isEmpty();
            assertThat(client.get("/view?filename=test_00001_.png").statusCode())
                    .isEqualTo(200);
            JsonNode answer = TestClient.json(client.submit(UUID.randomUUID().toString(), "me", 3));
            assertThat(answer.path("number").asInt()).isZero();
            assertThat(server.timesStarted(done)).isEqualTo(1);
        }
    }

    @Test
    void pendingPromptsAreListedInExecutionOrder() throws Exception {
        try (FakeComfyServer server = FakeComfyServer.start();
                TestClient client = new TestClient(server)) {
            server.holdExecutions();
            client.submit("00000000-0000-4000-8000-000000000001", "me", 1);
            server.awaitRunning(PATIENCE);
            for (String number : List.of("5", "3", "4")) {
                client.post(
                        "/prompt",
                        "{\"prompt\":" + Json.write(Graphs.emptyImage(16, 16, 1)) + ",\"number\":" + number
                                + ",\"prompt_id\":\"00000000-0000-4000-8000-00000000000" + number + "\"}");
            }

            assertThat(server.pendingPrompts())
                    .containsExactly(
                            "00000000-0000-4000-8000-000000000003",
                            "00000000-0000-4000-8000-000000000004",
                            "00000000-0000-4000-8000-000000000005");
        }
    }
}
