package dev.comfyrouter.workflows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/// One kind of value a parameter may have: how it is read, checked, written and described. Everything that
/// is known about a parameter's values follows from its kind.
interface Kind<T> {

    /// For whom a value is written.
    enum Form {
        /// Everybody who may see the request: URLs without user info and query.
        PUBLIC,
        /// Our own database: everything that is needed to run the request.
        STORED
    }

    /// The value of the JSON, or a problem in `reading`.
    Optional<T> read(JsonNode json, String pointer, Reading reading);

    JsonNode write(T value, Form form);

    /// The JSON Schema of a value, without description and default.
    ObjectNode schema(SamplerLists lists);

    /// What is wrong with a value that a program gave, as a sentence.
    Optional<String> problem(T value);

    /// Hints for a form, as members of `x-ui`.
    default void hint(ObjectNode hints) {}

    /// For builders.
    ///
    /// @throws IllegalArgumentException with a sentence that starts with the name
    default T checked(String name, T value) {
        problem(value).ifPresent(problem -> {
            throw new IllegalArgumentException(name + " " + problem);
        });
        return value;
    }
}
