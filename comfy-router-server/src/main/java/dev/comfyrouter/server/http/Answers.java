package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.GZIPOutputStream;

/// The one place that sends whole answers, under the eye of the watchdog.
final class Answers {
    static final Header JSON = HeaderValues.createCached(HeaderNames.CONTENT_TYPE, "application/json");
    static final Header NO_STORE = HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "no-store");
    static final Header NO_SNIFF = HeaderValues.createCached("X-Content-Type-Options", "nosniff");

    private static final Duration WRITE = Duration.ofSeconds(10);

    /// An answer of this size fits into the socket's buffer or comes close to it.
    private static final int SMALL = 16 * 1024;

    private static final int CHUNK = 64 * 1024;

    private final Watchdog watchdog;
    private final Duration patience;
    private final AtomicInteger streams = new AtomicInteger();

    /// Set while the thread serves a HEAD request, which one thread does from the first filter to the last byte.
    /// Helidon
    /// would send the body of the answer, and the client would take it for the next one.
    private final ThreadLocal<Boolean> bodiless = ThreadLocal.withInitial(() -> false);

    Answers(Watchdog watchdog) {
        this(watchdog, WRITE);
    }

    /// @param patience how long one write may wait for a reader
    Answers(Watchdog watchdog, Duration patience) {
        this.watchdog = watchdog;
        this.patience = patience;
    }

    void json(ServerResponse response, Object view) {
        json(response, Status.OK_200, view);
    }

    void json(ServerResponse response, Status status, Object view) {
        send(response.status(status).header(JSON).header(NO_STORE), Json.bytes(view));
    }

    /// JSON that may be large and repeats itself, compressed when the client takes that.
    void largeJson(ServerRequest request, ServerResponse response, Object view) {
        byte[] plain = Json.bytes(view);
        response.header(JSON).header(NO_STORE).header(HeaderValues.create(HeaderNames.VARY, "Accept-Encoding"));
        if (plain.length > 1024 && takesGzip(request)) {
            send(response.header(HeaderValues.create(HeaderNames.CONTENT_ENCODING, "gzip")), gzip(plain));
        } else {
            send(response, plain);
        }
    }

    void problem(ServerResponse response, Refusal refusal) {
        refusal.headers().forEach(response::header);
        problem(response, refusal.problem());
    }

    void problem(ServerResponse response, Problem problem) {
        Status status = problem.status() == Problem.UNPROCESSABLE.code()
                ? Problem.UNPROCESSABLE
                : Status.create(problem.status());
        send(response.status(status).header(Problems.TYPE).header(NO_STORE), problem.json());
    }

    /// Serves a request; no body goes out when it is a HEAD.
    void serve(boolean head, Runnable work) {
        bodiless.set(head);
        try {
            work.run();
        } finally {
            bodiless.remove();
        }
    }

    /// Sends a body whose headers are set.
    void send(ServerResponse response, byte[] body) {
        response.header(NO_SNIFF);
        if (bodiless.get()) {
            response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, body.length))
                    .send();
            return;
        }
        if (body.length <= SMALL) {
            response.send(body);
            return;
        }
        response.header(HeaderValues.create(HeaderNames.CONTENT_LENGTH, body.length));
        try (var guard = watchdog.watch(patience);
                OutputStream out = response.outputStream()) {
            for (int from = 0; from < body.length; from += CHUNK) {
                out.write(body, from, Math.min(CHUNK, body.length - from));
                guard.progress();
            }
        } catch (IOException | UncheckedIOException gone) {
            throw new CloseConnectionException("the reader has gone", gone);
        }
    }

    /// How many streams of events are open.
    int streams() {
        return streams.get();
    }

    void streamOpened() {
        streams.incrementAndGet();
    }

    void streamClosed() {
        streams.decrementAndGet();
    }

    Watchdog.Guard watch() {
        return watchdog.watch(patience);
    }

    static boolean takesGzip(ServerRequest request) {
        return request.headers().values(HeaderNames.ACCEPT_ENCODING).stream()
                .map(value -> value.toLowerCase(Locale.ROOT).replace(" ", ""))
                .anyMatch(value -> value.contains("gzip") && !value.contains("gzip;q=0"));
    }

    static byte[] gzip(byte[] plain) {
        var packed = new ByteArrayOutputStream(plain.length / 4);
        try (var out = new GZIPOutputStream(packed)) {
            out.write(plain);
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return packed.toByteArray();
    }
}
