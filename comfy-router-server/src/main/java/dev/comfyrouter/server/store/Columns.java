package dev.comfyrouter.server.store;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.client.PromptId;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// How lists, maps and ids are spelled in a column.
final class Columns {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final TypeReference<List<String>> LIST = new TypeReference<>() {};
    private static final TypeReference<Map<String, String>> MAP = new TypeReference<>() {};

    private Columns() {}

    static String json(Collection<String> values) {
        return values.isEmpty() ? "[]" : write(values);
    }

    static String json(Map<String, String> values) {
        return write(values);
    }

    static List<String> list(String json) {
        return json.equals("[]") ? List.of() : read(json, LIST);
    }

    static Map<String, String> map(String json) {
        return read(json, MAP);
    }

    static byte[] bytes(PromptId promptId) {
        UUID value = UUID.fromString(promptId.value());
        return ByteBuffer.allocate(16)
                .putLong(value.getMostSignificantBits())
                .putLong(value.getLeastSignificantBits())
                .array();
    }

    static PromptId promptId(byte[] bytes) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        return PromptId.of(new UUID(buffer.getLong(), buffer.getLong()).toString());
    }

    private static String write(Object values) {
        try {
            return JSON.writeValueAsString(values);
        } catch (JsonProcessingException impossible) {
            throw new IllegalStateException(impossible); // strings always can be written
        }
    }

    private static <T> T read(String json, TypeReference<T> type) {
        try {
            return JSON.readValue(json, type);
        } catch (JsonProcessingException damaged) {
            throw new IllegalStateException("the database holds a damaged column", damaged);
        }
    }
}
