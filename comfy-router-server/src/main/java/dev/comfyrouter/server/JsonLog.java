package dev.comfyrouter.server;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;

/// The log for programs: one JSON object a line with `time`, `level`, `logger`, `thread`, `message`, the ids that the
/// message names (`task`, `prompt`, `node`, `request`), and `error` with its `stack` when something was thrown.
final class JsonLog extends Formatter {
    private static final JsonFactory JSON = new JsonFactory();

    @Override
    public String format(LogRecord record) {
        var line = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(line)) {
            json.writeStartObject();
            json.writeStringField("time", record.getInstant().toString());
            json.writeStringField("level", LogText.level(record.getLevel()));
            json.writeStringField(
                    "logger", Optional.ofNullable(record.getLoggerName()).orElse(""));
            json.writeStringField("thread", Thread.currentThread().getName());
            String message =
                    LogText.safe(Optional.ofNullable(formatMessage(record)).orElse(""));
            json.writeStringField("message", message);
            for (Map.Entry<String, String> id : LogText.ids(message).entrySet()) {
                json.writeStringField(id.getKey(), id.getValue());
            }
            Throwable thrown = record.getThrown();
            if (thrown != null) {
                json.writeStringField("error", LogText.headline(thrown));
                json.writeArrayFieldStart("stack");
                for (String entry : LogText.trace(thrown)) {
                    json.writeString(entry);
                }
                json.writeEndArray();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a StringWriter does not fail", e);
        }
        return line.append('\n').toString();
    }
}
