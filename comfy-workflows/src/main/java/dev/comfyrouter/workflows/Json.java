package dev.comfyrouter.workflows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/// How this library reads and writes JSON: numbers keep every digit, member order is kept, a name given
/// twice is a mistake.
final class Json {
    /// Long enough for the base64 text of the largest picture a request may hold.
    private static final int LONGEST_STRING = 128 << 20;

    /// Also accepts the bare `NaN` and `Infinity` that Python writes into `/object_info` of some custom nodes.
    private static final JsonMapper LENIENT = mapper().enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS.mappedFeature())
            .build();

    private static final JsonMapper STRICT =
            mapper().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private Json() {}

    private static JsonMapper.Builder mapper() {
        var factory = JsonFactory.builder()
                .streamReadConstraints(StreamReadConstraints.builder()
                        .maxStringLength(LONGEST_STRING)
                        .maxNestingDepth(200)
                        .build())
                .build();
        return JsonMapper.builder(factory)
                .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
                .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
                .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
                .disable(JsonWriteFeature.WRITE_NAN_AS_STRINGS);
    }

    /// Text that a caller sent.
    ///
    /// @throws InvalidWorkflow with the place of the mistake, when it is not JSON
    static JsonNode parse(String text) {
        try {
            return STRICT.readTree(text);
        } catch (JsonProcessingException broken) {
            var at = broken.getLocation();
            var where = at == null ? "" : " at line " + at.getLineNr() + ", column " + at.getColumnNr();
            throw new InvalidWorkflow(
                    List.of(new Problem("", "this is not JSON" + where + ": " + broken.getOriginalMessage())));
        }
    }

    static JsonNode parse(InputStream text) throws IOException {
        return LENIENT.readTree(text);
    }

    static String write(JsonNode node) {
        return node.toString();
    }
}
