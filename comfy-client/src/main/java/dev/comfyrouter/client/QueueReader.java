package dev.comfyrouter.client;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Reads `/queue`. The graphs inside are passed over.
final class QueueReader {
    /// The server sends its heap as it lies in memory.
    private static final Comparator<QueuedPrompt> EXECUTION_ORDER = Comparator.comparingDouble(QueuedPrompt::number)
            .thenComparing(prompt -> prompt.promptId().value());

    private QueueReader() {}

    static QueueSnapshot read(byte[] json) throws IOException {
        List<QueuedPrompt> running = null;
        List<QueuedPrompt> pending = null;
        try (JsonParser parser = Json.FACTORY.createParser(json)) {
            parser.nextToken();
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String member = parser.currentName();
                parser.nextToken();
                switch (member) {
                    case "queue_running" -> running = prompts(parser);
                    case "queue_pending" -> pending = prompts(parser);
                    default -> parser.skipChildren();
                }
            }
        }
        if (running == null || pending == null) {
            throw new IOException("a queue has queue_running and queue_pending");
        }
        pending.sort(EXECUTION_ORDER);
        return new QueueSnapshot(running, pending);
    }

    private static List<QueuedPrompt> prompts(JsonParser parser) throws IOException {
        var prompts = new ArrayList<QueuedPrompt>();
        if (!parser.isExpectedStartArrayToken()) {
            throw new IOException("a queue is a list");
        }
        while (parser.nextToken() == JsonToken.START_ARRAY) {
            prompts.add(prompt(parser));
        }
        return prompts;
    }

    /// `[number, prompt id, graph, extra data, outputs, …]`
    private static QueuedPrompt prompt(JsonParser parser) throws IOException {
        parser.nextToken();
        double number = parser.getValueAsDouble(Double.NaN);
        parser.nextToken();
        String id = parser.getValueAsString("");
        if (id.isEmpty()) {
            throw new IOException("a queued prompt has an id");
        }
        parser.nextToken();
        parser.skipChildren();
        Optional<String> client = Optional.empty();
        if (parser.nextToken() == JsonToken.START_OBJECT) {
            client = Json.text(Json.readValue(parser), "client_id");
        }
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY && token != null) {
            parser.skipChildren();
            token = parser.nextToken();
        }
        return new QueuedPrompt(new PromptId(id), number, client);
    }
}
