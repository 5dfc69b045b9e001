package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.lang.System.Logger.Level;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Stream;

/// All routes of a server, each under its path and under `/api`, behind the guards and faults that every
/// request meets.
final class Routes implements Function<HttpRequest, Answer> {

    /// Answers one kind of request; malformed JSON is answered with 500, as by aiohttp.
    @FunctionalInterface
    interface Handler {
        HttpResponse handle(HttpRequest request) throws JsonProcessingException;
    }

    private static final System.Logger LOG = System.getLogger(Routes.class.getName());
    private static final int SLOW_PIECE = 1024;
    private static final Duration SLOW_PAUSE = Duration.ofMillis(20);

    private final Engine engine;
    private final String prefix;
    private final Connections connections;
    private final Map<String, Map<String, Handler>> handlers = new TreeMap<>();

    /// @param prefix before every path, such as `/comfy`, or empty
    Routes(Engine engine, String prefix) {
        this.engine = engine;
        this.prefix = prefix;
        this.connections = new Connections(engine);
        new PromptRoutes(engine).register(this);
        new JobRoutes(engine).register(this);
        new FileRoutes(engine).register(this);
        new InfoRoutes(engine).register(this);
    }

    /// @param path where its last or last but one part is `*`, any one part fits, see [#part]
    void on(String method, String path, Handler handler) {
        handlers.computeIfAbsent(path, each -> new TreeMap<>()).put(method, handler);
    }

    /// @param fromEnd 1 for the last part of the path
    static String part(HttpRequest request, int fromEnd) {
        String[] parts = request.path().split("/", -1);
        return parts[parts.length - fromEnd];
    }

    @Override
    public Answer apply(HttpRequest request) {
        engine.journal()
                .request(new RecordedRequest(
                        Instant.now(),
                        request.method(),
                        request.path(),
                        request.query(),
                        request.headers(),
                        request.body()));
        Optional<HttpResponse> refusal = refusal(request);
        if (refusal.isPresent()) {
            return new Answer.Whole(refusal.get());
        }
        HttpRequest inside = request.at(request.path().substring(prefix.length()));
        String path = withoutApi(inside.path());
        Optional<HttpFault> fault = engine.faults().onRequest(request.method(), path);
        if (fault.isPresent()) {
            return faulty(inside.at(path), fault.get());
        }
        if (path.equals("/ws") && request.method().equals("GET")) {
            return connections.answer(request);
        }
        return new Answer.Whole(respond(inside.at(path)));
    }

    private Optional<HttpResponse> refusal(HttpRequest request) {
        if (!request.path().startsWith(prefix + "/")) {
            return Optional.of(HttpResponse.unknownPath(request.method()));
        }
        Optional<HttpResponse.Header> required = engine.faults().requiredHeader();
        if (required.isPresent()
                && !request.header(required.get().name())
                        .equals(Optional.of(required.get().value()))) {
            return Optional.of(HttpResponse.text(401, "401: Unauthorized"));
        }
        boolean crossSite = engine.release().refusesCrossSiteRequests()
                && request.header("Sec-Fetch-Site").filter("cross-site"::equals).isPresent();
        return crossSite || hasForeignOrigin(request) ? Optional.of(HttpResponse.empty(403)) : Optional.empty();
    }

    private static boolean hasForeignOrigin(HttpRequest request) {
        String origin = request.header("Origin").orElse("");
        String host = request.header("Host").orElse("");
        boolean loopback = host.startsWith("localhost") || host.startsWith("127.") || host.startsWith("[::1]");
        if (origin.isEmpty() || !loopback) {
            return false;
        }
        try {
            String authority = URI.create(origin).getAuthority();
            return authority != null && !authority.equals(host);
        } catch (IllegalArgumentException unreadable) {
            return true;
        }
    }

    private static String withoutApi(String path) {
        // The jobs and asset routes exist under /api only.
        boolean only = path.startsWith("/api/jobs") || path.startsWith("/api/assets") || path.startsWith("/api/tags");
        return path.startsWith("/api/") && !only ? path.substring("/api".length()) : path;
    }

    private Answer faulty(HttpRequest request, HttpFault fault) {
        return switch (fault) {
            case NEVER_ANSWER -> new Answer.Silence();
            case FAIL -> new Answer.Whole(HttpResponse.trouble());
            case CUT -> new Answer.Cut();
            case FAIL_BUT_DO -> {
                respond(request);
                yield new Answer.Whole(HttpResponse.trouble());
            }
            case LOSE_ANSWER -> {
                respond(request);
                yield new Answer.Cut();
            }
            case SLOW_BODY -> new Answer.Slow(respond(request), SLOW_PIECE, SLOW_PAUSE);
            case CUT_BODY -> new Answer.HalfThenCut(respond(request));
            case STALL_BODY -> new Answer.HalfThenSilence(respond(request));
        };
    }

    private Map<String, Handler> methods(String path) {
        int last = path.lastIndexOf('/');
        int before = path.lastIndexOf('/', Math.max(0, last - 1));
        return Stream.of(
                        path,
                        path.substring(0, last + 1) + "*",
                        before < 0 ? path : path.substring(0, before + 1) + "*" + path.substring(last))
                .filter(handlers::containsKey)
                .findFirst()
                .map(handlers::get)
                .orElse(Map.of());
    }

    private HttpResponse respond(HttpRequest request) {
        Map<String, Handler> methods = methods(request.path());
        if (methods.isEmpty()) {
            return HttpResponse.unknownPath(request.method());
        }
        Handler handler = methods.get(request.method().equals("HEAD") ? "GET" : request.method());
        if (handler == null) {
            return HttpResponse.text(405, "405: Method Not Allowed").with("Allow", String.join(",", methods.keySet()));
        }
        try {
            return handler.handle(request);
        } catch (JsonProcessingException malformed) {
            return HttpResponse.trouble();
        } catch (RuntimeException raised) {
            // What Python would raise; aiohttp turns everything into this one answer.
            LOG.log(Level.DEBUG, () -> "500 for " + request.method() + " " + request.path(), raised);
            return HttpResponse.trouble();
        }
    }
}
