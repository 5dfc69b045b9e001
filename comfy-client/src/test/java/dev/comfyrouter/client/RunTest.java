package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RunTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final Run.Pace QUICK =
            new Run.Pace(Duration.ofMillis(400), Duration.ofMillis(50), Duration.ofMillis(300));

    private volatile boolean down;
    private volatile boolean queued = true;
    private volatile boolean finished;
    private volatile String promptId = "";
    private final EventServer server = EventServer.start((request, peer) -> answer(request, peer));
    private final ComfyClient client = server.http().client();

    @AfterEach
    void end() {
        client.close();
        server.close();
    }

    private void answer(RawServer.Request request, RawServer.Peer peer) throws IOException {
        String path = request.path();
        if (path.equals("/prompt")) {
            String member = "\"prompt_id\":\"";
            int start = request.body().indexOf(member) + member.length();
            promptId = request.body().substring(start, start + 36);
            peer.answer("{\"prompt_id\":\"" + promptId + "\",\"number\":1,\"node_errors\":{}}");
        } else if (down) {
            peer.close();
        } else if (path.equals("/queue")) {
            String item = "[1,\"" + promptId + "\",{},{\"client_id\":\"c\"},[\"2\"]]";
            peer.answer("{\"queue_running\":[" + (queued ? item : "") + "],\"queue_pending\":[]}");
        } else if (path.startsWith("/history/")) {
            peer.answer(finished ? history() : "{}");
        } else {
            peer.answer(404, "", "");
        }
    }

    private String history() {
        return """
                {"%s":{"prompt":[],"outputs":{"2":{"images":[{"filename":"a.png","subfolder":"","type":"temp"}]}},
                 "status":{"status_str":"success","completed":true,"messages":[["execution_success",{"timestamp":5}]]}}}""".formatted(promptId);
    }

    private void endPrompt() {
        finished = true;
        queued = false;
    }

    private String event(String type, String data) {
        return "{\"type\":\"" + type + "\",\"data\":{\"prompt_id\":\"" + promptId + "\"" + data + "}}";
    }

    @Test
    void aRunGivesItsOwnEventsAndThenItsOutputs() throws Exception {
        try (var run = Run.start(client, Graphs.small(), QUICK)) {
            assertThat(server.upgrade().target()).startsWith("/ws?clientId=");
            assertThat(run.promptId()).hasToString(promptId);
            assertThatThrownBy(run::result).isInstanceOf(IllegalStateException.class);
            var socket = server.socket();
            socket.text(event("execution_start", ",\"timestamp\":1"));
            socket.text(
                    "{\"type\":\"progress\",\"data\":{\"prompt_id\":\"other\",\"node\":\"1\",\"value\":1,\"max\":2}}");
            socket.text("{\"type\":\"executing\",\"data\":{\"node\":null,\"prompt_id\":\"other\"}}");
            socket.text(event("executing", ",\"node\":\"2\",\"display_node\":\"2\""));
            socket.text(event("execution_success", ",\"timestamp\":2"));
            endPrompt();
            socket.text(event("executing", ",\"node\":null"));
            var kinds = new ArrayList<String>();
            while (!run.isFinished()) {
                run.next(LONG).ifPresent(event -> kinds.add(event.getClass().getSimpleName()));
            }
            assertThat(kinds).containsExactly("ExecutionStart", "Executing", "Succeeded", "Executing");
            assertThat(run.result().outputs()).extracting(OutputFile::filename).containsExactly("a.png");
            assertThat(run.next(LONG)).isEmpty();
        }
        assertThat(server.frame().opcode()).isEqualTo(WebSocketPeer.TEXT);
        assertThat(server.frame().closeCode()).isEqualTo(1000);
    }

    @Test
    void aLostSocketIsMadeUpForByPolling() throws Exception {
        try (var run = Run.start(client, Graphs.small(), QUICK)) {
            var socket = server.socket();
            socket.text(event("execution_start", ",\"timestamp\":1"));
            assertThat(run.next(LONG)).containsInstanceOf(ComfyEvent.ExecutionStart.class);
            socket.hangUp();
            assertThat(run.next(Duration.ofMillis(10))).isEmpty();
            endPrompt();
            HistoryEntry entry = run.await(LONG);
            assertThat(entry.outcome()).isEqualTo(Outcome.SUCCESS);
            assertThat(entry.outputs()).hasSize(1);
        }
    }

    @Test
    void anEndThatTheSocketDidNotTellIsFoundByAsking() throws Exception {
        try (var run = Run.start(client, Graphs.small(), QUICK)) {
            endPrompt();
            assertThat(run.await(LONG).outputs()).hasSize(1);
        }
    }

    @Test
    void aPromptThatIsNowhereIsReportedAsGone() throws Exception {
        try (var run = Run.start(client, Graphs.small(), QUICK)) {
            queued = false;
            server.socket().hangUp();
            assertThat(catchThrowableOfType(ComfyException.NotFound.class, () -> run.await(LONG)))
                    .hasMessageContaining(promptId)
                    .hasMessageContaining("neither in the queue nor in the history");
        }
    }

    @Test
    void aServerThatDoesNotAnswerIsWaitedForButNotForEver() throws Exception {
        try (var run = Run.start(client, Graphs.small(), QUICK)) {
            down = true;
            server.socket().hangUp();
            assertThat(run.next(Duration.ofMillis(10))).isEmpty();
            assertThat(catchThrowableOfType(ComfyException.Unreachable.class, () -> run.await(LONG)))
                    .isNotNull();
            down = false;
            endPrompt();
            assertThat(run.await(LONG).outputs()).hasSize(1);
        }
    }

    @Test
    void awaitingGivesUpInTimeAndTheRunGoesOn() throws Exception {
        try (var run = Run.start(client, Graphs.small(), QUICK)) {
            assertThatThrownBy(() -> run.await(Duration.ofMillis(20)))
                    .isInstanceOf(TimeoutException.class)
                    .hasMessageContaining(promptId);
            endPrompt();
            server.socket().text(event("executing", ",\"node\":null"));
            assertThat(run.await(LONG).outputs()).hasSize(1);
        }
    }

    @Test
    void aRefusedGraphClosesTheStreamThatWasOpenedForIt() throws Exception {
        try (var refusing = EventServer.start((request, peer) -> peer.answer(
                        400,
                        "application/json",
                        "{\"error\":{\"type\":\"prompt_no_outputs\",\"message\":\"Prompt has no outputs\",\"details\":\"\"},"
                                + "\"node_errors\":{}}"));
                var other = refusing.http().client()) {
            assertThat(catchThrowableOfType(ComfyException.Rejected.class, () -> other.run(Graphs.small()))
                            .type())
                    .isEqualTo("prompt_no_outputs");
            assertThat(refusing.frame().opcode()).isEqualTo(WebSocketPeer.TEXT);
            assertThat(refusing.frame().closeCode()).isEqualTo(1000);
        }
    }
}
