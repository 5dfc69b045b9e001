package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

class EventStreamTest {
    private static final Duration LONG = Duration.ofSeconds(20);
    private static final String STATUS =
            "{\"type\":\"status\",\"data\":{\"status\":{\"exec_info\":{\"queue_remaining\":2}}}}";

    private static ComfyEvent next(EventStream stream) throws InterruptedException {
        return stream.poll(LONG).orElseThrow(() -> new AssertionError("no event came"));
    }

    private static ComfyException.Unreachable lost(EventStream stream) {
        return catchThrowableOfType(ComfyException.Unreachable.class, () -> stream.poll(LONG));
    }

    @Test
    void theFirstMessageNegotiatesPreviewsWithMetadata() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("me & you")) {
            assertThat(stream.clientId()).isEqualTo("me & you");
            var frame = server.frame();
            assertThat(frame.opcode()).isEqualTo(WebSocketPeer.TEXT);
            assertThat(frame.payload())
                    .isEqualTo("{\"type\":\"feature_flags\",\"data\":{\"supports_preview_metadata\":true}}");
            assertThat(server.upgrade().target()).isEqualTo("/ws?clientId=me%20%26%20you");
        }
    }

    @Test
    void theHandshakeCarriesPrefixCredentialsAndHeadersButNoOrigin() throws Exception {
        try (var server = EventServer.start();
                var client = ComfyClient.builder(
                                URI.create(server.http().url().toString().replace("//", "//me:secret@") + "/node/7"))
                        .header("X-Tenant", "blue")
                        .build();
                var stream = client.events("c")) {
            assertThat(stream.isOpen()).isTrue();
            var upgrade = server.upgrade();
            assertThat(upgrade.path()).isEqualTo("/node/7/ws");
            assertThat(upgrade.header("Authorization")).isEqualTo("Basic bWU6c2VjcmV0");
            assertThat(upgrade.header("X-Tenant")).isEqualTo("blue");
            assertThat(upgrade.headers()).doesNotContainKeys("origin", "sec-websocket-extensions");
        }
    }

    @Test
    void messagesComeInOrderWholeAndTyped() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("c")) {
            var socket = server.socket();
            socket.text(STATUS);
            socket.send(WebSocketPeer.TEXT, false, "{\"type\":\"executing\",".getBytes(StandardCharsets.UTF_8));
            socket.send(WebSocketPeer.PING, true, new byte[0]);
            socket.send(
                    WebSocketPeer.CONTINUATION, true, "\"data\":{\"node\":\"7\"}}".getBytes(StandardCharsets.UTF_8));
            socket.binary(new byte[] {0, 0, 0, 1, 0, 0, 0, 1, 42});
            socket.binary(new byte[] {0, 0, 0, 9, 1, 2});
            assertThat(next(stream)).isEqualTo(new ComfyEvent.QueueStatus(2, Optional.empty()));
            assertThat(next(stream))
                    .isInstanceOfSatisfying(
                            ComfyEvent.Executing.class,
                            executing -> assertThat(executing.node()).contains("7"));
            assertThat(next(stream))
                    .isInstanceOfSatisfying(
                            ComfyEvent.Preview.class,
                            preview -> assertThat(preview.image()).isEqualTo(Bytes.copyOf(new byte[] {42})));
            assertThat(next(stream)).isEqualTo(new ComfyEvent.UnknownFrame(9, Bytes.copyOf(new byte[] {1, 2})));
        }
    }

    @Test
    void aFrameShorterThanItsHeaderIsReportedAndTheStreamGoesOn() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("c")) {
            var socket = server.socket();
            socket.binary(new byte[0]);
            socket.binary(new byte[] {0, 0, 0});
            socket.binary(new byte[] {0, 0, 0, 1, 0, 0});
            socket.binary(new byte[] {0, 0, 0, 4, 0, 0, 1, 0, '{', '}'});
            socket.binary(new byte[] {0, 0, 0, 3, -1, -1, -1, -1, 'a'});
            socket.text("{\"type\":");
            socket.text(STATUS);
            for (int i = 0; i < 6; i++) {
                assertThat(next(stream)).isInstanceOf(ComfyEvent.Malformed.class);
            }
            assertThat(next(stream)).isInstanceOf(ComfyEvent.QueueStatus.class);
        }
    }

    @Test
    void aLargeFrameArrivesWhole() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("c")) {
            byte[] frame = ByteBuffer.allocate(20 << 20).putInt(1).putInt(2).array();
            server.socket().binary(frame);
            assertThat(next(stream)).isInstanceOfSatisfying(ComfyEvent.Preview.class, preview -> {
                assertThat(preview.contentType()).isEqualTo("image/png");
                assertThat(preview.image().size()).isEqualTo(frame.length - 8);
            });
        }
    }

    @Test
    void aFrameBeyondTheLimitEndsTheStreamWithAReasonThatSaysWhatToDo() throws Exception {
        try (var server = EventServer.start();
                var client = ComfyClient.builder(server.http().url())
                        .maxFrameBytes(64 << 10)
                        .build();
                var stream = client.events("c");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var socket = server.socket();
            socket.text(STATUS);
            // The client hangs up in the middle of it.
            var unused = threads.submit(() -> {
                socket.binary(new byte[1 << 20]);
                return "sent";
            });
            assertThat(next(stream)).isInstanceOf(ComfyEvent.QueueStatus.class);
            assertThat(lost(stream))
                    .hasMessageContaining("frame of more than 65536 bytes")
                    .hasMessageContaining("maxFrameBytes");
            assertThat(stream.isOpen()).isFalse();
        }
    }

    @Test
    void fragmentsTogetherBeyondTheLimitEndTheStreamToo() throws Exception {
        try (var server = EventServer.start();
                var client = ComfyClient.builder(server.http().url())
                        .maxFrameBytes(64 << 10)
                        .build();
                var stream = client.events("c");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var socket = server.socket();
            var unused = threads.submit(() -> {
                socket.send(WebSocketPeer.BINARY, false, new byte[50_000]);
                socket.send(WebSocketPeer.CONTINUATION, true, new byte[50_000]);
                return "sent";
            });
            assertThat(lost(stream)).hasMessageContaining("frame of more than 65536 bytes");
        }
    }

    @Test
    void whatCameBeforeTheConnectionWasLostIsStillRead() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("c")) {
            var socket = server.socket();
            socket.text(STATUS);
            socket.hangUp();
            assertThat(next(stream)).isInstanceOf(ComfyEvent.QueueStatus.class);
            assertThat(lost(stream)).hasMessageContaining("event stream is gone");
            assertThat(lost(stream)).isNotNull();
        }
    }

    @Test
    void aCloseOfTheServerIsReportedWithItsCode() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("c")) {
            server.socket()
                    .send(WebSocketPeer.CLOSE, true, new byte[] {1001 >> 8, (byte) (1001 & 0xff), 'b', 'y', 'e'});
            assertThat(lost(stream)).hasMessageContaining("1001").hasMessageContaining("bye");
        }
    }

    @Test
    void closingSaysGoodbyeAndHangsUp() throws Exception {
        var hungUp = new CountDownLatch(1);
        try (var server = RawServer.start((request, peer) -> {
                    if (request.header("Upgrade").isEmpty()) {
                        peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
                        return;
                    }
                    WebSocketPeer socket = peer.upgrade(request);
                    assertThat(socket.read().opcode()).isEqualTo(WebSocketPeer.TEXT);
                    assertThat(socket.read().closeCode()).isEqualTo(1000);
                    peer.silence();
                    hungUp.countDown();
                });
                var client = server.client()) {
            client.events("c").close();
            assertThat(hungUp.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void aReaderThatWaitsIsWokenWhenTheStreamIsClosed() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client();
                var stream = client.events("c");
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<ComfyException.Unreachable> failure = threads.submit(() -> lost(stream));
            stream.close();
            assertThat(failure.get()).hasMessageContaining("it was closed");
        }
    }

    @Test
    void aPeerThatIsOnlySilentIsAskedForASignOfLifeAndKept() throws Exception {
        var now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        try (var server = EventServer.start();
                var client =
                        ComfyClient.builder(server.http().url()).clock(now::get).build();
                var stream = client.events("c")) {
            var socket = server.socket();
            assertThat(server.frame().opcode()).isEqualTo(WebSocketPeer.TEXT);
            now.set(now.get().plusSeconds(14));
            assertThat(stream.poll(Duration.ZERO)).isEmpty();
            now.set(now.get().plusSeconds(2));
            assertThat(stream.poll(Duration.ZERO)).isEmpty();
            assertThat(server.frame().opcode()).isEqualTo(WebSocketPeer.PING);
            now.set(now.get().plusSeconds(10));
            socket.send(WebSocketPeer.PONG, true, new byte[0]);
            // The status behind the pong tells that the pong has been seen.
            socket.text(STATUS);
            assertThat(next(stream)).isInstanceOf(ComfyEvent.QueueStatus.class);
            assertThat(stream.lastReceived()).isEqualTo(now.get());
            now.set(now.get().plusSeconds(14));
            assertThat(stream.poll(Duration.ZERO)).isEmpty();
            assertThat(stream.isOpen()).isTrue();
        }
    }

    @Test
    void aPeerThatDoesNotEvenAnswerAPingCountsAsLost() throws Exception {
        var now = new AtomicReference<>(Instant.parse("2026-01-01T00:00:00Z"));
        try (var server = EventServer.start();
                var client =
                        ComfyClient.builder(server.http().url()).clock(now::get).build();
                var stream = client.events("c")) {
            now.set(now.get().plusSeconds(300));
            assertThat(stream.poll(Duration.ZERO)).isEmpty();
            assertThat(stream.isOpen()).isTrue();
            now.set(now.get().plusSeconds(21));
            assertThat(lost(stream)).hasMessageContaining("no sign of life");
            assertThat(stream.isOpen()).isFalse();
        }
    }

    @Test
    void aRefusedHandshakeSaysWhy() {
        for (int status : new int[] {401, 404, 503}) {
            try (var server = RawServer.start((request, peer) -> {
                        if (request.header("Upgrade").isEmpty()) {
                            peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
                        } else {
                            peer.answer(status, "", "");
                        }
                    });
                    var client = server.client()) {
                Class<? extends ComfyException> expected = switch (status) {
                    case 401 -> ComfyException.Denied.class;
                    case 404 -> ComfyException.Protocol.class;
                    default -> ComfyException.Unreachable.class;
                };
                assertThat(catchThrowableOfType(ComfyException.class, () -> client.events("c")))
                        .isInstanceOf(expected)
                        .hasMessageContaining(" " + status + " ");
            }
        }
    }

    @Test
    void aServerThatNeverAnswersIsGivenUp() {
        try (var server = RawServer.start((request, peer) -> peer.silence());
                var client = ComfyClient.builder(server.url())
                        .connectTimeout(Duration.ofMillis(150))
                        .build()) {
            assertThat(catchThrowableOfType(ComfyException.Unreachable.class, () -> client.events("c")))
                    .hasMessageContaining("150 ms");
        }
    }

    @Test
    void aServerThatOnlyNeverAnswersTheHandshakeIsGivenUpAndALateAnswerIsClosed() throws Exception {
        var late = new CountDownLatch(1);
        var hungUp = new CountDownLatch(1);
        try (var server = RawServer.start((request, peer) -> {
                    if (request.header("Upgrade").isEmpty()) {
                        peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
                        return;
                    }
                    late.await();
                    var unused = peer.upgrade(request);
                    peer.silence();
                    hungUp.countDown();
                });
                var client = ComfyClient.builder(server.url())
                        .connectTimeout(Duration.ofSeconds(1))
                        .build()) {
            assertThat(catchThrowableOfType(ComfyException.Unreachable.class, () -> client.events("c")))
                    .isNotNull();
            late.countDown();
            assertThat(hungUp.await(20, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void anInterruptedOpeningIsGivenUp() throws Exception {
        var asked = new CountDownLatch(1);
        try (var server = RawServer.start((request, peer) -> {
                    if (request.header("Upgrade").isEmpty()) {
                        peer.answer("{\"exec_info\":{\"queue_remaining\":0}}");
                        return;
                    }
                    asked.countDown();
                    peer.silence();
                });
                var client = server.client();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<String> opening = threads.submit(() -> {
                try (var stream = client.events("c")) {
                    return stream.clientId();
                } catch (InterruptedException wanted) {
                    return "interrupted";
                }
            });
            assertThat(asked.await(20, TimeUnit.SECONDS)).isTrue();
            threads.shutdownNow();
            assertThat(opening.get()).isEqualTo("interrupted");
        }
    }

    @Test
    void manyStreamsLiveSideBySide() throws Exception {
        try (var server = EventServer.start();
                var client = server.http().client()) {
            var first = client.events("a");
            var firstSocket = server.socket();
            var second = client.events("b");
            var secondSocket = server.socket();
            first.close();
            firstSocket.hangUp();
            secondSocket.text(STATUS);
            assertThat(next(second)).isInstanceOf(ComfyEvent.QueueStatus.class);
            second.close();
        }
    }
}
