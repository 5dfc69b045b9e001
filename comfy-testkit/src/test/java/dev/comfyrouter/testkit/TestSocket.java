package dev.comfyrouter.testkit;

import com.fasterxml.jackson.core.JsonProcessingException;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// A WebSocket client over a bare socket, whose frames wait to be read: text as it came, binary frames
/// described.
///
/// Not the JDK's client: that one overlooks the end of a connection now and then.
final class TestSocket implements AutoCloseable {

    private static final int TEXT = 1;
    private static final int CLOSE = 8;

    private final Socket socket;
    private final DataInputStream in;
    private final LinkedBlockingQueue<String> frames = new LinkedBlockingQueue<>();

    private TestSocket(Socket socket) throws IOException {
        this.socket = socket;
        this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    }

    /// @throws IOException with the status line, when the handshake is refused
    static TestSocket open(URI server, String path) throws IOException {
        TestSocket opened = new TestSocket(new Socket(server.getHost(), server.getPort()));
        opened.socket
                .getOutputStream()
                .write(("GET " + server.getPath() + path + " HTTP/1.1\r\nHost: " + server.getAuthority()
                                + "\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                        .getBytes(StandardCharsets.UTF_8));
        String status = opened.line();
        String accept = "";
        for (String header = opened.line(); !header.isEmpty(); header = opened.line()) {
            if (header.startsWith("Sec-WebSocket-Accept: ")) {
                accept = header.substring("Sec-WebSocket-Accept: ".length());
            }
        }
        if (!status.startsWith("HTTP/1.1 101 ")) {
            opened.close();
            throw new IOException(status);
        }
        // The answer to this key stands in RFC 6455.
        if (!accept.equals("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")) {
            throw new AssertionError("wrong answer to the key: " + accept);
        }
        Thread.ofVirtual().name("test-socket").start(opened::read);
        return opened;
    }

    void send(String message) {
        write(TEXT, message.getBytes(StandardCharsets.UTF_8));
    }

    void sayGoodBye() {
        write(CLOSE, new byte[] {3, (byte) 232});
    }

    private void write(int kind, byte[] payload) {
        if (payload.length > 0xFFFF) {
            throw new IllegalArgumentException("too long for this client");
        }
        // Masked with zeros: the mask is there, and the payload stays readable.
        ByteBuffer frame = ByteBuffer.allocate(payload.length + 8)
                .put((byte) (0x80 | kind))
                .put((byte) (0x80 | 126))
                .putShort((short) payload.length)
                .putInt(0)
                .put(payload);
        try {
            socket.getOutputStream().write(frame.array());
        } catch (IOException gone) {
            throw new UncheckedIOException(gone);
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.readUnsignedByte(); next != '\n'; next = in.readUnsignedByte()) {
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    private void read() {
        try {
            while (true) {
                int kind = in.readUnsignedByte() & 0x0F;
                long length = in.readUnsignedByte();
                if (length == 126) {
                    length = in.readUnsignedShort();
                } else if (length == 127) {
                    length = in.readLong();
                }
                byte[] payload = in.readNBytes((int) length);
                if (kind == CLOSE) {
                    frames.add("close " + ByteBuffer.wrap(payload).getShort());
                    return;
                }
                frames.add(
                        kind == TEXT
                                ? new String(payload, StandardCharsets.UTF_8)
                                : described(ByteBuffer.wrap(payload)));
            }
        } catch (IOException cut) {
            frames.add("close 1006");
        }
    }

    private static String described(ByteBuffer frame) {
        int type = frame.getInt();
        int word = frame.getInt();
        return switch (type) {
            case 1 -> "preview of format " + word;
            case 3 -> {
                String node = text(frame, word);
                yield "text frame of " + node + ": " + text(frame, frame.remaining());
            }
            case 4 -> "preview with " + Normalised.of(Json.objectOf(text(frame, word)));
            default -> "binary frame of type " + type;
        };
    }

    private static String text(ByteBuffer frame, int length) {
        byte[] bytes = new byte[length];
        frame.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /// The next frame.
    String next() throws InterruptedException {
        String frame = frames.poll(TestClient.PATIENCE.toSeconds(), TimeUnit.SECONDS);
        if (frame == null) {
            throw new AssertionError("no frame within " + TestClient.PATIENCE);
        }
        return frame;
    }

    /// The next frame, if it comes in time.
    Optional<String> next(Duration atMost) throws InterruptedException {
        return Optional.ofNullable(frames.poll(atMost.toMillis(), TimeUnit.MILLISECONDS));
    }

    /// The frames up to and with the first that contains this.
    List<String> until(String part) throws InterruptedException {
        List<String> seen = new ArrayList<>();
        while (true) {
            String frame = next();
            seen.add(frame);
            if (frame.contains(part)) {
                return seen;
            }
        }
    }

    /// Types of the frames up to `executing` without a node, `progress_state` left out.
    List<String> typesToTheEnd() throws InterruptedException, JsonProcessingException {
        List<String> types = new ArrayList<>();
        for (String frame : until("\"node\":null")) {
            String type = type(frame);
            if (!type.equals("progress_state")) {
                types.add(type);
            }
        }
        return types;
    }

    static String type(String frame) throws JsonProcessingException {
        return frame.startsWith("{")
                ? Json.read(frame.getBytes(StandardCharsets.UTF_8)).path("type").asText()
                : frame;
    }

    @Override
    public void close() {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            throw new UncheckedIOException(alreadyGone);
        }
    }
}
