package dev.comfyrouter.server.http;

import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.time.Duration;
import java.time.InstantSource;
import java.util.UUID;
import java.util.regex.Pattern;

/// The outermost filter: gives each request an id and writes one line when it is answered.
///
/// What changes something or fails is told at INFO, reading at DEBUG.
final class RequestLog implements Filter {
    static final HeaderName REQUEST_ID = HeaderNames.create("X-Request-Id");
    private static final Logger LOG = System.getLogger(RequestLog.class.getName());
    private static final Pattern FAIR = Pattern.compile("[A-Za-z0-9._-]{1,64}");

    private final Answers answers;
    private final Meter meter;
    private final InstantSource clock;

    /// Hears of every answered request.
    interface Meter {
        /// Counts one answer.
        ///
        /// @param pattern of the route, such as `/workflow/{id}`; `none` when there is no such route
        void answered(String method, String pattern, int status, Duration time);
    }

    RequestLog(Answers answers, Meter meter, InstantSource clock) {
        this.answers = answers;
        this.meter = meter;
        this.clock = clock;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        long start = System.nanoTime();
        // Asked now, because nobody knows it any more when the connection is closed.
        String peer = Source.peer(request).map(InetAddress::getHostAddress).orElse("-");
        String id = request.headers()
                .first(REQUEST_ID)
                .filter(given -> FAIR.matcher(given).matches())
                .orElseGet(() -> UUID.randomUUID().toString());
        response.header(HeaderValues.create(REQUEST_ID, id));
        response.header(HttpDate.of(clock));
        String method = request.prologue().method().text();
        try {
            answers.serve(method.equals("HEAD"), () -> proceed(chain, response));
        } finally {
            var time = Duration.ofNanos(System.nanoTime() - start);
            int status = response.status().code();
            meter.answered(method, request.matchingPattern().orElse("none"), status, time);
            Level level = status >= 400 || !(method.equals("GET") || method.equals("HEAD")) ? Level.INFO : Level.DEBUG;
            LOG.log(
                    level,
                    () -> "%s %s %s %d %d bytes %.1f ms user=%s request=%s"
                            .formatted(
                                    peer,
                                    method,
                                    request.path().path(),
                                    status,
                                    response.bytesWritten(),
                                    time.toNanos() / 1e6,
                                    request.context()
                                            .get(Authentication.User.class)
                                            .map(Authentication.User::name)
                                            .orElse("-"),
                                    id));
        }
    }

    private void proceed(FilterChain chain, RoutingResponse response) {
        try {
            chain.proceed();
        } catch (Refusal refusal) {
            answers.problem(response, refusal); // from a filter: Helidon would answer it only after this one
        }
    }
}
