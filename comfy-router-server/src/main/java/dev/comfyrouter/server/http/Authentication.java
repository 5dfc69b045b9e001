package dev.comfyrouter.server.http;

import dev.comfyrouter.server.config.AddressRange;
import dev.comfyrouter.server.config.RouterConfig;
import io.helidon.http.Header;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import io.helidon.webserver.http.ServerRequest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// The guard at the door: HTTP Basic for everything but the open routes.
final class Authentication implements Filter {
    /// The page sends this with requests that the operator did not start; a browser must not ask for a password then.
    static final HeaderName PAGE = HeaderNames.create("X-Comfy-Router-Page");

    private static final Header BASIC =
            HeaderValues.createCached(HeaderNames.WWW_AUTHENTICATE, "Basic realm=\"Comfy Router\", charset=\"UTF-8\"");
    private static final Header QUIET = HeaderValues.createCached(HeaderNames.WWW_AUTHENTICATE, "ComfyRouter");

    /// Who is asking.
    record User(String name, boolean operator) {}

    /// @param digest of `name:password`, so that all comparisons take the same time
    private record Known(User user, String digest) {}

    private final List<Known> known;
    private final boolean defaultPassword;
    private final List<AddressRange> proxies;
    private final FailedLogins failures;
    private final CountDownLatch closing;

    /// @param closing is open when the door closes: nobody waits any longer
    Authentication(RouterConfig config, FailedLogins failures, CountDownLatch closing) {
        Known operator = known(config.operator(), true);
        this.known =
                config.api().map(api -> List.of(operator, known(api, false))).orElse(List.of(operator));
        this.defaultPassword = config.hasDefaultPassword();
        this.proxies = config.http().trustedProxies();
        this.failures = failures;
        this.closing = closing;
    }

    /// Who sent this request; only for routes that are not open.
    static User user(ServerRequest request) {
        return request.context()
                .get(User.class)
                .orElseThrow(() -> new IllegalStateException("an open route asks who it is"));
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        String path = request.path().path();
        if (!isOpen(request)) {
            Source source = Source.of(request, proxies);
            if (defaultPassword && !source.isLocal()) {
                throw Refusal.forbidden(
                        "The default password is in force",
                        "Only loopback and private addresses are served. Set COMFY_ROUTER__PASSWORD and restart the router.");
            }
            Optional<User> user = user(request.headers().first(HeaderNames.AUTHORIZATION));
            if (user.isEmpty()) {
                throw refused(request, source);
            }
            if (!user.get().operator() && !isForCallers(path)) {
                throw Refusal.forbidden(
                        "Not for this user",
                        "'" + user.get().name() + "' may use /workflow*, /workflow-types, /doc and /openapi only.");
            }
            request.context().register(user.get());
        }
        chain.proceed();
    }

    private static boolean isOpen(RoutingRequest request) {
        String path = request.path().path();
        String method = request.prologue().method().text();
        return (method.equals("GET") || method.equals("HEAD"))
                && (path.equals("/health_check") || path.startsWith("/preview/"));
    }

    private static boolean isForCallers(String path) {
        return path.startsWith("/workflow")
                || path.equals("/openapi")
                || path.equals("/doc")
                || path.startsWith("/doc/");
    }

    private Optional<User> user(Optional<String> authorization) {
        String given = authorization
                .flatMap(Authentication::credentials)
                .map(Digests::hex)
                .orElse("");
        Optional<User> found = Optional.empty();
        for (Known each : known) { // all of them, always: the time tells nothing
            if (MessageDigest.isEqual(ascii(each.digest()), ascii(given))) {
                found = Optional.of(each.user());
            }
        }
        return found;
    }

    private Refusal refused(RoutingRequest request, Source source) {
        if (request.headers().contains(HeaderNames.AUTHORIZATION)) {
            Optional<Duration> wait = failures.failed(source.key());
            if (wait.isEmpty()) {
                return Refusal.later(
                        Status.TOO_MANY_REQUESTS_429,
                        "Too many wrong credentials",
                        "Wrong names or passwords came from this address too often.",
                        Duration.ofSeconds(5));
            }
            pause(wait.get());
        }
        boolean background = request.headers().contains(PAGE)
                || request.headers().values(HeaderNames.ACCEPT).stream()
                        .anyMatch(type -> type.contains("text/event-stream"));
        return Refusal.of(Problem.of(
                        Status.UNAUTHORIZED_401,
                        "Wrong credentials",
                        "Send the user name and password of this router with HTTP Basic authentication."))
                .with(background ? QUIET : BASIC);
    }

    private void pause(Duration time) {
        try {
            boolean unused = closing.await(time.toNanos(), TimeUnit.NANOSECONDS);
        } catch (InterruptedException stopping) {
            Thread.currentThread().interrupt(); // the answer goes out at once
        }
    }

    private static Known known(RouterConfig.Credentials credentials, boolean operator) {
        return new Known(
                new User(credentials.username(), operator),
                Digests.hex(
                        (credentials.username() + ":" + credentials.password().reveal())
                                .getBytes(StandardCharsets.UTF_8)));
    }

    private static Optional<byte[]> credentials(String authorization) {
        if (!authorization.toLowerCase(Locale.ROOT).startsWith("basic ")) {
            return Optional.empty();
        }
        try {
            return Optional.of(
                    Base64.getDecoder().decode(authorization.substring(6).strip()));
        } catch (IllegalArgumentException noBase64) {
            return Optional.empty(); // whatever it is, it is not the password
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
