package dev.comfyrouter.client;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ProtocolException;
import java.net.URI;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLHandshakeException;

/// The HTTP connections to one server. It turns every failure below HTTP into a [ComfyException], once.
///
/// The JDK's client sends a GET again when a pooled connection turns out to be closed before any byte came back,
/// and never a POST (unless the JVM is started with `-Djdk.httpclient.enableAllMethodRetry`, which no user of
/// this library should do). It drops idle connections after 30 s, before ComfyUI does (75 s or more).
final class HttpLink implements AutoCloseable {
    /// A large `/object_info` has 20 MB; this is only to keep a mad answer from filling the memory.
    private static final long LARGEST_ANSWER = 512L << 20;

    private final BaseUrl base;
    private final ComfyNetwork network;
    private final boolean ownsNetwork;
    private final List<Map.Entry<String, String>> headers;
    private final Duration responseTimeout;
    private final Duration stallTimeout;

    /// @param ownsNetwork whether the network is closed with this link
    HttpLink(
            BaseUrl base,
            List<Map.Entry<String, String>> headers,
            Duration responseTimeout,
            Duration stallTimeout,
            ComfyNetwork network,
            boolean ownsNetwork) {
        this.base = base;
        this.headers = headers;
        this.responseTimeout = responseTimeout;
        this.stallTimeout = stallTimeout;
        this.network = network;
        this.ownsNetwork = ownsNetwork;
    }

    /// A whole answer of any status below 300.
    byte[] get(String path) throws InterruptedException {
        return get(base.resolve(path), responseTimeout);
    }

    byte[] get(URI url, Duration timeout) throws InterruptedException {
        return read(request(url, timeout).GET().build()).requireOk(base);
    }

    byte[] get(String path, Duration timeout) throws InterruptedException {
        return get(base.resolve(path), timeout);
    }

    byte[] postJson(String path, byte[] json) throws InterruptedException {
        return tryPostJson(path, json).requireOk(base);
    }

    /// The answer whatever its status.
    Answer tryPostJson(String path, byte[] json) throws InterruptedException {
        return read(request(base.resolve(path), responseTimeout)
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofByteArray(json))
                .build());
    }

    /// A GET whose body is read while it comes in.
    <T> T getStreaming(URI url, Reading<T> reading) throws InterruptedException {
        var request = request(url, responseTimeout).GET().build();
        return exchange(request, body -> network.calls().send(request, body), reading);
    }

    byte[] upload(String path, Multipart form) throws InterruptedException {
        var upload = new WatchedUpload(form.publisher());
        var request = HttpRequest.newBuilder(base.resolve(path))
                .header("Content-Type", form.contentType())
                .POST(upload);
        headers.forEach(header -> request.header(header.getKey(), header.getValue()));
        var built = request.build();
        return exchange(built, body -> sendWatched(built, upload, body), this::whole)
                .requireOk(base);
    }

    /// Sends a body of any length: the JDK's request time-out would run from its first byte on.
    private HttpResponse<AnswerBody> sendWatched(
            HttpRequest request, WatchedUpload upload, HttpResponse.BodyHandler<AnswerBody> into)
            throws IOException, InterruptedException {
        var pending = network.uploads().sendAsync(request, into);
        try {
            Duration glance = stallTimeout.compareTo(responseTimeout) < 0 ? stallTimeout : responseTimeout;
            while (true) {
                Duration patience = upload.isComplete() ? responseTimeout : stallTimeout;
                Duration left = patience.minus(upload.pause());
                if (!left.isPositive()) {
                    throw new HttpTimeoutException("the upload stalled");
                }
                try {
                    return pending.get(Math.min(left.toNanos(), glance.toNanos()), TimeUnit.NANOSECONDS);
                } catch (TimeoutException passed) {
                    // It may have gone on, or have been completed, meanwhile: look again.
                }
            }
        } catch (ExecutionException failed) {
            throw failed.getCause() instanceof IOException broken ? broken : new IOException(failed.getCause());
        } finally {
            pending.cancel(true);
        }
    }

    private HttpRequest.Builder request(URI url, Duration timeout) {
        var request = HttpRequest.newBuilder(url).timeout(timeout);
        for (var header : headers) {
            request.header(header.getKey(), header.getValue());
        }
        return request;
    }

    private Answer read(HttpRequest request) throws InterruptedException {
        return exchange(request, body -> network.calls().send(request, body), this::whole);
    }

    private Answer whole(HttpResponse<AnswerBody> response) throws IOException, InterruptedException {
        return new Answer(
                response.uri().getRawPath(),
                response.statusCode(),
                response.headers(),
                response.body().readAll(LARGEST_ANSWER));
    }

    private <T> T exchange(HttpRequest request, Sending sending, Reading<T> reading) throws InterruptedException {
        // Made before the answer comes: who is interrupted at the moment at which it comes never sees it.
        try (AnswerBody body = new AnswerBody(stallTimeout)) {
            return reading.of(sending.send(ignored -> body));
        } catch (AnswerBody.TooLong tooLong) {
            throw new ComfyException.TooLarge("the answer of " + request.uri() + " is larger than allowed");
        } catch (HttpConnectTimeoutException timeout) {
            throw unreachable("no connection in time", false, timeout);
        } catch (ConnectException refused) {
            throw unreachable("no connection: " + reason(refused), false, refused);
        } catch (HttpTimeoutException timeout) {
            String what = request.timeout()
                    .map(limit -> "no answer within " + Durations.words(limit))
                    .orElse("the upload stalled, or no answer came to it");
            throw unreachable(what, true, timeout);
        } catch (ProtocolException notHttp) {
            throw new ComfyException.Protocol(base + " does not speak HTTP: " + reason(notHttp), notHttp);
        } catch (SSLHandshakeException tls) {
            throw unreachable("no TLS connection: " + reason(tls), false, tls);
        } catch (IOException broken) {
            throw unreachable(reason(broken), true, broken);
        }
    }

    private ComfyException.Unreachable unreachable(String what, boolean sent, IOException cause) {
        return new ComfyException.Unreachable(base + ": " + what, sent, cause);
    }

    private static String reason(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "the host name is unknown";
            }
            if (cause.getMessage() != null && !cause.getMessage().isBlank()) {
                return cause.getMessage();
            }
        }
        return failure instanceof ConnectException
                ? "refused"
                : failure.getClass().getSimpleName();
    }

    @Override
    public void close() {
        if (ownsNetwork) {
            network.close();
        }
    }

    private interface Sending {
        HttpResponse<AnswerBody> send(HttpResponse.BodyHandler<AnswerBody> into)
                throws IOException, InterruptedException;
    }

    /// What is made of an answer; it reads the body, which is closed afterwards.
    interface Reading<T> {
        T of(HttpResponse<AnswerBody> response) throws IOException, InterruptedException;
    }
}
