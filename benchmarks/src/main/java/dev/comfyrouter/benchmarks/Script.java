package dev.comfyrouter.benchmarks;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.Submission;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.workflows.ModelRef;
import dev.comfyrouter.workflows.Sd15;
import dev.comfyrouter.workflows.Workflow;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What the test kit's server says of one prompt and of itself, kept to be said again by [LightNode]s.
///
/// @param events the texts of the prompt's events in order, with [#PROMPT] for the prompt's id
/// @param history the answer of `/history/{id}`, likewise
@SuppressWarnings("ArrayRecordComponent") // never compared
record Script(List<String> events, String history, byte[] picture, byte[] objectInfo, byte[] systemStats) {
    static final String PROMPT = "00000000-1111-4222-8333-444444444444";

    /// As few sampling steps as jobs of milliseconds can have.
    static final int STEPS = 4;

    private static final Duration LONG = Duration.ofSeconds(30);

    static Script record() throws IOException, InterruptedException {
        try (FakeComfyServer server = FakeComfyServer.start();
                HttpClient http = HttpClient.newHttpClient();
                ComfyClient comfy = ComfyClient.builder(server.url()).build()) {
            BlockingQueue<String> heard = new LinkedBlockingQueue<>();
            URI events = URI.create(server.url().toString().replace("http:", "ws:") + "/ws?clientId=recorder");
            WebSocket socket = http.newWebSocketBuilder()
                    .buildAsync(events, new Listener(heard))
                    .join();
            comfy.submit(new Submission(workflow(), PromptId.of(PROMPT), "recorder", Optional.empty()));
            server.awaitExecutions(1, LONG);
            List<String> lines = new ArrayList<>();
            String line;
            do {
                line = heard.poll(LONG.toSeconds(), TimeUnit.SECONDS);
                if (line == null) {
                    throw new IOException("the test kit's server did not say that its prompt has ended");
                }
                if (line.contains(PROMPT)) {
                    lines.add(line);
                }
            } while (!line.contains("\"node\":null"));
            socket.abort();
            String history = new String(get(http, server, "/history/" + PROMPT), StandardCharsets.UTF_8);
            ByteArrayOutputStream picture = new ByteArrayOutputStream();
            var output =
                    comfy.history(PromptId.of(PROMPT)).orElseThrow().outputs().getFirst();
            comfy.view(output, picture, Integer.MAX_VALUE);
            return new Script(
                    lines,
                    history,
                    picture.toByteArray(),
                    get(http, server, "/object_info"),
                    get(http, server, "/system_stats"));
        }
    }

    /// What callers send.
    static String request(String prompt) {
        return "{\"type\":\"SD15\",\"params\":{\"prompt\":" + new ObjectMapper().valueToTree(prompt)
                + ",\"checkpoint\":\"v1-5.safetensors\",\"steps\":" + STEPS + "}}";
    }

    static Workflow workflow() {
        return Sd15.builder("a cat", ModelRef.of("v1-5.safetensors"))
                .steps(STEPS)
                .build()
                .workflow();
    }

    int eventBytes() {
        return events.stream().mapToInt(String::length).sum();
    }

    private static byte[] get(HttpClient http, FakeComfyServer server, String path)
            throws IOException, InterruptedException {
        return http.send(HttpRequest.newBuilder(URI.create(server.url() + path)).build(), BodyHandlers.ofByteArray())
                .body();
    }

    /// Puts the pieces of messages together.
    private static final class Listener implements WebSocket.Listener {
        private final BlockingQueue<String> heard;
        private final StringBuilder message = new StringBuilder();

        Listener(BlockingQueue<String> heard) {
            this.heard = heard;
        }

        @Override
        public @Nullable CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
            message.append(text);
            if (last) {
                heard.add(message.toString());
                message.setLength(0);
            }
            socket.request(1);
            return null;
        }
    }
}
