package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.net.URI;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The kinds that name a file: models and pictures, in the forms of the HTTP API.
final class References {
    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private References() {}

    /// `"name"`, `"https://…"`, `{"type":"build_in","name":…}` or
    /// `{"type":"custom","name":"https://…","sha256":…}`.
    record Model(ModelFolder folder) implements Kind<ModelRef> {
        @Override
        public Optional<ModelRef> read(JsonNode json, String pointer, Reading reading) {
            if (json.isTextual()) return attempt(pointer, reading, () -> ModelRef.of(json.textValue()));
            if (!json.isObject()) {
                reading.wrong(pointer, "is the name of a file or a URL, not " + Reading.shown(json));
                return Optional.empty();
            }
            var type = json.path("type");
            if (!type.isTextual() || !Set.of("build_in", "custom").contains(type.textValue())) {
                reading.wrong(
                        Problem.child(pointer, "type"), "is \"build_in\" (a file on the node) or \"custom\" (a URL)");
                return Optional.empty();
            }
            var custom = type.textValue().equals("custom");
            var known = onlyMembers(
                    json, pointer, reading, custom ? List.of("type", "name", "sha256") : List.of("type", "name"));
            var name = json.path("name");
            var at = Problem.child(pointer, "name");
            if (!name.isTextual()) {
                reading.wrong(at, custom ? "is a URL in quotes" : "is the name of a file in quotes");
                return Optional.empty();
            }
            if (!known) return Optional.empty();
            if (!custom) return attempt(at, reading, () -> new ModelRef.Named(name.textValue()));
            var hash = json.path("sha256");
            if (!hash.isMissingNode()
                    && !hash.isNull()
                    && !(hash.isTextual() && hash.textValue().matches("[0-9a-fA-F]{64}"))) {
                reading.wrong(Problem.child(pointer, "sha256"), "is 64 hex digits, not " + Reading.shown(hash));
                return Optional.empty();
            }
            return attempt(
                    at,
                    reading,
                    () -> new ModelRef.Remote(
                            WebAddress.parse(name.textValue()),
                            hash.isTextual() ? Optional.of(hash.textValue()) : Optional.empty()));
        }

        @Override
        public JsonNode write(ModelRef value, Form form) {
            return switch (value) {
                case ModelRef.Named(var name) -> MAKE.textNode(name);
                case ModelRef.Remote(var url, var sha256) -> {
                    var object = MAKE.objectNode().put("type", "custom").put("name", address(url, form));
                    sha256.ifPresent(hash -> object.put("sha256", hash));
                    yield object;
                }
            };
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema = MAKE.objectNode();
            var forms = schema.putArray("anyOf");
            forms.addObject()
                    .put("type", "string")
                    .put("description", "A file in models/" + folder.folder() + ", or a URL.");
            object(forms.addObject(), "build_in", "name");
            var custom = object(forms.addObject(), "custom", "name");
            custom.putObject("sha256").put("type", "string").put("pattern", "^[0-9a-fA-F]{64}$");
            return schema;
        }

        @Override
        public void hint(ObjectNode hints) {
            hints.put("widget", "model").put("folder", folder.folder());
        }

        @Override
        public Optional<String> problem(ModelRef value) {
            return Optional.empty();
        }
    }

    /// `"https://…"`, `"data:image/png;base64,…"`, `{"type":"url","content":…}` or
    /// `{"type":"base64","content":…}`.
    record Image() implements Kind<ImageRef> {
        @Override
        public Optional<ImageRef> read(JsonNode json, String pointer, Reading reading) {
            if (json.isTextual()) return text(json.textValue(), pointer, reading);
            if (!json.isObject()) {
                reading.wrong(pointer, "is a URL or an object with type and content, not " + Reading.shown(json));
                return Optional.empty();
            }
            if (reading.stored()) {
                var kept = stored(json);
                if (kept.isPresent()) return kept;
            }
            var type = json.path("type");
            if (!type.isTextual() || !Set.of("url", "base64").contains(type.textValue())) {
                reading.wrong(Problem.child(pointer, "type"), "is \"url\" or \"base64\"");
                return Optional.empty();
            }
            if (!onlyMembers(json, pointer, reading, List.of("type", "content"))) return Optional.empty();
            var content = json.path("content");
            var at = Problem.child(pointer, "content");
            if (!content.isTextual()) {
                reading.wrong(at, "is a text in quotes");
                return Optional.empty();
            }
            if (type.textValue().equals("base64")) return base64(content.textValue(), at, reading);
            return text(content.textValue(), at, reading);
        }

        private static Optional<ImageRef> text(String text, String pointer, Reading reading) {
            if (text.startsWith("data:")) return base64(text, pointer, reading);
            if (WebAddress.looksLikeOne(text))
                return attempt(pointer, reading, () -> new ImageRef.Remote(WebAddress.parse(text)));
            reading.wrong(
                    pointer,
                    "is a URL; send the picture itself as {\"type\":\"base64\",\"content\":\"...\"} or as a data: URL");
            return Optional.empty();
        }

        private static Optional<ImageRef> base64(String text, String pointer, Reading reading) {
            var encoded = text;
            if (text.startsWith("data:")) {
                var comma = text.indexOf(',');
                if (comma < 0
                        || !text.substring(0, comma).toLowerCase(Locale.ROOT).endsWith(";base64")) {
                    reading.problem(pointer, "a data: URL of a picture is data:image/png;base64,...");
                    return Optional.empty();
                }
                encoded = text.substring(comma + 1);
            }
            byte[] bytes;
            try {
                bytes = decode(encoded);
            } catch (IllegalArgumentException notBase64) {
                reading.wrong(pointer, "is not base64: " + notBase64.getMessage());
                return Optional.empty();
            }
            return attempt(pointer, reading, () -> ImageRef.Inline.of(bytes));
        }

        private static byte[] decode(String text) {
            var compact = text.chars().anyMatch(Character::isWhitespace) ? text.replaceAll("\\s+", "") : text;
            var isUrlSafe = compact.indexOf('-') >= 0 || compact.indexOf('_') >= 0;
            return (isUrlSafe ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(compact);
        }

        private static Optional<ImageRef> stored(JsonNode json) {
            return switch (json.path("type").asText()) {
                case "base64" -> json.has("sha256") ? Optional.of(elsewhere(json)) : Optional.empty();
                case "node" ->
                    Optional.of(new ImageRef.Named(
                            json.path("name").asText(),
                            json.path("width").asInt(),
                            json.path("height").asInt()));
                default -> Optional.empty();
            };
        }

        private static ImageRef elsewhere(JsonNode json) {
            return ImageRef.Inline.elsewhere(
                    json.path("sha256").asText(),
                    json.path("bytes").asLong(),
                    new PictureHeader(
                            PictureHeader.Format.valueOf(json.path("format").asText("PNG")),
                            json.path("width").asInt(),
                            json.path("height").asInt(),
                            json.path("alpha").asBoolean(),
                            json.path("animated").asBoolean()));
        }

        @Override
        public JsonNode write(ImageRef value, Form form) {
            return switch (value) {
                case ImageRef.Remote(var url) ->
                    MAKE.objectNode().put("type", "url").put("content", address(url, form));
                case ImageRef.Named(var name, var width, var height) ->
                    MAKE.objectNode()
                            .put("type", "node")
                            .put("name", name)
                            .put("width", width)
                            .put("height", height);
                case ImageRef.Inline inline -> {
                    var object = MAKE.objectNode()
                            .put("type", "base64")
                            .put("sha256", inline.sha256())
                            .put("bytes", inline.size());
                    if (form == Form.STORED) {
                        var header = inline.header();
                        object.put("format", header.format().name())
                                .put("width", header.width())
                                .put("height", header.height())
                                .put("alpha", header.alpha())
                                .put("animated", header.animated());
                    }
                    yield object;
                }
            };
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema = MAKE.objectNode();
            var forms = schema.putArray("anyOf");
            forms.addObject().put("type", "string").put("description", "A URL, or a data: URL with base64.");
            object(forms.addObject(), "url", "content");
            object(forms.addObject(), "base64", "content");
            return schema;
        }

        @Override
        public void hint(ObjectNode hints) {
            hints.put("widget", "image");
        }

        @Override
        public Optional<String> problem(ImageRef value) {
            return Optional.empty();
        }
    }

    private static String address(URI url, Kind.Form form) {
        return form == Kind.Form.STORED ? url.toString() : WebAddress.withoutSecrets(url);
    }

    private static ObjectNode object(ObjectNode schema, String type, String content) {
        schema.put("type", "object");
        var properties = schema.putObject("properties");
        properties.putObject("type").put("const", type);
        properties.putObject(content).put("type", "string");
        schema.putArray("required").add("type").add(content);
        schema.put("additionalProperties", false);
        return properties;
    }

    private static boolean onlyMembers(JsonNode json, String pointer, Reading reading, List<String> known) {
        var before = reading.problems().size();
        json.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name))
                reading.problem(Problem.child(pointer, name), "unknown" + Suggestion.among(known, name));
        });
        return reading.problems().size() == before;
    }

    private interface Attempt<T> {
        T run();
    }

    private static <T> Optional<T> attempt(String pointer, Reading reading, Attempt<T> attempt) {
        try {
            return Optional.of(attempt.run());
        } catch (IllegalArgumentException refused) {
            reading.problem(pointer, String.valueOf(refused.getMessage()));
            return Optional.empty();
        }
    }
}
