package dev.comfyrouter.cache;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/// SHA-256 of bytes and files.
final class Hashes {

    private static final int BUFFER = 1 << 18;

    private Hashes() {}

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }

    /// Feeds the first `length` bytes of a file to a digest.
    static void update(MessageDigest digest, Path file, long length) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.READ)) {
            var buffer = ByteBuffer.allocate(BUFFER);
            var left = length;
            while (left > 0) {
                buffer.clear().limit((int) Math.min(BUFFER, left));
                var read = channel.read(buffer);
                if (read < 0) {
                    throw new IOException(file.getFileName() + " is shorter than it was");
                }
                left -= read;
                digest.update(buffer.flip());
            }
        }
    }

    static String sha256(Path file, long length) throws IOException {
        var digest = sha256();
        update(digest, file, length);
        return HexFormat.of().formatHex(digest.digest());
    }
}
