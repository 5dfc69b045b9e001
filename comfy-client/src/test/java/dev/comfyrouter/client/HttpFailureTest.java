package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HttpFailureTest {
    private static final PromptId PROMPT = PromptId.of("11111111-2222-4333-8444-555555555555");
    private static final OutputFile FILE = new OutputFile("9", "images", "a.png", "", "output");
    private static final Duration SOON = Duration.ofMillis(150);

    private static <T extends ComfyException> T submitFails(ComfyClient client, Class<T> kind) {
        return catchThrowableOfType(kind, () -> client.submit(Graphs.submission(PROMPT)));
    }

    @Test
    void aRefusedConnectionIsUnreachableAndNothingWasSent() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }
        try (var client =
                ComfyClient.builder(URI.create("http://127.0.0.1:" + port)).build()) {
            var error = submitFails(client, ComfyException.Unreachable.class);
            assertThat(error.outcomeUnknown()).isFalse();
            assertThat(error).hasMessageContaining("127.0.0.1:" + port).hasMessageContaining("refused");
        }
    }

    @Test
    void anUnknownHostIsUnreachableByName() {
        try (var client = ComfyClient.builder(URI.create("http://no-such-host.invalid:8188"))
                .build()) {
            var error = submitFails(client, ComfyException.Unreachable.class);
            assertThat(error.outcomeUnknown()).isFalse();
            assertThat(error).hasMessageContaining("no-such-host.invalid").hasMessageContaining("host name is unknown");
        }
    }

    @Test
    void aServerThatNeverAnswersIsGivenUpWithUnknownOutcome() {
        try (var server = RawServer.start((request, peer) -> peer.silence());
                var client =
                        ComfyClient.builder(server.url()).responseTimeout(SOON).build()) {
            var error = submitFails(client, ComfyException.Unreachable.class);
            assertThat(error.outcomeUnknown()).isTrue();
            assertThat(error).hasMessageContaining("no answer within 150 ms");
        }
    }

    @Test
    void aHealthCheckHasATimeOutOfItsOwn() {
        try (var server = RawServer.start((request, peer) -> peer.silence());
                var client = server.client()) {
            assertThat(catchThrowableOfType(ComfyException.Unreachable.class, () -> client.queueRemaining(SOON)))
                    .hasMessageContaining("150 ms");
        }
    }

    @Test
    void aBodyThatStallsAfterTheHeadersIsGivenUp() {
        try (var server = RawServer.start((request, peer) -> {
                    peer.raw(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"prompt_id\":");
                    peer.silence();
                });
                var client =
                        ComfyClient.builder(server.url()).stallTimeout(SOON).build()) {
            var error = submitFails(client, ComfyException.Unreachable.class);
            assertThat(error).hasMessageContaining("stalled: no byte for 150 ms");
            assertThat(error.outcomeUnknown()).isTrue();
        }
    }

    @Test
    void aBodyThatComesByteByByteIsReadToTheEnd() throws Exception {
        String json = "{\"exec_info\":{\"queue_remaining\":3}}";
        try (var server = RawServer.start((request, peer) -> {
                    peer.raw("HTTP/1.1 200 OK\r\nContent-Length: " + json.length() + "\r\n\r\n");
                    for (byte b : json.getBytes(StandardCharsets.UTF_8)) {
                        peer.raw(new byte[] {b});
                    }
                });
                var client = server.client()) {
            assertThat(client.queueRemaining()).isEqualTo(3);
        }
    }

    @Test
    void aBodyThatBreaksOffIsUnreachable() {
        try (var server = RawServer.start((request, peer) -> {
                    peer.raw(
                            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"prompt_id\":");
                    peer.close();
                });
                var client = server.client()) {
            assertThat(submitFails(client, ComfyException.Unreachable.class).outcomeUnknown())
                    .isTrue();
        }
    }

    @Test
    void aServerThatHangsUpInsteadOfAnsweringIsUnreachable() {
        try (var server = RawServer.start((request, peer) -> peer.close());
                var client = server.client()) {
            assertThat(submitFails(client, ComfyException.Unreachable.class).outcomeUnknown())
                    .isTrue();
        }
    }

    @Test
    void aServerErrorSaysThatTheOutcomeIsUnknownAndKeepsTheText() {
        try (var server = RawServer.answering(
                        500, "text/plain", "500 Internal Server Error\n\nServer got itself in trouble");
                var client = server.client()) {
            var error = submitFails(client, ComfyException.ServerError.class);
            assertThat(error.status()).isEqualTo(500);
            assertThat(error.outcomeUnknown()).isTrue();
            assertThat(error).hasMessageContaining("Server got itself in trouble");
        }
    }

    @Test
    void aPageInsteadOfJsonIsAProtocolErrorThatShowsItsBeginning() {
        try (var server = RawServer.answering(200, "text/html", "<html><title>Log in</title></html>");
                var client = server.client()) {
            assertThat(submitFails(client, ComfyException.Protocol.class))
                    .hasMessageContaining("<title>Log in</title>");
            assertThat(catchThrowableOfType(ComfyException.Protocol.class, client::queue))
                    .hasMessageContaining("/queue")
                    .hasMessageContaining("Log in");
            assertThat(catchThrowableOfType(ComfyException.Protocol.class, client::objectInfo))
                    .hasMessageContaining("Log in");
        }
    }

    @Test
    void somethingThatIsNotHttpIsAProtocolErrorOrUnreachable() {
        try (var server = RawServer.start((request, peer) -> {
                    peer.raw("220 mail.example.org ESMTP\r\n\r\n");
                    peer.close();
                });
                var client = server.client()) {
            assertThat(submitFails(client, ComfyException.class))
                    .isInstanceOfAny(ComfyException.Protocol.class, ComfyException.Unreachable.class);
        }
    }

    @Test
    void jsonOfAnotherProgramIsAProtocolError() {
        try (var server = RawServer.answering("{\"status\":\"ok\"}");
                var client = server.client()) {
            assertThat(catchThrowableOfType(ComfyException.Protocol.class, client::queueRemaining))
                    .hasMessageContaining("is not ComfyUI");
            assertThat(catchThrowableOfType(ComfyException.Protocol.class, client::queue))
                    .hasMessageContaining("is not ComfyUI");
            assertThat(catchThrowableOfType(ComfyException.Protocol.class, client::systemStats))
                    .hasMessageContaining("is not ComfyUI");
            assertThat(catchThrowableOfType(ComfyException.Protocol.class, () -> client.models("loras")))
                    .hasMessageContaining("is not ComfyUI");
        }
    }

    @Test
    void aRedirectIsNotFollowed() {
        try (var server = RawServer.start((request, peer) -> peer.raw(
                        "HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\nContent-Length: 0\r\n\r\n"));
                var client = server.client()) {
            assertThat(submitFails(client, ComfyException.Protocol.class))
                    .hasMessageContaining("http://elsewhere.example/");
            assertThat(server.seen()).hasSize(1);
        }
    }

    @Test
    void otherStatusesAreToldApart() {
        try (var server = RawServer.start((request, peer) -> {
                    String status = request.path().substring("/models/".length());
                    peer.answer(Integer.parseInt(status), "", "");
                });
                var client = server.client()) {
            assertThat(catchThrowableOfType(ComfyException.Denied.class, () -> client.models("401"))
                            .status())
                    .isEqualTo(401);
            assertThat(catchThrowableOfType(ComfyException.Denied.class, () -> client.models("403"))
                            .status())
                    .isEqualTo(403);
            assertThat(catchThrowableOfType(ComfyException.NotFound.class, () -> client.models("404")))
                    .hasMessageContaining("/models/404");
            assertThat(catchThrowableOfType(ComfyException.NotFound.class, () -> client.models("405")))
                    .isNotNull();
            assertThat(catchThrowableOfType(ComfyException.TooLarge.class, () -> client.models("413")))
                    .hasMessageContaining("--max-upload-size");
            assertThat(catchThrowableOfType(ComfyException.Rejected.class, () -> client.models("418"))
                            .status())
                    .isEqualTo(418);
            assertThat(catchThrowableOfType(ComfyException.ServerError.class, () -> client.models("502"))
                            .status())
                    .isEqualTo(502);
        }
    }

    @Test
    void aSubmissionIsNeverSentAgainOnAConnectionThatTheServerClosedMeanwhile() throws Exception {
        var prompts = new AtomicInteger();
        try (var server = RawServer.start((request, peer) -> {
                    if (request.method().equals("GET")) {
                        peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
                    } else {
                        prompts.incrementAndGet();
                        peer.close();
                    }
                });
                var client = server.client()) {
            assertThat(client.queueRemaining()).isZero();
            assertThat(submitFails(client, ComfyException.Unreachable.class).outcomeUnknown())
                    .isTrue();
            assertThat(server.connectionsMade()).isEqualTo(1);
            assertThat(client.queueRemaining()).isZero();
            assertThat(prompts).hasValue(1);
        }
    }

    @Test
    void aReadIsSentAgainOnAConnectionThatTheServerClosedMeanwhile() throws Exception {
        var requests = new AtomicInteger();
        try (var server = RawServer.start((request, peer) -> {
                    if (requests.incrementAndGet() == 2) {
                        peer.close();
                    } else {
                        peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
                    }
                });
                var client = server.client()) {
            assertThat(client.queueRemaining()).isZero();
            assertThat(client.queueRemaining()).isZero();
            assertThat(requests).hasValue(3);
        }
    }

    @Test
    void oneConnectionServesManyCalls() throws Exception {
        try (var server = RawServer.answering("{\"exec_info\":{\"queue_remaining\":0}}");
                var client = server.client()) {
            for (int i = 0; i < 20; i++) {
                assertThat(client.queueRemaining()).isZero();
            }
            assertThat(server.connectionsMade()).isEqualTo(1);
        }
    }

    @Test
    void anInterruptedSubmissionHangsUp() throws Exception {
        interruptedCallHangsUp((request, peer) -> {}, client -> client.submit(Graphs.submission(PROMPT)));
    }

    @Test
    void anInterruptedReadOfABodyHangsUp() throws Exception {
        interruptedCallHangsUp(
                (request, peer) -> peer.raw("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc"),
                client -> client.view(FILE, new ByteArrayOutputStream(), 1000));
    }

    private interface Call {
        Object on(ComfyClient client) throws IOException, InterruptedException;
    }

    private static void interruptedCallHangsUp(RawServer.Handler answer, Call call) throws Exception {
        var asked = new CountDownLatch(1);
        var hungUp = new CountDownLatch(1);
        try (var server = RawServer.start((request, peer) -> {
                    answer.handle(request, peer);
                    asked.countDown();
                    peer.silence();
                    hungUp.countDown();
                });
                var client = server.client();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Object> pending = threads.submit(() -> {
                try {
                    return call.on(client);
                } catch (InterruptedException wanted) {
                    return "interrupted";
                }
            });
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            threads.shutdownNow();
            assertThat(result(pending)).isEqualTo("interrupted");
            assertThat(hungUp.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static Object result(Future<Object> pending) throws InterruptedException, ExecutionException {
        return pending.get();
    }

    @Test
    void closingTheClientEndsItsCalls() throws Exception {
        var asked = new CountDownLatch(1);
        try (var server = RawServer.start((request, peer) -> {
                    asked.countDown();
                    peer.silence();
                });
                var client = server.client();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Throwable> failure = threads.submit(() -> catchThrowableOfType(
                    ComfyException.Unreachable.class, () -> client.submit(Graphs.submission(PROMPT))));
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            client.close();
            assertThat(failure.get()).isNotNull();
        }
    }
}
