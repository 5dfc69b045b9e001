package dev.comfyrouter.server.config;

import java.util.List;
import java.util.function.Function;

/// What came of reading a text as a value.
sealed interface Reading<T> {
    record Accepted<T>(T value) implements Reading<T> {}

    /// The parts of the text that are not allowed, fit to be shown.
    record Refused<T>(List<String> parts) implements Reading<T> {}

    static <T> Reading<T> accepted(T value) {
        return new Accepted<>(value);
    }

    static <T> Reading<T> refused(String part) {
        return new Refused<>(List.of(part));
    }

    default <R> Reading<R> map(Function<? super T, ? extends R> change) {
        return switch (this) {
            case Accepted<T> accepted -> new Accepted<>(change.apply(accepted.value));
            case Refused<T> refused -> new Refused<>(refused.parts);
        };
    }
}
