package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SlowPeersTest {
    private final Watchdog watchdog = new Watchdog(Duration.ofMillis(20));
    private final BodyBudget budget = new BodyBudget(1 << 20);
    private final Answers answers = new Answers(watchdog, Duration.ofMillis(200));
    private final Bodies bodies = new Bodies(watchdog, budget, 1 << 20, Duration.ofMillis(200));
    private final CompletableFuture<Throwable> failure = new CompletableFuture<>();
    private final WebServer server = WebServer.builder()
            .host("127.0.0.1")
            .port(0)
            .shutdownHook(false)
            .routing(routing -> {
                new Problems(answers).install(routing);
                routing.addFilter(new Leftovers(watchdog, Duration.ofMillis(200)))
                        .post("/body", (request, response) -> {
                            try {
                                bodies.object(request);
                                response.send();
                            } catch (RuntimeException cutOff) {
                                failure.complete(cutOff);
                                throw cutOff;
                            }
                        })
                        .post("/unread", (request, response) -> response.send())
                        .get("/stream", (request, response) -> {
                            byte[] event =
                                    Sse.event("x", java.util.Optional.empty(), java.nio.ByteBuffer.allocate(65_536));
                            try (Sse stream = Sse.open(response, answers)) {
                                while (true) {
                                    stream.send(event);
                                }
                            } catch (RuntimeException cutOff) {
                                failure.complete(cutOff);
                                throw cutOff;
                            }
                        })
                        .get("/large", (request, response) -> {
                            try {
                                answers.send(response, new byte[64 << 20]);
                            } catch (RuntimeException cutOff) {
                                failure.complete(cutOff);
                                throw cutOff;
                            }
                        });
            })
            .build()
            .start();

    @AfterEach
    void stop() {
        server.stop();
        watchdog.close();
    }

    @Test
    void aBodyThatStandsStillClosesTheSocket() throws Exception {
        try (Socket socket = connect(post("/body", 1000) + "{")) {
            assertClosed(socket);
        }
        assertThat(failure.get()).isNotNull();
    }

    @Test
    void aBodyThatNobodyWantsAndThatDoesNotComeClosesTheSocket() throws Exception {
        try (Socket socket = connect(post("/unread", 1000) + "{")) {
            assertThat(new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
                    .isEqualTo("HTTP/1.1 200");
            assertClosed(socket);
        }
    }

    @Test
    void aBodyThatNobodyWantsButThatComesKeepsTheConnection() throws Exception {
        String twice = post("/unread", 5) + "12345" + post("/unread", 5) + "12345";
        try (Socket socket = connect(twice)) {
            InputStream in = socket.getInputStream();
            var text = new StringBuilder();
            while (text.toString().split("HTTP/1.1 200", -1).length < 3) {
                text.append((char) in.read());
            }
        }
    }

    @Test
    void aReaderOfAStreamWhoStopsReadingIsCutOff() throws Exception {
        try (Socket socket = connect("GET /stream HTTP/1.1\r\nHost: x\r\n\r\n")) {
            assertThat(failure.get()).isNotNull();
            drain(socket);
        }
    }

    @Test
    void aReaderOfALargeAnswerWhoStopsReadingIsCutOff() throws Exception {
        try (Socket socket = connect("GET /large HTTP/1.1\r\nHost: x\r\n\r\n")) {
            assertThat(failure.get()).isNotNull();
            drain(socket);
        }
    }

    private static String post(String path, int length) {
        return "POST " + path + " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: " + length
                + "\r\n\r\n";
    }

    /// Reads what had been sent before the cut; then the connection is over.
    private static void drain(Socket socket) throws IOException {
        byte[] buffer = new byte[1 << 16];
        try {
            while (socket.getInputStream().read(buffer) >= 0) {} // what is on the way
        } catch (SocketException reset) {
            assertThat(reset).hasMessageContaining("reset");
        }
    }

    private static void assertClosed(Socket socket) throws IOException {
        socket.setSoTimeout(60_000);
        drain(socket);
        assertThatThrownBy(() -> {
                    for (int i = 0; i < 1_000_000; i++) {
                        socket.getOutputStream().write(new byte[1024]);
                    }
                })
                .isInstanceOf(SocketException.class);
    }

    private Socket connect(String request) throws IOException {
        var socket = new Socket();
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), server.port()));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }
}
