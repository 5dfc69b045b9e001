package dev.comfyrouter.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.media.ReadableEntity;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Filter;
import io.helidon.webserver.http.FilterChain;
import io.helidon.webserver.http.RoutingRequest;
import io.helidon.webserver.http.RoutingResponse;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;

/// The filter around all others: reads what a handler left of a body, within bounds, or closes the connection.
///
/// Helidon would read it to the end, however long that takes, and leaves a socket open that was to be closed.
final class Leftovers implements Filter {
    /// Generous, because a socket that is closed before all has been read may take the answer with it: the client of a
    /// body that was too large would see a broken connection instead of the reason. The time is the tighter bound.
    private static final int BYTES = 64 << 20;

    private static final Duration TIME = Duration.ofSeconds(2);

    private final Watchdog watchdog;
    private final Duration time;

    Leftovers(Watchdog watchdog) {
        this(watchdog, TIME);
    }

    Leftovers(Watchdog watchdog, Duration time) {
        this.watchdog = watchdog;
        this.time = time;
    }

    @Override
    public void filter(FilterChain chain, RoutingRequest request, RoutingResponse response) {
        chain.proceed();
        ReadableEntity body = request.content();
        boolean read = !body.hasEntity() || body.consumed() || drained(request, body);
        if (!read
                || request.headers().containsToken(HeaderValues.CONNECTION_CLOSE)
                || response.headers().containsToken(HeaderValues.CONNECTION_CLOSE)) {
            throw new CloseConnectionException("the conversation is over");
        }
    }

    private boolean drained(RoutingRequest request, ReadableEntity body) {
        if (request.headers().contains(HeaderNames.EXPECT) && !request.continueSent()) {
            return false; // it waits for a word that will not come
        }
        try (var guard = watchdog.watch(time);
                InputStream in = body.inputStream()) {
            return in.skip(BYTES) < BYTES && in.read() < 0;
        } catch (IOException | RuntimeException gone) {
            return false; // nobody is there to be served any more
        }
    }
}
