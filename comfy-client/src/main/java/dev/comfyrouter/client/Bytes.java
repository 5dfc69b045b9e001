package dev.comfyrouter.client;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Bytes that nobody changes, such as a picture that came over the wire.
public final class Bytes {
    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /// A copy of these bytes.
    public static Bytes copyOf(byte[] content) {
        return new Bytes(content.clone());
    }

    /// A copy of what remains in the buffer, whose position moves to its limit.
    static Bytes drain(ByteBuffer buffer) {
        byte[] content = new byte[buffer.remaining()];
        buffer.get(content);
        return new Bytes(content);
    }

    /// How many bytes there are.
    public int size() {
        return content.length;
    }

    /// A copy that the caller owns.
    public byte[] toByteArray() {
        return content.clone();
    }

    /// A read-only view; nothing is copied.
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    /// A stream over these bytes; nothing is copied.
    public InputStream inputStream() {
        return new ByteArrayInputStream(content);
    }

    public void writeTo(OutputStream out) throws IOException {
        out.write(content);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes that && Arrays.equals(content, that.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    @Override
    public String toString() {
        return content.length + " bytes";
    }
}
