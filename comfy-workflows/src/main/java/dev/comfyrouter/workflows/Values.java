package dev.comfyrouter.workflows;

import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/// The values of a recipe's parameters, immutable: those that were given, and the defaults of the rest.
final class Values {
    private final RecipeType type;
    private final Map<Field<?>, Object> given;

    Values(RecipeType type, Map<Field<?>, Object> given) {
        this.type = type;
        this.given = Collections.unmodifiableMap(new HashMap<>(given));
    }

    RecipeType type() {
        return type;
    }

    /// The value that was given.
    <T> Optional<T> given(Field<T> field) {
        // A field is the only key under which a value of its type is put.
        @SuppressWarnings("unchecked")
        var value = (T) given.get(field);
        return Optional.ofNullable(value);
    }

    /// The value that was given, or the default.
    <T> Optional<T> find(Field<T> field) {
        return given(field).or(() -> field.existsIn(type) ? field.standard(type) : Optional.empty());
    }

    /// The value of a parameter that is required or has a default.
    <T> T get(Field<T> field) {
        return find(field).orElseThrow(() -> new IllegalStateException(field + " has neither value nor default"));
    }

    boolean has(Field<?> field) {
        return given.containsKey(field);
    }

    <T> Values with(Field<T> field, T value) {
        var changed = new HashMap<>(given);
        changed.put(field, value);
        return new Values(type, changed);
    }

    Values without(Field<?> field) {
        var changed = new HashMap<>(given);
        changed.remove(field);
        return new Values(type, changed);
    }
}
