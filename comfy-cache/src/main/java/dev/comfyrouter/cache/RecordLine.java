package dev.comfyrouter.cache;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;

/// One line of the record: JSON that carries a checksum of itself, so that a torn or damaged line is known as
/// such.
sealed interface RecordLine {

    /// Whose record it is.
    record Header(int version, String cache) implements RecordLine {}

    /// The state of a file; it replaces what earlier lines said of the same file.
    record State(FileRecord file) implements RecordLine {}

    /// A file is gone.
    record Gone(String sha256) implements RecordLine {}

    /// The version that this code writes.
    int VERSION = 1;

    ObjectMapper JSON = new ObjectMapper();
    String PREFIX = "{\"crc\":\"";
    String MIDDLE = "\",\"record\":";

    /// The line with its line feed.
    default byte[] bytes() {
        var json = JsonNodeFactory.instance.objectNode();
        switch (this) {
            case Header header -> json.put("version", header.version).put("cache", header.cache);
            case Gone gone -> json.put("sha256", gone.sha256).put("gone", true);
            case State state -> write(state.file, json);
        }
        var body = json.toString();
        return (PREFIX + checksum(body) + MIDDLE + body + "}\n").getBytes(StandardCharsets.UTF_8);
    }

    /// Reads a line.
    ///
    /// @param line without its line feed
    /// @return empty when the line is damaged
    static Optional<RecordLine> parse(String line) {
        var start = PREFIX.length();
        if (line.length() < start + 8 + MIDDLE.length() + 1
                || !line.startsWith(PREFIX)
                || !line.startsWith(MIDDLE, start + 8)
                || !line.endsWith("}")) {
            return Optional.empty();
        }
        var body = line.substring(start + 8 + MIDDLE.length(), line.length() - 1);
        if (!checksum(body).equals(line.substring(start, start + 8))) {
            return Optional.empty();
        }
        try {
            var json = JSON.readTree(body);
            if (json.has("version")) {
                return Optional.of(new Header(
                        json.path("version").asInt(), json.path("cache").asText()));
            }
            if (json.path("gone").asBoolean()) {
                return Optional.of(new Gone(json.path("sha256").asText()));
            }
            return Optional.of(new State(read(json)));
        } catch (JsonProcessingException | IllegalArgumentException e) {
            return Optional.empty(); // a line that says something else than this version writes is as good as damaged
        }
    }

    private static String checksum(String body) {
        var crc = new CRC32();
        crc.update(body.getBytes(StandardCharsets.UTF_8));
        return String.format("%08x", crc.getValue());
    }

    private static void write(FileRecord file, ObjectNode json) {
        json.put("sha256", file.sha256())
                .put("size", file.size())
                .put("order", file.order())
                .put("added", file.addedMillis())
                .put("used", file.usedMillis())
                .put("uses", file.uses())
                .put("pinned", file.pinned());
        var checked = json.putArray("checked");
        file.checked().stream().sorted().forEach(kind -> checked.add(kind.name()));
        json.put("modified", file.print().modifiedMillis())
                .put("fileKey", file.print().fileKey());
        var sources = json.putArray("sources");
        for (var source : file.sources()) {
            var one = sources.addObject()
                    .put("key", source.key())
                    .put("url", source.url())
                    .put("name", source.name())
                    .put("checked", source.checkedMillis());
            source.validators().etag().ifPresent(etag -> one.put("etag", etag));
            source.validators().lastModified().ifPresent(modified -> one.put("lastModified", modified));
        }
        var links = json.putArray("links");
        file.links().forEach(links::add);
    }

    private static FileRecord read(JsonNode json) {
        var checked = EnumSet.noneOf(FileKind.class);
        json.path("checked").forEach(kind -> checked.add(FileKind.valueOf(kind.asText())));
        List<FileRecord.Source> sources = new ArrayList<>();
        json.path("sources")
                .forEach(source -> sources.add(new FileRecord.Source(
                        source.path("key").asText(),
                        source.path("url").asText(),
                        source.path("name").asText(),
                        new Validators(text(source, "etag"), text(source, "lastModified")),
                        source.path("checked").asLong())));
        List<String> links = new ArrayList<>();
        json.path("links").forEach(link -> links.add(link.asText()));
        var sha256 = json.path("sha256").asText();
        if (!sha256.matches("[0-9a-f]{64}") || json.path("size").asLong(-1) < 0) {
            throw new IllegalArgumentException("not a file");
        }
        return new FileRecord(
                sha256,
                json.path("size").asLong(),
                json.path("order").asLong(),
                json.path("added").asLong(),
                json.path("used").asLong(),
                json.path("uses").asLong(),
                json.path("pinned").asBoolean(),
                checked,
                new FileRecord.Print(
                        json.path("modified").asLong(), json.path("fileKey").asText()),
                sources,
                links);
    }

    private static Optional<String> text(JsonNode json, String field) {
        return Optional.ofNullable(json.path(field).textValue());
    }
}
