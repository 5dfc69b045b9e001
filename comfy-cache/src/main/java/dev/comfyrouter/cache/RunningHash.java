package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;

/// The SHA-256 of a file that is arriving. It follows a few buffers behind on a thread of its own, so that
/// bytes are received and hashed at the same time; small files are hashed where they arrive.
///
/// One thread at a time. [#reset] and [#sha256] end the thread of its own.
final class RunningHash {

    /// From this size on a thread is worth its start.
    private static final long LARGE = 1 << 20;

    private static final int BEHIND = 6;

    /// Hashing a few buffers takes milliseconds: whoever waits this long waits for a defect.
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /// Bytes to hash; none at all are the end.
    private static final class Chunk {
        static final Chunk END = new Chunk(new byte[0], 0);

        final byte[] bytes;
        final int count;

        Chunk(byte[] bytes, int count) {
            this.bytes = bytes;
            this.count = count;
        }
    }

    /// The thread with its queues: what is to be hashed, and what may be filled again.
    private record Follower(Thread thread, BlockingQueue<Chunk> full, BlockingQueue<byte[]> empty) {}

    private MessageDigest digest = Hashes.sha256();
    private long length;
    private Optional<Follower> follower = Optional.empty();

    /// How many bytes it has been given.
    long length() {
        return length;
    }

    /// Takes the next bytes together with the buffer that they are in.
    ///
    /// @return a buffer of the same size, to be filled next
    byte[] add(byte[] bytes, int count) throws InterruptedException {
        length += count;
        if (length < LARGE) {
            digest.update(bytes, 0, count);
            return bytes;
        }
        var present = follower.orElseGet(this::start);
        put(present, new Chunk(bytes, count));
        return Optional.ofNullable(present.empty.poll()).orElseGet(() -> new byte[bytes.length]);
    }

    /// Begins anew with the first bytes of a file.
    void restart(Path file, long bytes) throws IOException {
        reset();
        Hashes.update(digest, file, bytes);
        length = bytes;
    }

    /// Forgets everything.
    void reset() {
        follower.ifPresent(present -> present.thread.interrupt());
        follower = Optional.empty();
        digest = Hashes.sha256();
        length = 0;
    }

    /// The hash of all bytes so far, 64 hex digits.
    String sha256() throws InterruptedException {
        if (follower.isPresent()) {
            put(follower.get(), Chunk.END);
            if (!follower.get().thread.join(PATIENCE)) {
                throw stuck();
            }
            follower = Optional.empty();
        }
        try {
            return HexFormat.of().formatHex(((MessageDigest) digest.clone()).digest());
        } catch (CloneNotSupportedException e) {
            throw new IllegalStateException("the JDK's SHA-256 can be cloned", e);
        }
    }

    private Follower start() {
        var full = new ArrayBlockingQueue<Chunk>(BEHIND);
        var empty = new ArrayBlockingQueue<byte[]>(BEHIND);
        var target = digest;
        var thread = Thread.ofVirtual().name("comfy-cache-hash").start(() -> follow(target, full, empty));
        var started = new Follower(thread, full, empty);
        follower = Optional.of(started);
        return started;
    }

    private static void follow(MessageDigest digest, BlockingQueue<Chunk> full, BlockingQueue<byte[]> empty) {
        try {
            for (var chunk = full.take(); chunk.count > 0; chunk = full.take()) {
                digest.update(chunk.bytes, 0, chunk.count);
                empty.offer(chunk.bytes);
            }
        } catch (InterruptedException e) {
            // its owner ends this thread and does not look at the digest any more
        }
    }

    private static void put(Follower follower, Chunk chunk) throws InterruptedException {
        if (!follower.full.offer(chunk, PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw stuck();
        }
    }

    private static IllegalStateException stuck() {
        return new IllegalStateException("the thread that hashes does not go on");
    }
}
