package dev.comfyrouter.client;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/// The two upload routes of a server.
final class Uploads {
    private final BaseUrl base;
    private final HttpLink http;

    Uploads(BaseUrl base, HttpLink http) {
        this.base = base;
        this.http = http;
    }

    static Map<String, String> fields(String subfolder, boolean overwrite) {
        if (subfolder.chars().anyMatch(c -> c < ' ')) {
            throw new IllegalArgumentException("a subfolder must not have control characters: " + subfolder);
        }
        var fields = new LinkedHashMap<String, String>();
        fields.put("type", "input");
        fields.put("subfolder", subfolder);
        // Only this spelling counts; "True" does not.
        fields.put("overwrite", overwrite ? "true" : "false");
        return fields;
    }

    static Map<String, String> maskFields(OutputFile original, String subfolder, boolean overwrite) {
        byte[] reference = Json.write(json -> {
            json.writeStartObject();
            json.writeStringField("filename", original.filename());
            json.writeStringField("subfolder", original.subfolder());
            json.writeStringField("type", original.type());
            json.writeEndObject();
        });
        var fields = fields(subfolder, overwrite);
        fields.put("original_ref", new String(reference, StandardCharsets.UTF_8));
        return fields;
    }

    UploadedImage image(Multipart form) throws InterruptedException {
        return upload("/upload/image", form);
    }

    UploadedImage mask(Multipart form) throws InterruptedException {
        return upload("/upload/mask", form);
    }

    private UploadedImage upload(String path, Multipart form) throws InterruptedException {
        byte[] body = http.upload(path, form);
        JsonNode answer = Answer.json(base, path, body);
        String name = Json.textOrEmpty(answer, "name");
        if (name.isEmpty()) {
            throw new ComfyException.Protocol(base + " is not ComfyUI: " + path + " gave no name", null);
        }
        return new UploadedImage(
                name,
                Json.textOrEmpty(answer, "subfolder"),
                Json.text(answer, "type").orElse("input"));
    }
}
