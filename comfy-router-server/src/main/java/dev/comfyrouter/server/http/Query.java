package dev.comfyrouter.server.http;

import io.helidon.webserver.http.ServerRequest;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// The query of a request's URL.
final class Query {
    private Query() {}

    /// The value of a parameter; an empty one counts as absent.
    static Optional<String> first(ServerRequest request, String name) {
        return request.query().first(name).map(text -> text).filter(text -> !text.isEmpty());
    }

    /// All values of a parameter that may come several times or as a comma list.
    static List<String> list(ServerRequest request, String name) {
        return request.query().all(name, List::of).stream()
                .flatMap(value -> Arrays.stream(value.split(",", -1)))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .toList();
    }

    static boolean flag(ServerRequest request, String name) {
        Optional<String> value = first(request, name);
        if (value.isPresent() && !List.of("true", "false", "1", "0").contains(value.get())) {
            throw Refusal.wrong(name, name + " is true or false");
        }
        return value.filter(text -> text.equals("true") || text.equals("1")).isPresent();
    }

    static int number(ServerRequest request, String name, int byDefault, int most) {
        Optional<String> text = first(request, name);
        if (text.isEmpty()) {
            return byDefault;
        }
        if (!text.get().matches("\\d{1,9}")
                || Integer.parseInt(text.get()) < 1
                || Integer.parseInt(text.get()) > most) {
            throw Refusal.wrong(name, name + " is a whole number from 1 to " + most);
        }
        return Integer.parseInt(text.get());
    }
}
