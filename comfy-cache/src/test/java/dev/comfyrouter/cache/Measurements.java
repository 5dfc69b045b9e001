package dev.comfyrouter.cache;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The figures of the cache beside those of `curl`, by hand: `Measurements <directory> <MiB>` starts a server
/// in a process of its own, and prints one line for each figure. Needs `curl`.
final class Measurements {

    private Measurements() {}

    public static void main(String[] arguments) throws Exception {
        if (arguments[0].equals("serve")) {
            serve(Path.of(arguments[1]));
            return;
        }
        Logger.getLogger("").setLevel(Level.WARNING);
        var directory = Files.createDirectories(Path.of(arguments[0]));
        var bytes = Long.parseLong(arguments[1]) << 20;
        var file = directory.resolve("source.bin");
        write(file, bytes);
        var server = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+UseSerialGC",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Measurements.class.getName(),
                        "serve",
                        file.toString())
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        try {
            var port = new String(readLine(server.getInputStream()), StandardCharsets.US_ASCII);
            var url = "http://localhost:" + port + "/f";
            for (var round = 0; round < 5; round++) {
                throughput(directory, url, bytes);
            }
            parallel(directory, url, bytes);
            waiters(directory, url, bytes);
            hits(directory, url);
            opening(directory);
        } finally {
            server.destroy();
        }
    }

    private static byte[] readLine(InputStream in) throws IOException {
        var line = new java.io.ByteArrayOutputStream();
        for (var b = in.read(); b != '\n' && b >= 0; b = in.read()) {
            line.write(b);
        }
        return line.toByteArray();
    }

    private static void write(Path file, long bytes) throws IOException {
        var chunk = Bench.bytes(1, 1 << 20);
        try (var out = Files.newOutputStream(file)) {
            for (var written = 0L; written < bytes; written += chunk.length) {
                out.write(chunk);
            }
        }
    }

    /// Sends the file from the page cache: `sendfile`, one thread for each connection, ranges by path
    /// `/f/<start>-<end>`.
    private static void serve(Path file) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ);
                var listener = ServerSocketChannel.open()
                        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512)) {
            System.out.println(((InetSocketAddress) listener.getLocalAddress()).getPort());
            while (true) {
                var client = listener.accept();
                Thread.ofPlatform().start(() -> answer(client, channel));
            }
        }
    }

    private static void answer(SocketChannel client, FileChannel file) {
        try (client) {
            client.setOption(StandardSocketOptions.TCP_NODELAY, true);
            var request = ByteBuffer.allocate(8192);
            client.read(request);
            var target = new String(request.array(), 0, request.position(), StandardCharsets.US_ASCII).split(" ", 3)[1];
            var length = target.startsWith("/part/")
                    ? Long.parseLong(target.split("/", -1)[2]) // the first so many bytes
                    : file.size();
            client.write(ByteBuffer.wrap(
                    ("HTTP/1.1 200 OK\r\nContent-Length: " + length + "\r\nETag: \"1\"\r\nConnection: close\r\n\r\n")
                            .getBytes(StandardCharsets.US_ASCII)));
            for (var sent = 0L; sent < length; ) {
                sent += file.transferTo(sent, length - sent, client);
            }
        } catch (IOException e) {
            // the client has gone
        }
    }

    private static FileCache open(Path directory) {
        return FileCache.open(CacheSettings.builder(directory.resolve("cache"), directory.resolve("record.json"))
                .allowPrivate("localhost")
                .maxBytes(64L << 30)
                .freeSpaceFloor(0)
                .parallelDownloads(32)
                .build());
    }

    private static void forget(FileCache cache) {
        cache.list().forEach(file -> cache.remove(file.sha256()));
    }

    private static double fetch(FileCache cache, String url, long bytes) throws InterruptedException {
        var before = System.nanoTime();
        Bench.get(cache, DownloadRequest.of(URI.create(url), FileKind.ANY)).close();
        return bytes / 1048576.0 / ((System.nanoTime() - before) / 1e9);
    }

    private static double curl(Path directory, String url, long bytes, boolean hash) throws Exception {
        var out = directory.resolve("curl.bin");
        var command = "curl -s -o " + out + " " + url
                + (hash ? " && sync " + out + " && sha256sum " + out + " > /dev/null" : "");
        var before = System.nanoTime();
        new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
        var rate = bytes / 1048576.0 / ((System.nanoTime() - before) / 1e9);
        Files.delete(out);
        return rate;
    }

    private static void throughput(Path directory, String url, long bytes) throws Exception {
        try (var cache = open(directory)) {
            System.out.printf(
                    "MiB/s: curl %.0f, curl + sync + sha256sum %.0f, cache (SHA-256, fsync, publish) %.0f, transfer without hashing %.0f%n",
                    curl(directory, url, bytes, false),
                    curl(directory, url, bytes, true),
                    fetch(cache, url, bytes),
                    transferOnly(directory, url, bytes));
            forget(cache);
        }
    }

    /// The same HTTP client, buffer and disk as a download, without digest and fsync.
    private static double transferOnly(Path directory, String url, long bytes) throws Exception {
        var settings = CacheSettings.builder(directory.resolve("cache"), directory.resolve("record.json"))
                .allowPrivate("localhost")
                .build();
        var file = directory.resolve("plain.bin");
        var before = System.nanoTime();
        try (var http = new Http(settings, List.of());
                var answer = http.get(URI.create(url), java.util.Map.of(), java.util.Map.of(), new Call());
                var out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var buffer = new byte[1 << 18];
            for (var count = answer.body().read(buffer);
                    count >= 0;
                    count = answer.body().read(buffer)) {
                out.write(ByteBuffer.wrap(buffer, 0, count));
            }
        }
        var rate = bytes / 1048576.0 / ((System.nanoTime() - before) / 1e9);
        Files.delete(file);
        return rate;
    }

    private static void parallel(Path directory, String url, long bytes) throws Exception {
        var each = (bytes >> 20) / 20 * (1L << 20);
        try (var cache = open(directory);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var one = fetch(cache, url, bytes);
            forget(cache);
            var before = System.nanoTime();
            var all = new ArrayList<Future<?>>();
            for (var i = 0; i < 20; i++) {
                // Different lengths, so that every one is a file of its own.
                var length = each - i;
                var part = url.replace("/f", "/part/" + length);
                all.add(threads.submit(() -> {
                    fetch(cache, part, length);
                    return null;
                }));
            }
            for (var some : all) {
                some.get();
            }
            var rate = 20.0 * each / 1048576 / ((System.nanoTime() - before) / 1e9);
            System.out.printf("20 parallel downloads %.0f MiB/s, one %.0f MiB/s: %.2f%n", rate, one, rate / one);
            forget(cache);
        }
    }

    private static void waiters(Path directory, String url, long bytes) throws Exception {
        try (var cache = open(directory);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var barrier = new CyclicBarrier(200);
            var ends = new ArrayList<Future<Long>>();
            for (var i = 0; i < 200; i++) {
                ends.add(threads.submit(() -> {
                    barrier.await();
                    Bench.get(cache, DownloadRequest.of(URI.create(url), FileKind.ANY))
                            .close();
                    return System.nanoTime();
                }));
            }
            var times = new long[200];
            for (var i = 0; i < 200; i++) {
                times[i] = ends.get(i).get();
            }
            Arrays.sort(times);
            System.out.printf(
                    "200 waiters: %d bytes received for %d, last %.1f ms after the first%n",
                    cache.stats().downloadedBytes(), bytes, (times[199] - times[0]) / 1e6);
        }
    }

    private static void opening(Path directory) throws Exception {
        var settings = CacheSettings.builder(directory.resolve("many"), directory.resolve("many.json"))
                .freeSpaceFloor(0)
                .build();
        FileCache.open(settings).close();
        ScaleTest.fill(settings.directory, settings.record, 10_000);
        for (var round = 0; round < 3; round++) {
            var before = System.nanoTime();
            FileCache.open(settings).close();
            System.out.printf("open and close with 10,000 files: %.2f s%n", (System.nanoTime() - before) / 1e9);
        }
    }

    private static void hits(Path directory, String url) throws Exception {
        try (var cache = open(directory)) {
            var nanos = new long[200_000];
            for (var i = 0; i < nanos.length; i++) {
                var before = System.nanoTime();
                Bench.get(cache, DownloadRequest.of(URI.create(url), FileKind.ANY))
                        .close();
                nanos[i] = System.nanoTime() - before;
            }
            Arrays.sort(nanos);
            System.out.printf(
                    "hit: p50 %.1f us, p99 %.1f us, p99.9 %.1f us, max %.1f us%n",
                    nanos[nanos.length / 2] / 1e3,
                    nanos[nanos.length / 100 * 99] / 1e3,
                    nanos[nanos.length / 1000 * 999] / 1e3,
                    nanos[nanos.length - 1] / 1e3);
            forget(cache);
        }
    }
}
