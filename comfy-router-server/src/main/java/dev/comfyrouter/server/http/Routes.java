package dev.comfyrouter.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Method;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.HttpRoute;
import io.helidon.webserver.http.HttpRouting;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// All routes as the services declare them, with what HTTP asks for beside: HEAD wherever there is GET, 405 with
/// `Allow`, 406.
final class Routes implements HttpRules {
    private final Acceptable acceptable;
    private final Map<String, Map<String, Handler>> declared = new LinkedHashMap<>();

    Routes(Acceptable acceptable) {
        this.acceptable = acceptable;
    }

    @Override
    public Routes register(HttpService... services) {
        for (HttpService service : services) {
            service.routing(this);
        }
        return this;
    }

    @Override
    public Routes register(String prefix, HttpService... services) {
        throw new IllegalArgumentException("services name their whole paths, so that one can search for them");
    }

    @Override
    public Routes route(HttpRoute route) {
        throw new IllegalArgumentException("a route is declared by method and path");
    }

    @Override
    public Routes route(Method method, String path, Handler handler) {
        Map<String, Handler> methods = declared.computeIfAbsent(path, ignored -> new LinkedHashMap<>());
        if (methods.putIfAbsent(method.text(), handler) != null) {
            throw new IllegalArgumentException(method.text() + " " + path + " is declared twice");
        }
        return this;
    }

    /// Every route, such as `GET /workflow/{id}`, sorted.
    List<String> names() {
        var names = new TreeSet<String>();
        declared.forEach((path, methods) -> methods.keySet().forEach(method -> names.add(method + " " + path)));
        return new ArrayList<>(names);
    }

    void install(HttpRouting.Builder routing) {
        declared.forEach((path, methods) -> methods.forEach(
                (method, handler) -> routing.route(Method.create(method), path, checked(method, path, handler))));
        declared.forEach((path, methods) -> Optional.ofNullable(methods.get("GET"))
                .filter(get -> headIsImplied(path, methods))
                .ifPresent(get -> routing.route(Method.HEAD, path, checked("HEAD", path, get))));
        // After all routes: a path with a variable must not shadow a longer one.
        declared.forEach((path, methods) -> routing.any(path, notAllowed(path, methods)));
    }

    private Handler checked(String method, String path, Handler handler) {
        return (request, response) -> {
            acceptable.require(request, method, path);
            handler.handle(request, response);
        };
    }

    /// A stream of events has no end, so there is nothing to say of the whole.
    private static boolean headIsImplied(String path, Map<String, Handler> methods) {
        return methods.containsKey("GET") && !methods.containsKey("HEAD") && !path.endsWith("/events");
    }

    private static Handler notAllowed(String path, Map<String, Handler> methods) {
        var allowed = new TreeSet<>(methods.keySet());
        if (headIsImplied(path, methods)) {
            allowed.add("HEAD");
        }
        String list = String.join(", ", allowed);
        return (request, response) -> {
            throw Refusal.of(Problem.of(
                            Status.METHOD_NOT_ALLOWED_405, "The method is not allowed here", "Use " + list + "."))
                    .with(HeaderValues.create(HeaderNames.ALLOW, list));
        };
    }
}
