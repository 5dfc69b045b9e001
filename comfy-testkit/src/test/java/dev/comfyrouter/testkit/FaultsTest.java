package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class FaultsTest {

    private static final Duration PATIENCE = TestClient.PATIENCE;
    private static final Duration SHORT = Duration.ofMillis(150);

    private final String id = UUID.randomUUID().toString();
    private FakeComfyServer server = FakeComfyServer.start();
    private TestClient client = new TestClient(server);

    @BeforeEach
    void nothingIsWrongAtFirst() throws Exception {
        assertThat(client.get("/prompt").statusCode()).isEqualTo(200);
    }

    @AfterEach
    void close() {
        client.close();
        server.close();
    }

    @Test
    void refusedConnectionsAreRefusedUntilTheyAreAcceptedAgain() throws Exception {
        server.faults().refuseConnections();
        assertThatThrownBy(this::newConnection).isInstanceOf(ConnectException.class);

        server.faults().acceptConnections();

        assertThat(newConnection().statusCode()).isEqualTo(200);
    }

    @Test
    void aRequestThatIsNeverAnsweredTimesOutAndIsNotDone() {
        server.faults().next("POST /prompt", HttpFault.NEVER_ANSWER);

        assertThatThrownBy(() -> client.send(client.request("/prompt")
                        .timeout(SHORT)
                        .POST(HttpRequest.BodyPublishers.ofString("{}"))
                        .build()))
                .isInstanceOf(HttpTimeoutException.class);

        assertThat(server.startedExecutions()).isZero();
    }

    @Test
    void aFailedSubmissionMayStillRun() throws Exception {
        server.faults().next("POST /prompt", HttpFault.FAIL_BUT_DO);

        assertThat(client.submit(id, "me", 1).statusCode()).isEqualTo(500);

        server.awaitExecutions(1, PATIENCE);
        assertThat(server.timesStarted(id)).isEqualTo(1);
    }

    @Test
    void aFailedSubmissionMayAlsoNotRun() throws Exception {
        server.faults().next("POST /prompt", HttpFault.FAIL);

        HttpResponse<byte[]> answer = client.submit(id, "me", 1);

        assertThat(answer.statusCode()).isEqualTo(500);
        assertThat(answer.body()).asString().endsWith("Server got itself in trouble");
        assertThat(server.startedExecutions()).isZero();
    }

    @Test
    void aLostAnswerLeavesThePromptInTheQueue() throws Exception {
        server.faults().next("POST /prompt", HttpFault.LOSE_ANSWER);

        assertThatThrownBy(() -> client.submit(id, "me", 1)).isInstanceOf(IOException.class);

        server.awaitExecutions(1, PATIENCE);
        assertThat(client.json("/history/" + id)).hasSize(1);
    }

    @Test
    void aCutRequestIsNotDone() {
        server.faults().next("POST /prompt", HttpFault.CUT);

        assertThatThrownBy(() -> client.submit(id, "me", 1)).isInstanceOf(IOException.class);

        assertThat(server.startedExecutions()).isZero();
    }

    @Test
    void aBodyMayBeCutOrStallOrComeSlowly() throws Exception {
        client.submit(id, "me", 1);
        server.awaitExecutions(1, PATIENCE);
        byte[] whole = client.get("/view?filename=test_00001_.png").body();

        server.faults().next("/view", HttpFault.CUT_BODY);
        assertThatThrownBy(() -> client.get("/view?filename=test_00001_.png")).isInstanceOf(IOException.class);
        server.faults().next("/view", HttpFault.STALL_BODY);
        CompletableFuture<byte[]> stalled = client.getAsync("/view?filename=test_00001_.png");
        server.awaitRequests(3, "GET", "/view", PATIENCE);
        assertThatThrownBy(() -> stalled.get(SHORT.toMillis(), TimeUnit.MILLISECONDS))
                .isInstanceOf(TimeoutException.class);
        server.faults().next("/view", HttpFault.SLOW_BODY);
        assertThat(client.get("/view?filename=test_00001_.png").body()).isEqualTo(whole);
    }

    @Test
    void deafSocketsHearNothingWhileThePromptRuns() throws Exception {
        try (TestSocket socket = client.open("me")) {
            socket.next();
            server.faults().deafSockets(true);
            client.submit(id, "me", 1);
            server.awaitExecutions(1, PATIENCE);
            server.awaitIdle(PATIENCE);
            server.faults().heal();
            client.submit(UUID.randomUUID().toString(), "me", 1);

            assertThat(String.join("\n", socket.until("\"node\":null"))).doesNotContain(id);
        }
    }

    @Test
    void aCutSocketIsNoticedByTheClientAndANewOneMayCome() throws Exception {
        try (TestSocket socket = client.open("me")) {
            socket.next();

            server.faults().cutSockets();

            assertThat(socket.next()).isEqualTo("close 1006");
            server.awaitSockets(0, PATIENCE);
            try (TestSocket another = client.open("me")) {
                assertThat(another.next()).contains("\"sid\":\"me\"");
            }
        }
    }

    @Test
    void webSocketsMayBeRefusedWhileHttpGoesOn() throws Exception {
        server.faults().refuseWebSockets(true);

        assertThatThrownBy(() -> client.open("me").close()).hasMessage("HTTP/1.1 403 Forbidden");

        assertThat(client.get("/prompt").statusCode()).isEqualTo(200);
    }

    @Test
    void theHistoryComesLaterThanTheSuccess() throws Exception {
        try (TestSocket socket = client.open("me")) {
            server.faults().delayHistory(Duration.ofHours(1));
            client.submit(id, "me", 1);

            socket.until("execution_success");

            assertThat(client.json("/history/" + id)).isEmpty();
            assertThat(client.json("/queue").path("queue_running")).hasSize(1);
        }
    }

    @Test
    void executionsMayFailAsOftenAsTheTestWants() throws Exception {
        server.faults().failNextExecutions(1, new NodeFailure("ValueError", "boom"));

        client.submit(id, "me", 1);
        client.submit(UUID.randomUUID().toString(), "me", 2);

        server.awaitExecutions(2, PATIENCE);
        assertThat(server.executions())
                .extracting(Execution::outcome)
                .containsExactly(Execution.Outcome.ERROR, Execution.Outcome.SUCCESS);
        JsonNode messages =
                client.json("/history/" + id).path(id).path("status").path("messages");
        assertThat(messages.path(2).path(1).path("exception_message").asText()).isEqualTo("boom\n");
    }

    @Test
    void outOfMemoryLooksAsOnARealGpu() throws Exception {
        server.faults().outOfMemory(1);
        client.submit(id, "me", 1);
        server.awaitExecutions(1, PATIENCE);

        JsonNode error = client.json("/history/" + id)
                .path(id)
                .path("status")
                .path("messages")
                .path(2)
                .path(1);

        assertThat(error.path("exception_type").asText()).isEqualTo("torch.OutOfMemoryError");
        assertThat(error.path("node_type").asText()).isEqualTo("KSampler");
        assertThat(error.path("exception_message").asText())
                .contains("This error means you ran out of memory on your GPU.");
    }

    @Test
    void somebodyElseMayInterruptTheRunningPrompt() throws Exception {
        server.holdExecutions();
        client.submit(id, "me", 1);
        server.awaitRunning(PATIENCE);

        server.faults().interruptRunning();

        server.awaitExecutions(1, PATIENCE);
        assertThat(server.executions())
                .containsExactly(new Execution(id, Optional.of("me"), Execution.Outcome.INTERRUPTED));
    }

    @Test
    void aHangingExecutionIgnoresInterrupts() throws Exception {
        server.faults().hangExecutions(true);
        try (TestSocket socket = client.open("me")) {
            client.submit(id, "me", 1);
            socket.until("\"executing\",\"data\":{\"node\":\"3\"");
            client.post("/interrupt", "{}");
            assertThat(server.executions()).isEmpty();

            server.faults().heal();

            server.awaitExecutions(1, PATIENCE);
            assertThat(server.executions())
                    .extracting(Execution::outcome)
                    .containsExactly(Execution.Outcome.INTERRUPTED);
        }
    }

    @Test
    void aDeadWorkerKeepsItsPromptForEverAndARestartHelps() throws Exception {
        server.faults().killWorker();
        client.submit(id, "me", 1);
        String second = UUID.randomUUID().toString();

        assertThat(client.submit(second, "me", 2).statusCode()).isEqualTo(200);

        assertThat(server.awaitRunning(PATIENCE)).isEqualTo(id);
        assertThat(server.pendingPrompts()).containsExactly(second);
        assertThat(server.startedExecutions()).isZero();
        server.restart();
        client.submit(second, "me", 2);
        server.awaitExecutions(1, PATIENCE);
        assertThat(server.timesStarted(second)).isEqualTo(1);
    }

    @Test
    void anAcceptedPromptMayCarryNodeErrors() throws Exception {
        server.faults().nodeErrorsOnSuccess(true);

        HttpResponse<byte[]> answer = client.submit(id, "me", 1);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(TestClient.json(answer).path("node_errors").path("9").path("errors"))
                .hasSize(1);
    }

    @Test
    void withoutTheRequiredHeaderEverythingIsUnauthorized() throws Exception {
        server.faults().requireHeader("Authorization", "Bearer secret");

        assertThat(client.get("/queue").statusCode()).isEqualTo(401);
        assertThat(client.send(client.request("/queue")
                                .header("Authorization", "Bearer secret")
                                .build())
                        .statusCode())
                .isEqualTo(200);
        assertThatThrownBy(() -> client.open("me").close()).hasMessage("HTTP/1.1 401 Unauthorized");
    }

    @Test
    void aCrashedServerRefusesConnectionsUntilItComesBack() throws Exception {
        client.submit(id, "me", 1);
        server.awaitExecutions(1, PATIENCE);

        server.crash();

        assertThatThrownBy(this::newConnection).isInstanceOf(ConnectException.class);
        server.comeBack();
        assertThat(TestClient.json(newConnection())
                        .path("exec_info")
                        .path("queue_remaining")
                        .asInt())
                .isZero();
    }

    @Test
    void requestsAreRecordedAsTheyCame() throws Exception {
        client.submit(id, "me", 1);

        List<RecordedRequest> submissions = server.requests("POST", "/prompt");

        assertThat(submissions).hasSize(1);
        assertThat(submissions.getFirst().bodyText()).contains(id);
        assertThat(submissions.getFirst().header("content-type")).contains("application/json");
    }

    private HttpResponse<byte[]> newConnection() throws IOException, InterruptedException {
        try (HttpClient fresh = HttpClient.newHttpClient()) {
            return fresh.send(
                    HttpRequest.newBuilder(URI.create(server.url() + "/prompt")).build(),
                    HttpResponse.BodyHandlers.ofByteArray());
        }
    }
}
