package dev.comfyrouter.server.config;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.yaml.snakeyaml.error.MarkedYAMLException;

/// A YAML file of groups and texts, flattened.
///
/// Scalars are taken as they are written, so that a password `0123` or `yes` stays what it is.
final class YamlFile {
    private static final YAMLFactory YAML = YAMLFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    private final Path file;
    private final JsonParser parser;
    private final List<Entry> entries = new ArrayList<>();

    private YamlFile(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /// @param key the keys from the top, joined by dots
    /// @param text the scalar as written; a list of scalars is joined by commas
    record Entry(String key, String text, int line) {}

    /// The file is not such a YAML file; the message names it and the line, and shows nothing of its content.
    static final class Unreadable extends RuntimeException {
        private static final long serialVersionUID = 1;

        Unreadable(Path file, int line, String what) {
            super(file.getFileName() + ", line " + line + ": " + what);
        }
    }

    static List<Entry> read(Path file) throws IOException {
        String text = Files.readString(file);
        try (JsonParser parser = YAML.createParser(text)) {
            return new YamlFile(file, parser).entries();
        } catch (JacksonException e) {
            int line = e.getCause() instanceof MarkedYAMLException marked && marked.getProblemMark() != null
                    ? marked.getProblemMark().getLine() + 1
                    : e.getLocation().getLineNr();
            String what = e.getOriginalMessage().startsWith("Duplicate")
                    ? "a key that stands there twice; give it once"
                    : "not valid YAML; give \"key: value\" lines, with spaces for the indentation";
            throw new Unreadable(file, line, what);
        }
    }

    private List<Entry> entries() throws IOException {
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_OBJECT) {
            group("");
        } else if (first != null
                && first != JsonToken.VALUE_NULL
                && !parser.getText().isEmpty()) {
            throw unreadable("not a group of settings; give \"key: value\" lines");
        }
        if (parser.nextToken() != null) {
            throw unreadable("a second document; give one");
        }
        return entries;
    }

    private void group(String prefix) throws IOException {
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = prefix + parser.currentName();
            int line = parser.currentTokenLocation().getLineNr();
            switch (parser.nextToken()) {
                case START_OBJECT -> group(key + ".");
                case START_ARRAY -> entries.add(new Entry(key, list(), line));
                case VALUE_NULL -> entries.add(new Entry(key, "", line));
                default -> entries.add(new Entry(key, parser.getText(), line));
            }
        }
    }

    private String list() throws IOException {
        var texts = new ArrayList<String>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            if (!parser.currentToken().isScalarValue()) {
                throw unreadable("a list that holds groups or lists; give a list of texts");
            }
            texts.add(parser.getText());
        }
        return String.join(",", texts);
    }

    private Unreadable unreadable(String what) {
        return new Unreadable(file, Math.max(1, parser.currentTokenLocation().getLineNr()), what);
    }
}
