package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;

class CancelTest {
    private static final PromptId PROMPT = PromptId.of("11111111-2222-4333-8444-555555555555");

    private static RawServer old(String version, String queue) {
        return RawServer.start((request, peer) -> {
            switch (request.path()) {
                case "/system_stats" ->
                    peer.answer("{\"system\":{\"comfyui_version\":\"" + version + "\"},\"devices\":[]}");
                case "/queue" -> peer.answer(request.method().equals("GET") ? queue : "");
                case "/interrupt" -> peer.answer(200, "", "");
                default -> peer.answer(405, "text/plain", "405: Method Not Allowed");
            }
        });
    }

    private static List<String> asked(RawServer server) {
        return server.seen().stream()
                .map(request -> (request.method() + " " + request.target() + " " + request.body()).strip())
                .toList();
    }

    private static String queue(String running) {
        return "{\"queue_running\":[" + running + "],\"queue_pending\":[]}";
    }

    @Test
    void recentServersCancelInOneStep() throws Exception {
        try (var server = RawServer.answering("{\"cancelled\":true}");
                var client = server.client()) {
            assertThat(client.cancel(PROMPT)).isEqualTo(CancelResult.ACCEPTED);
            assertThat(asked(server)).containsExactly("POST /api/jobs/" + PROMPT + "/cancel");
        }
    }

    @Test
    void whatIsNeitherQueuedNorRunningCannotBeCancelled() throws Exception {
        try (var server = RawServer.answering("{\"cancelled\":false}");
                var client = server.client()) {
            assertThat(client.cancel(PROMPT)).isEqualTo(CancelResult.NOTHING_TO_CANCEL);
        }
    }

    @Test
    void olderServersAreAskedToDeleteAndThenToInterruptThatPromptOnly() throws Exception {
        try (var server = old("0.3.64", queue("[1,\"" + PROMPT + "\",{},{},[]]"));
                var client = server.client()) {
            assertThat(client.cancel(PROMPT)).isEqualTo(CancelResult.ACCEPTED);
            assertThat(asked(server))
                    .containsExactly(
                            "POST /api/jobs/" + PROMPT + "/cancel",
                            "GET /system_stats",
                            "GET /queue",
                            "POST /queue {\"delete\":[\"" + PROMPT + "\"]}",
                            "POST /interrupt {\"prompt_id\":\"" + PROMPT + "\"}");
        }
    }

    @Test
    void somebodyElsesRunningPromptIsNotOursToCancel() throws Exception {
        try (var server = old("0.3.64", queue("[1,\"somebody-else\",{},{},[]]"));
                var client = server.client()) {
            assertThat(client.cancel(PROMPT)).isEqualTo(CancelResult.NOTHING_TO_CANCEL);
            assertThat(asked(server)).last().isEqualTo("POST /interrupt {\"prompt_id\":\"" + PROMPT + "\"}");
        }
    }

    @Test
    void aServerThatWouldInterruptWhateverRunsIsNeverAskedTo() {
        try (var server = old("0.3.56", queue("[1,\"somebody-else\",{},{},[]]"));
                var client = server.client()) {
            assertThat(catchThrowableOfType(ComfyException.Unsupported.class, () -> client.cancel(PROMPT)))
                    .hasMessageContaining("ComfyUI 0.3.56 is too old: 0.3.57 or newer is needed");
            assertThat(asked(server)).noneMatch(request -> request.contains("interrupt"));
        }
    }
}
