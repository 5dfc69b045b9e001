package dev.comfyrouter.server.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A host on the internet that has model files.
public final class FileHost implements AutoCloseable {
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();

    private FileHost(HttpServer server) {
        this.server = server;
        server.setExecutor(threads);
        server.start();
    }

    public static FileHost start() throws IOException {
        return new FileHost(HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0));
    }

    public String url(String path) {
        return "http://localhost:" + server.getAddress().getPort() + path;
    }

    public void serve(String path, byte[] file) {
        server.createContext(path, exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, file.length);
                exchange.getResponseBody().write(file);
            }
        });
    }

    /// Sends half of the file, and the rest when the latch opens.
    public CountDownLatch serveInHalves(String path, byte[] file) {
        var rest = new CountDownLatch(1);
        server.createContext(path, exchange -> {
            try (exchange) {
                exchange.sendResponseHeaders(200, file.length);
                exchange.getResponseBody().write(file, 0, file.length / 2);
                exchange.getResponseBody().flush();
                await(rest);
                exchange.getResponseBody().write(file, file.length / 2, file.length - file.length / 2);
            }
        });
        return rest;
    }

    private static void await(CountDownLatch latch) throws IOException {
        try {
            latch.await();
        } catch (InterruptedException stopped) {
            throw new IOException("the host is closed", stopped);
        }
    }

    /// Answers with a status and no file.
    public void refuse(String path, int status) {
        server.createContext(path, (HttpExchange exchange) -> {
            try (exchange) {
                exchange.sendResponseHeaders(status, -1);
            }
        });
    }

    /// A model file with one tensor of this many bytes.
    public static byte[] safetensors(int tensorBytes) {
        byte[] header = ("{\"w\":{\"dtype\":\"U8\",\"shape\":[" + tensorBytes + "],\"data_offsets\":[0," + tensorBytes
                        + "]}}")
                .getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + tensorBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .array();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
