package dev.comfyrouter.server;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/// A web server with files, which knows ranges, remembers who asked for what, and can stop in the middle of a file.
public final class FileHost implements AutoCloseable {
    /// One request, with its `Range` header.
    public record Asked(String path, Optional<String> range, Instant at) {}

    /// A file, or what is answered instead of it.
    private static final class Answer {
        private final int status;
        private final String contentType;
        private final byte[] bytes;
        private final long pauseAt;
        private final CountDownLatch released = new CountDownLatch(1);

        /// @param pauseAt the byte at which the answer stops until it is released; past the end: never
        Answer(int status, String contentType, byte[] bytes, long pauseAt) {
            this.status = status;
            this.contentType = contentType;
            this.bytes = bytes;
            this.pauseAt = pauseAt;
        }
    }

    private record Busy(AtomicInteger answers, int retryAfter) {}

    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Map<String, Answer> answers = new ConcurrentHashMap<>();
    private final Map<String, String> signatures = new ConcurrentHashMap<>();
    private final Map<String, Busy> busy = new ConcurrentHashMap<>();
    private final List<Asked> asked = new CopyOnWriteArrayList<>();

    private FileHost(HttpServer server) {
        this.server = server;
    }

    public static FileHost start() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 64);
        var host = new FileHost(server);
        server.setExecutor(host.threads);
        server.createContext("/", host::answer);
        server.start();
        return host;
    }

    public URI url(String path) {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
    }

    public FileHost file(String path, byte[] bytes) {
        return put(path, 200, "application/octet-stream", bytes, Long.MAX_VALUE);
    }

    /// The first answer stops at this byte until [#release].
    public FileHost pausing(String path, byte[] bytes, long at) {
        return put(path, 200, "application/octet-stream", bytes, at);
    }

    public FileHost page(String path, int status, String html) {
        return put(path, status, "text/html", html.getBytes(StandardCharsets.UTF_8), Long.MAX_VALUE);
    }

    /// From now on this path answers 403 to requests without this query.
    public FileHost signed(String path, String query) {
        signatures.put(path, query);
        return this;
    }

    /// The next so many answers are 429, with this `Retry-After` in seconds.
    public FileHost busy(String path, int answers, int retryAfter) {
        busy.put(path, new Busy(new AtomicInteger(answers), retryAfter));
        return this;
    }

    private FileHost put(String path, int status, String contentType, byte[] bytes, long pauseAt) {
        answers.put(path, new Answer(status, contentType, bytes, pauseAt));
        return this;
    }

    /// Lets answers that have stopped go on, and later ones not stop.
    public void release(String path) {
        Answer answer = answers.get(path);
        if (answer != null) {
            answer.released.countDown();
        }
    }

    public List<Asked> asked(String path) {
        return asked.stream().filter(one -> one.path().equals(path)).toList();
    }

    /// A safetensors file with one tensor, `size` bytes in all, the same for the same seed.
    public static byte[] model(int size, long seed) {
        int length = size - 8 - 128;
        String header = "{\"w\":{\"dtype\":\"U8\",\"shape\":[" + length + "],\"data_offsets\":[0," + length + "]}}";
        byte[] weights = new byte[length];
        new Random(seed).nextBytes(weights);
        return ByteBuffer.allocate(size)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(128)
                .put((header + " ".repeat(128 - header.length())).getBytes(StandardCharsets.US_ASCII))
                .put(weights)
                .array();
    }

    /// A checkpoint as PyTorch writes it: a ZIP archive with a pickle inside.
    public static byte[] pickle() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var zip = new ZipOutputStream(bytes)) {
            zip.putNextEntry(new ZipEntry("archive/data.pkl"));
            zip.write("\u0080\u0002}q\u0000.".getBytes(StandardCharsets.ISO_8859_1));
        }
        return bytes.toByteArray();
    }

    private void answer(HttpExchange exchange) throws IOException {
        String path = exchange.getRequestURI().getPath();
        Optional<String> range =
                Optional.ofNullable(exchange.getRequestHeaders().getFirst("Range"));
        asked.add(new Asked(path, range, Instant.now()));
        Answer answer = answer(exchange, path);
        byte[] all = answer.bytes;
        int from =
                range.map(text -> Integer.parseInt(text.replaceAll("\\D", ""))).orElse(0);
        exchange.getResponseHeaders().set("Content-Type", answer.contentType);
        exchange.getResponseHeaders().set("ETag", "\"" + Integer.toHexString(Arrays.hashCode(all)) + "\"");
        if (range.isPresent()) {
            exchange.getResponseHeaders()
                    .set("Content-Range", "bytes " + from + "-" + (all.length - 1) + "/" + all.length);
        }
        try (exchange;
                OutputStream out = exchange.getResponseBody()) {
            exchange.sendResponseHeaders(range.isPresent() ? 206 : answer.status, all.length - from);
            int pause = (int) Math.min(all.length, Math.max(from, answer.pauseAt));
            out.write(all, from, pause - from);
            out.flush();
            if (answer.pauseAt < all.length && !answer.released.await(60, TimeUnit.SECONDS)) {
                return; // nobody released it: the test has failed already
            }
            out.write(all, pause, all.length - pause);
        } catch (InterruptedException closed) {
            Thread.currentThread().interrupt();
        }
    }

    private Answer answer(HttpExchange exchange, String path) {
        Busy full = busy.get(path);
        if (full != null && full.answers.getAndDecrement() > 0) {
            exchange.getResponseHeaders().set("Retry-After", String.valueOf(full.retryAfter));
            return text(429, "too many requests");
        }
        String signature = signatures.get(path);
        if (signature != null && !signature.equals(exchange.getRequestURI().getRawQuery())) {
            return text(403, "the signature is missing or has run out");
        }
        return answers.getOrDefault(path, text(404, "nothing here"));
    }

    private static Answer text(int status, String text) {
        return new Answer(status, "text/plain", text.getBytes(StandardCharsets.UTF_8), Long.MAX_VALUE);
    }

    @Override
    public void close() {
        answers.keySet().forEach(this::release);
        server.stop(0);
        threads.shutdownNow();
    }
}
