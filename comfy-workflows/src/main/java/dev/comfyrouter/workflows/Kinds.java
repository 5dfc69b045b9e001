package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/// The kinds of single words and switches, and lists of any kind.
final class Kinds {
    private static final JsonNodeFactory MAKE = JsonNodeFactory.instance;

    private Kinds() {}

    /// A text of people; every character is allowed but NUL, which no text encoder understands.
    record Text(int longest) implements Kind<String> {
        @Override
        public Optional<String> read(JsonNode json, String pointer, Reading reading) {
            if (!json.isTextual()) {
                reading.wrong(pointer, "is a text in quotes, not " + Reading.shown(json));
                return Optional.empty();
            }
            var problem = problem(json.textValue());
            problem.ifPresent(detail -> reading.wrong(pointer, detail));
            return problem.isEmpty() ? Optional.of(json.textValue()) : Optional.empty();
        }

        @Override
        public JsonNode write(String value, Form form) {
            return MAKE.textNode(value);
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            return MAKE.objectNode().put("type", "string").put("maxLength", longest);
        }

        @Override
        public void hint(ObjectNode hints) {
            hints.put("widget", "textarea");
        }

        @Override
        public Optional<String> problem(String value) {
            var length = value.codePointCount(0, value.length());
            if (length > longest)
                return Optional.of("has " + length + " characters; at most " + longest + " are allowed");
            if (value.indexOf('\0') >= 0 || !FileNames.wellFormed(value))
                return Optional.of("contains a character that no text has (NUL or half of a surrogate pair)");
            return Optional.empty();
        }
    }

    record Flag() implements Kind<Boolean> {
        @Override
        public Optional<Boolean> read(JsonNode json, String pointer, Reading reading) {
            if (json.isBoolean()) return Optional.of(json.booleanValue());
            reading.wrong(pointer, "is true or false without quotes, not " + Reading.shown(json));
            return Optional.empty();
        }

        @Override
        public JsonNode write(Boolean value, Form form) {
            return MAKE.booleanNode(value);
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            return MAKE.objectNode().put("type", "boolean");
        }

        @Override
        public Optional<String> problem(Boolean value) {
            return Optional.empty();
        }
    }

    /// One of a list of words.
    ///
    /// @param allowed what may be given; the lists of the nodes may add to it
    /// @param oldNames other spellings, still understood, by what they mean today
    record Word(Function<SamplerLists, List<String>> allowed, Map<String, String> oldNames) implements Kind<String> {
        static Word of(List<String> words) {
            return new Word(lists -> words, Map.of());
        }

        static Word of(String... words) {
            return of(List.of(words));
        }

        @Override
        public Optional<String> read(JsonNode json, String pointer, Reading reading) {
            var words = allowed.apply(reading.lists());
            if (json.isTextual()) {
                var word = oldNames.getOrDefault(json.textValue(), json.textValue());
                // A stored request was checked against the lists of its time.
                if (words.contains(word) || reading.stored()) return Optional.of(word);
                reading.wrong(pointer, unknown(json.textValue(), words));
            } else {
                reading.wrong(pointer, "is one of " + some(words) + ", not " + Reading.shown(json));
            }
            return Optional.empty();
        }

        @Override
        public JsonNode write(String value, Form form) {
            return MAKE.textNode(value);
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema = MAKE.objectNode().put("type", "string");
            var words = schema.putArray("enum");
            allowed.apply(lists).forEach(words::add);
            oldNames.keySet().stream().sorted().forEach(words::add);
            return schema;
        }

        /// Programs may use names that only their own node has.
        @Override
        public Optional<String> problem(String value) {
            var words = allowed.apply(SamplerLists.core());
            return words.contains(value) || words.equals(CoreLists.NEWER_SAMPLERS) || words.equals(CoreLists.SCHEDULERS)
                    ? Optional.empty()
                    : Optional.of(unknown(value, words));
        }

        private static String unknown(String word, List<String> words) {
            return "\"" + Reading.shortened(word) + "\" is unknown"
                    + Suggestion.closest(words, word)
                            .map(close -> "; did you mean " + close + "?")
                            .orElseGet(() -> "; it is one of " + some(words));
        }

        private static String some(List<String> words) {
            return words.size() <= 12
                    ? String.join(", ", words)
                    : String.join(", ", words.subList(0, 12)) + " and " + (words.size() - 12) + " more";
        }
    }

    /// A list of values of one kind.
    record Several<T>(Kind<T> item, int fewest, int most) implements Kind<List<T>> {
        @Override
        public Optional<List<T>> read(JsonNode json, String pointer, Reading reading) {
            if (!json.isArray()) {
                reading.wrong(pointer, "is a list in [ ], not " + Reading.shown(json));
                return Optional.empty();
            }
            if (json.size() < fewest || json.size() > most) reading.wrong(pointer, count(json.size()));
            var items = new ArrayList<T>();
            for (int index = 0; index < Math.min(json.size(), most); index++)
                item.read(json.get(index), Problem.child(pointer, index), reading)
                        .ifPresent(items::add);
            return Optional.of(List.copyOf(items));
        }

        private String count(int size) {
            var allowed = size < fewest ? "at least " + fewest : "at most " + most;
            return "has " + size + (size == 1 ? " entry; " : " entries; ") + allowed + " may be given";
        }

        @Override
        public JsonNode write(List<T> value, Form form) {
            var array = MAKE.arrayNode();
            value.forEach(each -> array.add(item.write(each, form)));
            return array;
        }

        @Override
        public ObjectNode schema(SamplerLists lists) {
            var schema = MAKE.objectNode().put("type", "array");
            schema.set("items", item.schema(lists));
            if (fewest > 0) schema.put("minItems", fewest);
            return schema.put("maxItems", most);
        }

        @Override
        public Optional<String> problem(List<T> value) {
            if (value.size() < fewest || value.size() > most) return Optional.of(count(value.size()));
            return value.stream().flatMap(each -> item.problem(each).stream()).findFirst();
        }
    }
}
