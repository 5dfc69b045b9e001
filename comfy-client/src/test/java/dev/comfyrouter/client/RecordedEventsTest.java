package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordedEventsTest {
    /// `current_outputs` lists every node of the graph, also those that never ran; `format` and `extra` are extensions'
    /// own
    /// words about a file.
    private static final List<String> NOT_KEPT = List.of("current_outputs", "format", "extra");

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void everyTextMessageDecodesToItsTypeWithoutLoss(String version) throws IOException {
        var counts = new TreeMap<String, Integer>();
        for (var line : Recordings.lines(version)) {
            if (!line.is("ws", "in") || !(line.json().has("text") || line.json().has("raw"))) {
                continue;
            }
            String text = line.json().has("raw")
                    ? line.json().path("raw").asText()
                    : line.json().path("text").toString();
            ComfyEvent event = EventDecoder.decode(text);
            counts.merge(event.getClass().getSimpleName(), 1, Integer::sum);
            assertThat(EventEncoder.normal(EventEncoder.encode(event), NOT_KEPT))
                    .as(line.scenario())
                    .isEqualTo(EventEncoder.normal(expected(Json.read(text)), NOT_KEPT));
        }
        assertThat(counts)
                .containsOnlyKeys(
                        "Blocked",
                        "Cached",
                        "Executed",
                        "Executing",
                        "ExecutionStart",
                        "Failed",
                        "FeatureFlags",
                        "Interrupted",
                        "Progress",
                        "ProgressState",
                        "QueueStatus",
                        "Succeeded")
                .containsEntry("Blocked", 2);
        assertThat(counts.values().stream().mapToInt(count -> count).sum()).isGreaterThan(2500);
    }

    /// What a reader does not need to know: line breaks behind an exception, how nothing is spelled.
    private static JsonNode expected(JsonNode message) {
        if (message.path("data") instanceof ObjectNode data) {
            if (data.path("exception_message").isTextual()) {
                data.put(
                        "exception_message",
                        data.path("exception_message").textValue().stripTrailing());
            }
            if (data.path("current_inputs").isArray()
                    && data.path("current_inputs").isEmpty()) {
                data.putObject("current_inputs");
            }
            if (data.path("output").isNull()) {
                data.putObject("output");
            }
        }
        return message;
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void everyBinaryFrameDecodesToItsTypeWithoutLoss(String version) throws IOException {
        var counts = new TreeMap<Integer, Integer>();
        for (var line : Recordings.lines(version)) {
            if (!line.is("ws", "in") || !line.json().has("decoded")) {
                continue;
            }
            JsonNode decoded = line.json().path("decoded");
            byte[] frame = frame(line.json());
            assertThat(frame).hasSize(line.json().path("bytes").asInt());
            ComfyEvent event = FrameDecoder.decode(ByteBuffer.wrap(frame));
            int type = decoded.path("type").asInt();
            counts.merge(type, 1, Integer::sum);
            if (type == 3) {
                assertThat(event)
                        .isEqualTo(new ComfyEvent.Text(
                                decoded.path("node").asText(),
                                decoded.path("text").asText()));
                continue;
            }
            assertThat(event).isInstanceOfSatisfying(ComfyEvent.Preview.class, preview -> {
                JsonNode metadata = decoded.path("metadata");
                String format = decoded.path("format").asInt() == 1 ? "image/jpeg" : "image/png";
                assertThat(preview.contentType())
                        .isEqualTo(
                                type == 1 ? format : metadata.path("image_type").asText());
                assertThat(preview.promptId().map(PromptId::value)).isEqualTo(Json.text(metadata, "prompt_id"));
                assertThat(preview.node()).isEqualTo(Json.text(metadata, "node_id"));
                assertThat(preview.displayNode()).isEqualTo(Json.text(metadata, "display_node_id"));
                if (line.json().has("base64")) {
                    String signature = HexFormat.of().formatHex(preview.image().toByteArray(), 0, 4);
                    assertThat(signature).isEqualTo("89504e47");
                }
            });
        }
        assertThat(counts).containsOnlyKeys(1, 3, 4);
    }

    /// The frame as it was, or one of its length with its header.
    private static byte[] frame(JsonNode line) throws IOException {
        if (line.has("base64")) {
            return TextNode.valueOf(line.path("base64").asText()).binaryValue();
        }
        byte[] head = HexFormat.of().parseHex(line.path("binaryHead").asText());
        ByteBuffer frame = ByteBuffer.allocate(line.path("bytes").asInt());
        JsonNode metadata = line.path("decoded").path("metadata");
        if (metadata.isObject()) {
            int length = ByteBuffer.wrap(head).getInt(4);
            String padded = metadata.toString()
                    + " ".repeat(length - metadata.toString().length());
            frame.put(head, 0, 8).put(padded.getBytes(StandardCharsets.UTF_8));
        } else {
            frame.put(head);
        }
        return frame.array();
    }
}
