package dev.comfyrouter.cache;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryType;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;

/// The figures of the cache beside those of `curl`, by hand: `Measurements <directory> <MiB>` starts a [FastServer] and
/// prints one line for each figure; `Measurements <directory> <MiB> large` fetches one file that need not fit into the
/// heap. Needs `curl`; docs/benchmarks.md has the commands.
final class Measurements {

    private Measurements() {}

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("").setLevel(Level.WARNING);
        var directory = Files.createDirectories(Path.of(arguments[0]));
        var bytes = Long.parseLong(arguments[1]) << 20;
        var large = arguments.length > 2 && arguments[2].equals("large");
        var file = directory.resolve("source.bin");
        write(file, large ? 0 : bytes);
        try (var sparse = FileChannel.open(file, StandardOpenOption.WRITE)) {
            sparse.write(ByteBuffer.wrap(new byte[1]), bytes - 1);
        }
        try (var server = FastServer.start(file)) {
            if (large) {
                memory(directory, server.whole(), bytes);
                return;
            }
            throughput(directory, server.whole(), bytes);
            parallel(directory, server, bytes);
            waiters(directory, server.whole(), bytes);
            hits(directory, server.whole());
            opening(directory);
        } finally {
            Files.delete(file);
        }
    }

    private static void write(Path file, long bytes) throws IOException {
        var chunk = Bench.bytes(1, 1 << 20);
        try (var out = Files.newOutputStream(file)) {
            for (var written = 0L; written < bytes; written += chunk.length) {
                out.write(chunk);
            }
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
        return rate(bytes, before);
    }

    private static double rate(long bytes, long since) {
        return bytes / 1048576.0 / ((System.nanoTime() - since) / 1e9);
    }

    private static double shell(long bytes, Path made, String command) throws Exception {
        var before = System.nanoTime();
        new ProcessBuilder("sh", "-c", command).inheritIO().start().waitFor();
        var rate = rate(bytes, before);
        Files.delete(made);
        return rate;
    }

    /// Rounds of all ways, one after the other, so that what else the machine does falls on all of them.
    private static void throughput(Path directory, String url, long bytes) throws Exception {
        var out = directory.resolve("curl.bin");
        var rounds = 9;
        var curl = new double[rounds];
        var piped = new double[rounds];
        var forced = new double[rounds];
        var plain = new double[rounds];
        var whole = new double[rounds];
        try (var cache = open(directory)) {
            for (var i = -2; i < rounds; i++) { // the first two warm up
                var at = Math.max(0, i);
                curl[at] = shell(bytes, out, "curl -s -o " + out + " " + url);
                piped[at] = shell(bytes, out, "curl -s " + url + " | tee " + out + " | sha256sum > /dev/null");
                forced[at] = shell(bytes, out, "curl -s -o " + out + " " + url + " && sync " + out);
                plain[at] = transferOnly(directory, url, bytes);
                whole[at] = fetch(cache, url, bytes);
                forget(cache);
            }
        }
        System.out.printf(
                "MiB/s, median (least to most) of %d: curl %s; curl | tee | sha256sum %s; curl, then sync %s;"
                        + " our transfer without hash and fsync %s; a miss with all it does %s%n",
                rounds, spread(curl), spread(piped), spread(forced), spread(plain), spread(whole));
        System.out.printf(
                "of curl in the same round: without hash %s, a miss %s; a miss of curl | tee | sha256sum %s%n",
                spread(shares(plain, curl)), spread(shares(whole, curl)), spread(shares(whole, piped)));
    }

    private static double[] shares(double[] ours, double[] theirs) {
        var shares = new double[ours.length];
        Arrays.setAll(shares, i -> ours[i] / theirs[i]);
        return shares;
    }

    private static String spread(double[] values) {
        var sorted = values.clone();
        Arrays.sort(sorted);
        var format = sorted[sorted.length - 1] < 10 ? "%.2f (%.2f to %.2f)" : "%.0f (%.0f to %.0f)";
        return String.format(Locale.ROOT, format, sorted[sorted.length / 2], sorted[0], sorted[sorted.length - 1]);
    }

    /// The same HTTP client, buffer and disk as a download, without digest and fsync.
    private static double transferOnly(Path directory, String url, long bytes) throws Exception {
        var settings = CacheSettings.builder(directory.resolve("cache"), directory.resolve("record.json"))
                .allowPrivate("localhost")
                .build();
        var file = directory.resolve("plain.bin");
        var before = System.nanoTime();
        try (var http = new Http(settings, List.of());
                var answer = http.get(URI.create(url), Map.of(), Map.of(), new Call());
                var out = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            var buffer = new byte[1 << 17];
            for (var count = answer.body().read(buffer);
                    count >= 0;
                    count = answer.body().read(buffer)) {
                out.write(ByteBuffer.wrap(buffer, 0, count));
            }
        }
        var rate = rate(bytes, before);
        Files.delete(file);
        return rate;
    }

    /// One file that is larger than the heap by far.
    private static void memory(Path directory, String url, long bytes) throws Exception {
        try (var cache = open(directory)) {
            var rate = fetch(cache, url, bytes);
            var heap = ManagementFactory.getMemoryPoolMXBeans().stream()
                    .filter(pool -> pool.getType() == MemoryType.HEAP)
                    .mapToLong(pool -> pool.getPeakUsage().getUsed())
                    .sum();
            System.out.printf(
                    "a file of %d MiB with a heap of %d MiB: %.0f MiB/s, heap at most %d MiB, resident at most %s%n",
                    bytes >> 20, Runtime.getRuntime().maxMemory() >> 20, rate, heap >> 20, resident());
            forget(cache);
        }
    }

    private static String resident() throws IOException {
        var status = Path.of("/proc/self/status");
        return Files.exists(status)
                ? Files.readAllLines(status).stream()
                        .filter(line -> line.startsWith("VmHWM:"))
                        .map(line -> line.substring(6).strip())
                        .findFirst()
                        .orElse("unknown")
                : "unknown";
    }

    private static void parallel(Path directory, FastServer server, long bytes) throws Exception {
        var each = (bytes >> 20) / 20 * (1L << 20);
        try (var cache = open(directory);
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var one = fetch(cache, server.whole(), bytes);
            forget(cache);
            var before = System.nanoTime();
            var all = new ArrayList<Future<?>>();
            for (var i = 0; i < 20; i++) {
                // Different lengths, so that every one is a file of its own.
                var length = each - i;
                var part = server.part(length);
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
