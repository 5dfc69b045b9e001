package dev.comfyrouter.cache;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/// An HTTP server that says whatever a test wants, byte by byte; one request per connection.
final class RawServer implements AutoCloseable {

    /// A request as it arrived; header names in lower case.
    record Request(String method, String target, Map<String, String> headers) {
        Optional<String> header(String name) {
            return Optional.ofNullable(headers.get(name.toLowerCase(Locale.ROOT)));
        }

        /// The first byte of a `Range: bytes=n-`, 0 without one.
        long rangeStart() {
            return header("range")
                    .map(range -> Long.parseLong(range.replaceAll("\\D", "")))
                    .orElse(0L);
        }
    }

    /// Answers one request.
    @FunctionalInterface
    interface Handler {
        void answer(Request request, Answerer out) throws IOException, InterruptedException;
    }

    /// Writes an answer.
    static final class Answerer {
        private final OutputStream out;
        private final AtomicLong bodyBytes;

        private Answerer(OutputStream out, AtomicLong bodyBytes) {
            this.out = out;
            this.bodyBytes = bodyBytes;
        }

        /// Status line and headers; `headers` alternates names and values.
        Answerer head(int status, String... headers) throws IOException {
            var text = new StringBuilder("HTTP/1.1 " + status + " Whatever\r\nConnection: close\r\n");
            for (var i = 0; i < headers.length; i += 2) {
                text.append(headers[i]).append(": ").append(headers[i + 1]).append("\r\n");
            }
            return raw((text + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
        }

        Answerer raw(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
            return this;
        }

        Answerer body(byte[] bytes) throws IOException {
            return body(bytes, 0, bytes.length);
        }

        Answerer body(byte[] bytes, int from, int to) throws IOException {
            bodyBytes.addAndGet(to - from);
            out.write(bytes, from, to - from);
            out.flush();
            return this;
        }

        Answerer chunk(byte[] bytes) throws IOException {
            raw((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.ISO_8859_1));
            body(bytes);
            return raw("\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }

        Answerer lastChunk() throws IOException {
            return raw("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        }
    }

    private final ServerSocket socket;
    private final Map<String, Handler> handlers = new ConcurrentHashMap<>();
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final Set<Socket> open = ConcurrentHashMap.newKeySet();
    private final AtomicLong bodyBytes = new AtomicLong();
    private final Thread acceptor;

    private RawServer(ServerSocket socket) {
        this.socket = socket;
        acceptor = Thread.ofPlatform().daemon().name("raw-server").start(this::accept);
    }

    static RawServer start() {
        try {
            return new RawServer(new ServerSocket(0, 512, InetAddress.getLoopbackAddress()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// @param path of the target, without query
    RawServer on(String path, Handler handler) {
        handlers.put(path, handler);
        return this;
    }

    /// Serves half of a file, and the rest when the latch opens; requests for a range are answered honestly.
    CountDownLatch serveInHalves(String path, byte[] file) {
        var rest = new CountDownLatch(1);
        on(path, (request, out) -> {
            if (request.rangeStart() > 0) {
                honest(file, "\"v1\"").answer(request, out);
                return;
            }
            out.head(200, "Content-Length", "" + file.length, "ETag", "\"v1\"").body(file, 0, file.length / 2);
            rest.await();
            out.body(file, file.length / 2, file.length);
        });
        return rest;
    }

    /// Serves bytes the way an honest server does: length, strong ETag, ranges.
    RawServer serve(String path, byte[] bytes) {
        return on(path, honest(bytes, "\"v1\""));
    }

    static Handler honest(byte[] bytes, String etag) {
        return (request, out) -> {
            var start = (int) request.rangeStart();
            if (start > 0 && request.header("if-range").map(etag::equals).orElse(true)) {
                out.head(
                        206,
                        "Content-Length",
                        "" + (bytes.length - start),
                        "Content-Range",
                        "bytes " + start + "-" + (bytes.length - 1) + "/" + bytes.length,
                        "ETag",
                        etag);
                out.body(bytes, start, bytes.length);
            } else if (request.header("if-none-match").map(etag::equals).orElse(false)) {
                out.head(304, "ETag", etag);
            } else {
                out.head(200, "Content-Length", "" + bytes.length, "ETag", etag).body(bytes);
            }
        };
    }

    URI url(String target) {
        return URI.create("http://localhost:" + port() + target);
    }

    int port() {
        return socket.getLocalPort();
    }

    List<Request> requests() {
        return requests;
    }

    /// Requests for a path.
    List<Request> requests(String path) {
        return requests.stream()
                .filter(request -> request.target().split("\\?", 2)[0].equals(path))
                .toList();
    }

    long bodyBytes() {
        return bodyBytes.get();
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                var connection = socket.accept();
                open.add(connection);
                Thread.ofVirtual().start(() -> answer(connection));
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    private void answer(Socket connection) {
        try (connection) {
            var in = new BufferedInputStream(connection.getInputStream());
            var request = read(in);
            requests.add(request);
            var handler = handlers.getOrDefault(
                    request.target().split("\\?", 2)[0], (other, out) -> out.head(404, "Content-Length", "0"));
            handler.answer(request, new Answerer(connection.getOutputStream(), bodyBytes));
            connection.shutdownOutput();
        } catch (IOException | InterruptedException e) {
            // the client went away, or the test is over
        } finally {
            open.remove(connection);
        }
    }

    private static Request read(InputStream in) throws IOException {
        var head = new ByteArrayOutputStream();
        while (!head.toString(StandardCharsets.ISO_8859_1).endsWith("\r\n\r\n")) {
            var b = in.read();
            if (b < 0) {
                throw new IOException("no request");
            }
            head.write(b);
        }
        var lines = head.toString(StandardCharsets.ISO_8859_1).split("\r\n", -1);
        var first = lines[0].split(" ", -1);
        var headers = new LinkedHashMap<String, String>();
        for (var i = 1; i < lines.length - 2; i++) {
            var colon = lines[i].indexOf(':');
            headers.put(
                    lines[i].substring(0, colon).toLowerCase(Locale.ROOT),
                    lines[i].substring(colon + 1).strip());
        }
        return new Request(first[0], first[1], headers);
    }

    @Override
    public void close() {
        try {
            socket.close();
            for (var connection : open) {
                connection.close();
            }
            acceptor.join();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
