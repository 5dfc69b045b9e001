package dev.comfyrouter.server.http;

import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/// One stream of server-sent events, written by one thread; a reader who does not read is cut off.
final class Sse implements AutoCloseable {
    /// Every stream says something at least this often, so that silence means a lost connection.
    static final Duration HEARTBEAT = Duration.ofSeconds(4);

    /// No stream tells of changes more often than this.
    static final Duration PACE = Duration.ofMillis(250);

    private final OutputStream out;
    private final Answers answers;

    private Sse(OutputStream out, Answers answers) {
        this.out = out;
        this.answers = answers;
    }

    static Sse open(ServerResponse response, Answers answers) {
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, "text/event-stream"))
                .header(Answers.NO_STORE)
                .header(Answers.NO_SNIFF)
                .header(HeaderValues.create("X-Accel-Buffering", "no"));
        var stream = new Sse(response.outputStream(), answers);
        answers.streamOpened();
        return stream;
    }

    /// An event as it goes over the wire. `data` is JSON on one line.
    static byte[] event(String name, Optional<String> id, ByteBuffer data) {
        byte[] head = ("event: " + name + "\n"
                        + id.map(text -> "id: " + text + "\n").orElse("") + "data: ")
                .getBytes(StandardCharsets.UTF_8);
        ByteBuffer event = ByteBuffer.allocate(head.length + data.remaining() + 2);
        event.put(head).put(data.duplicate()).put((byte) '\n').put((byte) '\n');
        return event.array();
    }

    void send(String name, Optional<String> id, Object data) {
        send(event(name, id, ByteBuffer.wrap(Json.bytes(data))));
    }

    void ping(Instant now) {
        send("ping", Optional.empty(), Map.of("now", now));
    }

    /// Writes a whole event and waits until the socket has taken it.
    void send(byte[] event) {
        try (var guard = answers.watch()) {
            out.write(event);
            out.flush();
        } catch (IOException | UncheckedIOException gone) {
            throw new CloseConnectionException("the reader has gone", gone);
        }
    }

    @Override
    public void close() {
        answers.streamClosed();
        try {
            out.close();
        } catch (IOException gone) {
            throw new CloseConnectionException("the reader has gone", gone);
        }
    }
}
