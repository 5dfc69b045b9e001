package dev.comfyrouter.client;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.StreamWriteFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// ComfyUI's dialect of JSON: Python writes the bare tokens `NaN` and `Infinity`, and integers up to 2^64-1
/// occur.
final class Json {
    /// A base64 picture inside a graph comes back in `/queue` and `/history` as one text.
    private static final int LONGEST_TEXT = 128 << 20;

    private static final int DEEPEST_NESTING = 500;

    static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxStringLength(LONGEST_TEXT)
                    .maxNestingDepth(DEEPEST_NESTING)
                    .build())
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(StreamReadFeature.USE_FAST_DOUBLE_PARSER)
            .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .build();

    private static final JsonMapper MAPPER = JsonMapper.builder(FACTORY)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    /// Reads one value out of the middle of a text, where something may follow.
    private static final ObjectReader INNER = MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    private Json() {}

    static JsonNode read(byte[] json) throws IOException {
        return orMissing(MAPPER.readTree(json));
    }

    static JsonNode read(String json) throws IOException {
        return orMissing(MAPPER.readTree(json));
    }

    /// The value that starts at the parser's current token.
    static JsonNode readValue(JsonParser parser) throws IOException {
        return orMissing(INNER.readTree(parser));
    }

    private static JsonNode orMissing(@Nullable JsonNode node) {
        return node == null ? MissingNode.getInstance() : node;
    }

    /// Writes one JSON text into memory.
    static byte[] write(Writing writing) {
        var out = new ByteArrayOutputStream(512);
        try (JsonGenerator generator = FACTORY.createGenerator(out)) {
            writing.to(generator);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return out.toByteArray();
    }

    /// What is written into one JSON text.
    interface Writing {
        void to(JsonGenerator json) throws IOException;
    }

    /// The text of a member, or of a number or truth value its spelling; empty if absent or null.
    static Optional<String> text(JsonNode object, String member) {
        JsonNode value = object.path(member);
        return value.isValueNode() && !value.isNull() ? Optional.of(value.asText()) : Optional.empty();
    }

    static String textOrEmpty(JsonNode object, String member) {
        return text(object, member).orElse("");
    }

    /// The texts of an array; what is not a text is given as JSON.
    static List<String> texts(JsonNode array) {
        var texts = new ArrayList<String>(array.size());
        array.forEach(value -> texts.add(plain(value)));
        return texts;
    }

    /// A text as it is, anything else as JSON.
    static String plain(JsonNode value) {
        return value.isTextual() ? value.textValue() : value.toString();
    }
}
