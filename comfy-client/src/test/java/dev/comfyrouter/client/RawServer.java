package dev.comfyrouter.client;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A server of bytes: it reads HTTP requests and lets a test write whatever it likes.
final class RawServer implements AutoCloseable {
    /// Answers one request; returning keeps the connection open for the next one.
    interface Handler {
        void handle(Request request, Peer peer) throws IOException, InterruptedException;
    }

    record Request(String method, String target, Map<String, String> headers, String body) {
        String path() {
            int query = target.indexOf('?');
            return query < 0 ? target : target.substring(0, query);
        }

        String header(String name) {
            return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
        }
    }

    private final ServerSocket socket;
    private final Handler handler;
    private final List<Socket> connections = new CopyOnWriteArrayList<>();
    private volatile CountDownLatch deaf = new CountDownLatch(0);
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();

    private RawServer(ServerSocket socket, Handler handler) {
        this.socket = socket;
        this.handler = handler;
    }

    static RawServer start(Handler handler) {
        try {
            var server = new RawServer(new ServerSocket(0, 50, InetAddress.getLoopbackAddress()), handler);
            Thread.ofVirtual().start(server::accept);
            return server;
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    /// A server that gives every request this answer.
    static RawServer answering(int status, String contentType, String body) {
        return start((request, peer) -> peer.answer(status, contentType, body));
    }

    static RawServer answering(String json) {
        return answering(200, "application/json; charset=utf-8", json);
    }

    /// A server that takes connections and never reads from them.
    static RawServer startDeaf(CountDownLatch until) {
        var server = start((request, peer) -> {});
        server.deaf = until;
        return server;
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort());
    }

    ComfyClient client() {
        return ComfyClient.builder(url()).build();
    }

    /// The next request that came, in order.
    Request take() throws InterruptedException {
        Request request = requests.poll(20, TimeUnit.SECONDS);
        if (request == null) {
            throw new AssertionError("no request came");
        }
        return request;
    }

    List<Request> seen() {
        return List.copyOf(requests);
    }

    int connectionsMade() {
        return connections.size();
    }

    private void accept() {
        try {
            while (true) {
                Socket connection = socket.accept();
                connections.add(connection);
                Thread.ofVirtual().start(() -> serve(connection));
            }
        } catch (IOException closed) {
            // The end of the test.
        }
    }

    private void serve(Socket connection) {
        try (connection) {
            deaf.await();
            connection.setTcpNoDelay(true);
            var peer = new Peer(connection);
            for (Request request = peer.read(); request != null; request = peer.read()) {
                requests.add(request);
                handler.handle(request, peer);
            }
        } catch (IOException | InterruptedException over) {
            // The client went away, or the test is over.
        }
    }

    @Override
    public void close() {
        try {
            socket.close();
            for (Socket connection : connections) {
                connection.close();
            }
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    /// The server's end of one connection.
    static final class Peer {
        private final Socket connection;
        private final InputStream in;
        private final OutputStream out;

        private Peer(Socket connection) throws IOException {
            this.connection = connection;
            this.in = new BufferedInputStream(connection.getInputStream());
            this.out = new BufferedOutputStream(connection.getOutputStream());
        }

        private @Nullable Request read() throws IOException {
            String first = line();
            if (first.isEmpty()) {
                return null;
            }
            var headers = new LinkedHashMap<String, String>();
            for (String header = line(); !header.isEmpty(); header = line()) {
                int colon = header.indexOf(':');
                headers.put(
                        header.substring(0, colon).toLowerCase(Locale.ROOT),
                        header.substring(colon + 1).strip());
            }
            byte[] body = headers.containsKey("transfer-encoding")
                    ? chunks()
                    : in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
            int target = first.indexOf(' ') + 1;
            return new Request(
                    first.substring(0, target - 1),
                    first.substring(target, first.indexOf(' ', target)),
                    headers,
                    new String(body, StandardCharsets.UTF_8));
        }

        private byte[] chunks() throws IOException {
            var body = new ByteArrayOutputStream();
            for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
                body.write(in.readNBytes(size));
                line();
            }
            line();
            return body.toByteArray();
        }

        private String line() throws IOException {
            var line = new ByteArrayOutputStream();
            for (int b = in.read(); b != '\n'; b = in.read()) {
                if (b < 0) {
                    return "";
                }
                if (b != '\r') {
                    line.write(b);
                }
            }
            return line.toString(StandardCharsets.UTF_8);
        }

        void raw(String text) throws IOException {
            raw(text.getBytes(StandardCharsets.UTF_8));
        }

        void raw(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        void answer(String json) throws IOException {
            answer(200, "application/json; charset=utf-8", json);
        }

        void answer(int status, String contentType, String body) throws IOException {
            answer(status, contentType, body.getBytes(StandardCharsets.UTF_8));
        }

        void answer(int status, String contentType, byte[] body) throws IOException {
            var head = new ArrayList<String>();
            head.add("HTTP/1.1 " + status + " Whatever");
            if (!contentType.isEmpty()) {
                head.add("Content-Type: " + contentType);
            }
            head.add("Content-Length: " + body.length);
            out.write((String.join("\r\n", head) + "\r\n\r\n").getBytes(StandardCharsets.UTF_8));
            raw(body);
        }

        void close() throws IOException {
            connection.close();
        }

        /// Says nothing more until the client hangs up. One that leaves bytes unread does so by a reset.
        void silence() {
            try {
                while (in.read() >= 0) {}
            } catch (IOException reset) {
                // This too is the end of the connection.
            }
        }

        /// Accepts a WebSocket.
        WebSocketPeer upgrade(Request request) throws IOException {
            raw(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                            + WebSocketPeer.accept(request.header("Sec-WebSocket-Key")) + "\r\n\r\n");
            return new WebSocketPeer(connection, in, out);
        }
    }
}
