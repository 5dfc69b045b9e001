package dev.comfyrouter.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How to test code of your own that talks to a ComfyUI, without one.
///
/// You learn that a server is one line, that its faults are switches, and that it tells what really ran there.
class PostcardsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private FakeComfyServer server;
    private Postcards postcards;

    @BeforeEach
    void start() {
        server = FakeComfyServer.start();
        postcards = new Postcards(server.url());
    }

    @AfterEach
    void stop() {
        postcards.close();
        server.close();
    }

    @Test
    void aPostcardIsAPngAndSaysWhatItWasAskedToSay() throws Exception {
        byte[] postcard = postcards.paint("greetings").orElseThrow();

        assertThat(postcard).startsWith(0x89, 'P', 'N', 'G');
        assertThat(server.requests("POST", "/prompt").getFirst().bodyText()).contains("postcard, greetings");
    }

    @Test
    void aNodeThatRunsOutOfMemoryOnceIsTriedAgain() throws Exception {
        server.faults().outOfMemory(1);

        assertThat(postcards.paint("greetings")).isPresent();

        assertThat(server.startedExecutions()).isEqualTo(2);
    }

    @Test
    void aNodeThatAlwaysRunsOutOfMemoryGivesNoPostcard() throws Exception {
        server.faults().outOfMemory(2);

        assertThat(postcards.paint("greetings")).isEmpty();
    }

    @Test
    void aConnectionThatBreaksWhileItPaintsDoesNotLoseThePostcard() throws Exception {
        server.holdExecutions();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Optional<byte[]>> postcard = threads.submit(() -> postcards.paint("greetings"));
            server.awaitRunning(PATIENCE);

            server.faults().cutSockets();
            server.releaseAll();

            assertThat(postcard.get()).isPresent();
        }
        assertThat(server.startedExecutions()).isEqualTo(1);
    }

    @Test
    void aServerWithoutTheCheckpointIsNamedInTheError() {
        try (FakeComfyServer empty = FakeComfyServer.builder().noModels().start();
                var unlucky = new Postcards(empty.url())) {
            assertThatThrownBy(() -> unlucky.paint("greetings"))
                    .isInstanceOf(ComfyException.MissingOnNode.class)
                    .hasMessageContaining("v1-5.safetensors");
        }
    }
}
