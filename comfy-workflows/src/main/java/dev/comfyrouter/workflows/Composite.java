package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import java.util.function.Function;

/// The kind of an object with fields of its own.
///
/// @param make the value of fields that were read without a problem
/// @param take the fields of a value
/// @param rule what only shows when all fields are known; it reports its problems itself
record Composite<T>(Shape shape, Function<Values, T> make, Function<T, Values> take, Rule rule) implements Kind<T> {

    /// A condition between fields.
    interface Rule {
        void check(Values values, String pointer, Reading reading);
    }

    @Override
    public Optional<T> read(JsonNode json, String pointer, Reading reading) {
        if (!json.isObject()) {
            reading.wrong(pointer, "is an object in { }, not " + Reading.shown(json));
            return Optional.empty();
        }
        var before = reading.problems().size();
        var values = shape.read(json, pointer, reading);
        if (reading.problems().size() == before) rule.check(values, pointer, reading);
        return reading.problems().size() == before ? Optional.of(make.apply(values)) : Optional.empty();
    }

    @Override
    public JsonNode write(T value, Form form) {
        return shape.write(take.apply(value), form);
    }

    @Override
    public ObjectNode schema(SamplerLists lists) {
        return shape.schema(RecipeType.SDXL, lists);
    }

    /// The types of these values check themselves when they are made.
    @Override
    public Optional<String> problem(T value) {
        return Optional.empty();
    }
}
