package dev.comfyrouter.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/// What most tests of the cache need: a folder, a models directory, a server, and files that are what they
/// seem.
final class Bench implements AutoCloseable {

    final Path directory;
    final Path models;
    final TestClock clock = new TestClock();
    final RawServer server = RawServer.start();

    Bench(Path temporary) {
        directory = temporary.resolve("cache");
        models = temporary.resolve("comfy").resolve("models");
        try {
            Files.createDirectories(models.resolve("checkpoints"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Settings for loopback with short delays; the disk is as large as needed.
    CacheSettings.Builder settings() {
        return CacheSettings.builder(directory, record())
                .linkRoot(models)
                .allowPrivate("localhost")
                .maxBytes(64 << 20)
                .freeSpaceFloor(0)
                .retryDelay(Duration.ofMillis(1), Duration.ofMillis(5))
                .clock(clock);
    }

    FileCache open() {
        return FileCache.open(settings().build());
    }

    Path record() {
        return directory.resolveSibling("record.json");
    }

    URI url(String target) {
        return server.url(target);
    }

    static Lease get(FileCache cache, DownloadRequest request) throws InterruptedException {
        return cache.acquire(List.of(request), ProgressListener.NONE).get(0);
    }

    Lease get(FileCache cache, String target) throws InterruptedException {
        return get(cache, DownloadRequest.of(url(target), FileKind.ANY));
    }

    /// Bytes that look like nothing, the same for each seed.
    static byte[] bytes(int seed, int length) {
        var bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /// A safetensors file with one tensor of this many bytes.
    static byte[] safetensors(int seed, int tensorBytes) {
        var header = ("{\"__metadata__\":{\"format\":\"pt\"},\"w\":{\"dtype\":\"U8\",\"shape\":[" + tensorBytes
                        + "],\"data_offsets\":[0," + tensorBytes + "]}}")
                .getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + header.length + tensorBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(header.length)
                .put(header)
                .put(bytes(seed, tensorBytes))
                .array();
    }

    static String sha256(byte[] bytes) {
        return HexFormat.of().formatHex(Hashes.sha256().digest(bytes));
    }

    /// Waits for something that another thread brings about; the time-out only ends a broken test.
    static void until(BooleanSupplier condition) {
        var end = System.nanoTime() + Duration.ofSeconds(30).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > end) {
                throw new AssertionError("waited in vain");
            }
            LockSupport.parkNanos(1_000_000);
        }
    }

    @Override
    public void close() {
        server.close();
    }
}
