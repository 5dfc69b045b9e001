package dev.comfyrouter.server.schedule;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Authenticator;
import java.net.CookieHandler;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.Flow;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/// HTTP to a server in this process, on the caller's thread.
final class SimulatedHttp extends HttpClient {
    /// What a server answers.
    record Answer(int status, String body) {}

    /// A server.
    interface Server {
        /// Answers a request whose caller waits for `timeout`.
        Answer answer(String method, URI url, byte[] body, Duration timeout) throws IOException, InterruptedException;
    }

    private final Server server;

    SimulatedHttp(Server server) {
        this.server = server;
    }

    @Override
    public <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> handler)
            throws IOException, InterruptedException {
        byte[] body = request.bodyPublisher().map(SimulatedHttp::bytes).orElseGet(() -> new byte[0]);
        Answer answer = server.answer(
                request.method(), request.uri(), body, request.timeout().orElse(Duration.ofSeconds(30)));
        byte[] bytes = answer.body().getBytes(StandardCharsets.UTF_8);
        HttpHeaders headers = HttpHeaders.of(
                Map.of("Content-Length", List.of(Integer.toString(bytes.length))), (name, value) -> true);
        BodySubscriber<T> subscriber = handler.apply(new Info(answer.status(), headers));
        subscriber.onSubscribe(new Whole<>(subscriber, bytes));
        return new Response<>(
                request,
                answer.status(),
                headers,
                subscriber.getBody().toCompletableFuture().join());
    }

    private static byte[] bytes(HttpRequest.BodyPublisher publisher) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        publisher.subscribe(new Flow.Subscriber<>() {
            @Override
            public void onSubscribe(Flow.Subscription subscription) {
                subscription.request(Long.MAX_VALUE);
            }

            @Override
            public void onNext(ByteBuffer buffer) {
                byte[] piece = new byte[buffer.remaining()];
                buffer.get(piece);
                bytes.writeBytes(piece);
            }

            @Override
            public void onError(Throwable failed) {
                throw new IllegalStateException(failed);
            }

            @Override
            public void onComplete() {}
        });
        return bytes.toByteArray();
    }

    /// Gives the whole body at the first wish for a piece.
    private static final class Whole<T> implements Flow.Subscription {
        private final BodySubscriber<T> subscriber;
        private final byte[] body;
        private boolean given;

        Whole(BodySubscriber<T> subscriber, byte[] body) {
            this.subscriber = subscriber;
            this.body = body;
        }

        @Override
        public void request(long pieces) {
            if (!given) {
                given = true;
                subscriber.onNext(List.of(ByteBuffer.wrap(body)));
                subscriber.onComplete();
            }
        }

        @Override
        public void cancel() {
            given = true;
        }
    }

    private record Info(int statusCode, HttpHeaders headers) implements HttpResponse.ResponseInfo {
        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    private record Response<T>(HttpRequest request, int statusCode, HttpHeaders headers, T body)
            implements HttpResponse<T> {
        @Override
        public Optional<HttpResponse<T>> previousResponse() {
            return Optional.empty();
        }

        @Override
        public Optional<SSLSession> sslSession() {
            return Optional.empty();
        }

        @Override
        public URI uri() {
            return request.uri();
        }

        @Override
        public Version version() {
            return Version.HTTP_1_1;
        }
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(HttpRequest request, HttpResponse.BodyHandler<T> handler) {
        throw new UnsupportedOperationException("the simulated tasks upload nothing");
    }

    @Override
    public <T> CompletableFuture<HttpResponse<T>> sendAsync(
            HttpRequest request, HttpResponse.BodyHandler<T> handler, HttpResponse.PushPromiseHandler<T> pushes) {
        throw new UnsupportedOperationException("the simulated tasks upload nothing");
    }

    @Override
    public Optional<CookieHandler> cookieHandler() {
        return Optional.empty();
    }

    @Override
    public Optional<Duration> connectTimeout() {
        return Optional.empty();
    }

    @Override
    public Redirect followRedirects() {
        return Redirect.NEVER;
    }

    @Override
    public Optional<ProxySelector> proxy() {
        return Optional.empty();
    }

    @Override
    public SSLContext sslContext() {
        throw new UnsupportedOperationException("no TLS is simulated");
    }

    @Override
    public SSLParameters sslParameters() {
        throw new UnsupportedOperationException("no TLS is simulated");
    }

    @Override
    public Optional<Authenticator> authenticator() {
        return Optional.empty();
    }

    @Override
    public Version version() {
        return Version.HTTP_1_1;
    }

    @Override
    public Optional<Executor> executor() {
        return Optional.empty();
    }
}
