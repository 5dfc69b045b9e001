package dev.comfyrouter.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.UUID;
import org.junit.jupiter.api.Test;

class VersionsTest {

    private static final Duration PATIENCE = TestClient.PATIENCE;

    private final String id = UUID.randomUUID().toString();

    @Test
    void anOldVersionIgnoresTheClientsPromptIdAndKnowsNoFeatures() throws Exception {
        try (FakeComfyServer server =
                        FakeComfyServer.builder().version("0.3.40").start();
                TestClient client = new TestClient(server)) {
            JsonNode answer = TestClient.json(client.submit(id, "me", 1));

            assertThat(answer.path("prompt_id").asText()).isNotEqualTo(id).hasSize(36);
            assertThat(client.get("/features").statusCode()).isEqualTo(404);
        }
    }

    @Test
    void beforeTargetedInterruptsEveryInterruptIsGlobal() throws Exception {
        try (FakeComfyServer server =
                        FakeComfyServer.builder().version("0.3.56").start();
                TestClient client = new TestClient(server)) {
            server.holdExecutions();
            client.submit(id, "me", 1);
            server.awaitRunning(PATIENCE);

            client.post("/interrupt", "{\"prompt_id\":\"somebody-else\"}");

            server.awaitExecutions(1, PATIENCE);
            assertThat(server.executions())
                    .extracting(Execution::outcome)
                    .containsExactly(Execution.Outcome.INTERRUPTED);
        }
    }

    @Test
    void aTargetedInterruptSparesOtherPrompts() throws Exception {
        try (FakeComfyServer server = FakeComfyServer.start();
                TestClient client = new TestClient(server)) {
            server.holdExecutions();
            client.submit(id, "me", 1);
            server.awaitRunning(PATIENCE);

            client.post("/interrupt", "{\"prompt_id\":\"somebody-else\"}");

            server.release();
            server.awaitExecutions(1, PATIENCE);
            assertThat(server.executions()).extracting(Execution::outcome).containsExactly(Execution.Outcome.SUCCESS);
        }
    }

    @Test
    void everythingLiesBelowThePathPrefix() throws Exception {
        try (FakeComfyServer server =
                        FakeComfyServer.builder().pathPrefix("/comfy").start();
                TestClient client = new TestClient(server);
                TestSocket socket = client.open("me")) {
            assertThat(server.url().getPath()).isEqualTo("/comfy");
            assertThat(socket.next()).contains("\"sid\":\"me\"");
            assertThat(client.get("/api/prompt").statusCode()).isEqualTo(200);
            assertThat(client.submit(id, "me", 1).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void aVersionThatIsNoneIsRefusedAtOnce() {
        assertThatThrownBy(() -> FakeComfyServer.builder().version("latest"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("a ComfyUI version looks like 0.33.0, not 'latest'");
    }

    @Test
    void withoutTheReconnectBugASuccessorKeepsHearing() throws Exception {
        try (FakeComfyServer server =
                        FakeComfyServer.builder().reconnectBug(false).start();
                TestClient client = new TestClient(server);
                TestSocket old = client.open("me");
                TestSocket successor = client.open("me")) {
            old.close();
            server.awaitSockets(1, PATIENCE);

            client.submit(id, "me", 1);

            assertThat(successor.until("execution_success")).isNotEmpty();
        }
    }

    @Test
    void aSocketIsRegisteredBeforeItsHandshakeIsAnswered() throws Exception {
        try (FakeComfyServer server = FakeComfyServer.start();
                TestClient client = new TestClient(server)) {
            for (int sockets = 1; sockets <= 50; sockets++) {
                var unused = client.open("socket-" + sockets);

                assertThat(server.openSockets()).isEqualTo(sockets);
            }
        }
    }
}
