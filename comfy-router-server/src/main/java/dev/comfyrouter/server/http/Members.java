package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// The members of a JSON object that a caller sent, with everything that is wrong with them.
///
/// One that is null counts as absent.
final class Members {
    private final JsonNode body;
    private final List<Problem.Mistake> mistakes = new ArrayList<>();

    /// @param known the names that there are; every other one is a mistake
    Members(JsonNode body, List<String> known) {
        this.body = body;
        body.fieldNames().forEachRemaining(name -> {
            if (!known.contains(name)) {
                mistake(
                        "/" + name.replace("~", "~0").replace("/", "~1"),
                        "unknown; allowed are " + String.join(", ", known));
            }
        });
    }

    /// The condition that a text must meet.
    interface Fair {
        boolean is(String text);
    }

    Optional<JsonNode> value(String name) {
        return Optional.ofNullable(body.get(name)).filter(value -> !value.isNull());
    }

    /// @param rule what is said of a value that is no fair text
    Optional<String> text(String name, Fair fair, String rule) {
        Optional<JsonNode> value = value(name);
        Optional<String> text = value.filter(node -> node.isTextual() && fair.is(node.textValue()))
                .map(JsonNode::textValue);
        if (value.isPresent() && text.isEmpty()) {
            mistake("/" + name, rule);
        }
        return text;
    }

    /// @param most how many there may be
    /// @param rule what is said of a value that is no list of fair texts
    Optional<List<String>> texts(String name, int most, Fair fair, String rule) {
        Optional<JsonNode> value = value(name);
        if (value.isEmpty()) {
            return Optional.empty();
        }
        List<String> texts = new ArrayList<>();
        boolean right = value.get().isArray() && value.get().size() <= most;
        for (JsonNode each : value.get()) {
            right &= each.isTextual() && fair.is(each.textValue());
            texts.add(each.asText());
        }
        if (!right) {
            mistake("/" + name, rule);
        }
        return Optional.of(texts);
    }

    boolean flag(String name) {
        Optional<JsonNode> value = value(name);
        if (value.filter(node -> !node.isBoolean()).isPresent()) {
            mistake("/" + name, name + " is true or false");
        }
        return value.map(JsonNode::booleanValue).orElse(false);
    }

    void mistake(String pointer, String detail) {
        mistakes.add(new Problem.Mistake(pointer, detail));
    }

    /// @throws Refusal that names every mistake, if there is one
    void refuseMistakes() {
        if (!mistakes.isEmpty()) {
            throw Refusal.wrong(mistakes);
        }
    }
}
