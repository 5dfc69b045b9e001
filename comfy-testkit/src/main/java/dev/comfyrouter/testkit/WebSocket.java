package dev.comfyrouter.testkit;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/// The server's end of one WebSocket connection: frames go out in order through one writer thread.
final class WebSocket {

    private static final System.Logger LOG = System.getLogger(WebSocket.class.getName());
    private static final String KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    private static final int MAX_INCOMING = 4 * 1024 * 1024;
    private static final int MAX_WAITING = 4096;
    private static final int TEXT = 1;
    private static final int BINARY = 2;
    private static final int CLOSE = 8;
    private static final int PING = 9;
    private static final int PONG = 10;
    private static final Duration GOOD_BYE = Duration.ofSeconds(1);

    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Frame(int kind, byte[] payload) {}

    private final Socket socket;
    private final BlockingQueue<Frame> waiting = new ArrayBlockingQueue<>(MAX_WAITING);

    private WebSocket(Socket socket) {
        this.socket = socket;
    }

    /// Answers the handshake and serves the connection until it ends.
    ///
    /// The endpoint knows the socket before the client reads the answer: two sockets that a client opens one after
    /// the other are registered in that order, as on a real server, whose one thread does both without a pause.
    static void serve(Socket socket, InputStream in, HttpRequest request, WebSocketEndpoint endpoint)
            throws IOException, InterruptedException {
        WebSocket webSocket = new WebSocket(socket);
        OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 64 * 1024);
        Thread writer = Thread.ofVirtual().name("fake-comfy-ws-writer").unstarted(() -> webSocket.write(out));
        try {
            endpoint.opened(webSocket);
            answerHandshake(out, request);
            writer.start();
            webSocket.read(in, endpoint);
            // The client has said good-bye; the answer goes out before the connection ends.
            writer.join(GOOD_BYE);
        } finally {
            endpoint.closed(webSocket);
            writer.interrupt();
            socket.close();
            if (writer.getState() != Thread.State.NEW) {
                writer.join();
            }
        }
    }

    private static void answerHandshake(OutputStream out, HttpRequest request) throws IOException {
        String accept = acceptKey(request.header("Sec-WebSocket-Key").orElse(""));
        out.write(
                ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                                + accept + "\r\n\r\n")
                        .getBytes(StandardCharsets.US_ASCII));
        out.flush();
    }

    void text(String text) {
        send(new Frame(TEXT, text.getBytes(StandardCharsets.UTF_8)));
    }

    /// Sends bytes that are already UTF-8.
    void text(byte[] utf8) {
        send(new Frame(TEXT, utf8));
    }

    void binary(byte[] payload) {
        send(new Frame(BINARY, payload));
    }

    /// Ends the connection without a closing handshake.
    void cut() {
        try {
            socket.close();
        } catch (IOException alreadyGone) {
            LOG.log(Level.TRACE, "closing a socket", alreadyGone);
        }
    }

    private void send(Frame frame) {
        if (!waiting.offer(frame)) {
            // A reader this slow would stop every other one on a real server; here only itself is cut off.
            LOG.log(Level.DEBUG, "a client does not read its events; its socket is cut");
            cut();
        }
    }

    private void write(OutputStream out) {
        try {
            while (true) {
                Frame frame = waiting.take();
                while (frame != null) {
                    write(out, frame);
                    if (frame.kind == CLOSE) {
                        out.flush();
                        socket.shutdownOutput();
                        return;
                    }
                    frame = waiting.poll();
                }
                out.flush();
            }
        } catch (IOException gone) {
            cut();
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private static void write(OutputStream out, Frame frame) throws IOException {
        int length = frame.payload.length;
        out.write(0x80 | frame.kind);
        if (length < 126) {
            out.write(length);
        } else if (length < 65_536) {
            out.write(126);
            out.write(length >> 8);
            out.write(length);
        } else {
            out.write(127);
            out.write(ByteBuffer.allocate(8).putLong(length).array());
        }
        out.write(frame.payload);
    }

    private void read(InputStream in, WebSocketEndpoint endpoint) throws IOException {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        while (true) {
            int first = in.read();
            if (first < 0) {
                return;
            }
            int kind = first & 0x0F;
            byte[] payload = payload(in);
            switch (kind) {
                case CLOSE -> {
                    send(new Frame(CLOSE, payload.length >= 2 ? java.util.Arrays.copyOf(payload, 2) : payload));
                    return;
                }
                case PING -> send(new Frame(PONG, payload));
                case PONG -> LOG.log(Level.TRACE, "pong");
                default -> {
                    // Text, binary and continuations: a message is whole when the first bit says so.
                    message.write(payload);
                    if (message.size() > MAX_INCOMING) {
                        throw new IOException("a message of more than " + MAX_INCOMING + " bytes");
                    }
                    if ((first & 0x80) != 0) {
                        endpoint.received(this, message.toString(StandardCharsets.UTF_8));
                        message.reset();
                    }
                }
            }
        }
    }

    private static byte[] payload(InputStream in) throws IOException {
        int second = required(in);
        long length = second & 0x7F;
        if (length == 126) {
            length = ByteBuffer.wrap(required(in, 2)).getShort() & 0xFFFF;
        } else if (length == 127) {
            length = ByteBuffer.wrap(required(in, 8)).getLong();
        }
        if (length < 0 || length > MAX_INCOMING) {
            throw new IOException("a frame of " + length + " bytes");
        }
        byte[] mask = (second & 0x80) != 0 ? required(in, 4) : new byte[4];
        byte[] payload = required(in, (int) length);
        for (int i = 0; i < payload.length; i++) {
            payload[i] ^= mask[i % 4];
        }
        return payload;
    }

    private static int required(InputStream in) throws IOException {
        int next = in.read();
        if (next < 0) {
            throw new IOException("the connection ended inside a frame");
        }
        return next;
    }

    private static byte[] required(InputStream in, int bytes) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            throw new IOException("the connection ended inside a frame");
        }
        return read;
    }

    private static String acceptKey(String key) {
        try {
            byte[] digest =
                    MessageDigest.getInstance("SHA-1").digest((key + KEY_SUFFIX).getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError("every Java platform has SHA-1", impossible);
        }
    }
}
