package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/// One reading of a request's parameters: what is allowed, and every problem found so far.
final class Reading {
    /// Where the text comes from.
    enum Source {
        /// A caller, whose words are checked.
        REQUEST,
        /// Our own stored form of a request that was accepted before.
        STORED
    }

    private final RecipeType type;
    private final SamplerLists lists;
    private final Source source;
    private final List<Problem> problems = new ArrayList<>();

    Reading(RecipeType type, SamplerLists lists, Source source) {
        this.type = type;
        this.lists = lists;
        this.source = source;
    }

    RecipeType type() {
        return type;
    }

    SamplerLists lists() {
        return lists;
    }

    boolean stored() {
        return source == Source.STORED;
    }

    /// @param predicate what follows the name of the value: `is 0; allowed is …`
    void wrong(String pointer, String predicate) {
        var name = label(pointer);
        problems.add(new Problem(pointer, name.isEmpty() ? predicate : name + " " + predicate));
    }

    /// @param sentence what stands on its own behind the name of the value
    void problem(String pointer, String sentence) {
        var name = label(pointer);
        problems.add(new Problem(pointer, name.isEmpty() ? sentence : name + ": " + sentence));
    }

    /// `steps` for `/steps`, `images[0]` for `/kontext/images/0`.
    private static String label(String pointer) {
        var parts = pointer.split("/", -1);
        var last = parts[parts.length - 1];
        var name = parts.length > 2 && last.matches("[0-9]+") ? parts[parts.length - 2] + "[" + last + "]" : last;
        return shortened(name.replace("~1", "/").replace("~0", "~"));
    }

    List<Problem> problems() {
        return problems;
    }

    /// A value of a request in a message: short, and never a picture or a token.
    static String shown(JsonNode value) {
        return switch (value.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT, POJO -> "an object";
            case NULL, MISSING -> "null";
            case BINARY -> "bytes";
            case STRING -> "\"" + shortened(value.textValue()) + "\"";
            case BOOLEAN, NUMBER -> shortened(value.toString());
        };
    }

    static String shortened(String text) {
        return text.length() <= 40 ? text : text.substring(0, 37) + "...";
    }
}
