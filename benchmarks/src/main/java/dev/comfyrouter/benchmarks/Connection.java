package dev.comfyrouter.benchmarks;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// One kept-alive connection of a caller to the router; used by one thread at a time. Lighter than any client
/// library, so that the callers take little from what they measure.
final class Connection implements AutoCloseable {
    private static final String LOGIN =
            Base64.getEncoder().encodeToString("admin:admin".getBytes(StandardCharsets.UTF_8));

    private final Socket socket;
    private final InputStream in;

    record Answer(int status, String body) {}

    Connection(int port) throws IOException {
        socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
    }

    Answer get(String path) throws IOException {
        return send("GET", path, "");
    }

    Answer post(String path, String body) throws IOException {
        return send("POST", path, body);
    }

    private Answer send(String method, String path, String body) throws IOException {
        ask(method, path, body);
        HttpHead head = HttpHead.read(in);
        if (head == null) {
            throw new IOException("the router closed the connection instead of answering " + method + " " + path);
        }
        return new Answer(head.status(), new String(head.body(in), StandardCharsets.UTF_8));
    }

    /// Opens a stream of events, gives its status, and reads whatever comes until the connection is closed.
    int stream(String path) throws IOException {
        ask("GET", path, "");
        HttpHead head = HttpHead.read(in);
        Thread.ofVirtual().start(this::drain);
        return head == null ? 0 : head.status();
    }

    private void drain() {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (IOException closed) {
            // by us, or by the router
        }
    }

    private void ask(String method, String path, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        byte[] head = (method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic " + LOGIN
                        + (content.length == 0
                                ? ""
                                : "\r\nContent-Type: application/json\r\nContent-Length: " + content.length)
                        + "\r\n\r\n")
                .getBytes(StandardCharsets.ISO_8859_1);
        byte[] message = new byte[head.length + content.length];
        System.arraycopy(head, 0, message, 0, head.length);
        System.arraycopy(content, 0, message, head.length, content.length);
        socket.getOutputStream().write(message);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
