package dev.comfyrouter.client;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;

/// The server's end of a WebSocket, frame by frame.
final class WebSocketPeer {
    static final int CONTINUATION = 0;
    static final int TEXT = 1;
    static final int BINARY = 2;
    static final int CLOSE = 8;
    static final int PING = 9;
    static final int PONG = 10;

    /// A frame of the client; its payload is kept as one character for each byte.
    record Frame(int opcode, String payload) {
        int closeCode() {
            return payload.charAt(0) * 256 + payload.charAt(1);
        }
    }

    private final Socket connection;
    private final DataInputStream in;
    private final DataOutputStream out;

    WebSocketPeer(Socket connection, InputStream in, OutputStream out) {
        this.connection = connection;
        this.in = new DataInputStream(in);
        this.out = new DataOutputStream(out);
    }

    static String accept(String key) {
        try {
            byte[] digest = MessageDigest.getInstance("SHA-1")
                    .digest((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(StandardCharsets.US_ASCII));
            return Base64.getEncoder().encodeToString(digest);
        } catch (NoSuchAlgorithmException impossible) {
            throw new AssertionError(impossible);
        }
    }

    void text(String text) throws IOException {
        send(TEXT, true, text.getBytes(StandardCharsets.UTF_8));
    }

    void binary(byte[] payload) throws IOException {
        send(BINARY, true, payload);
    }

    void send(int opcode, boolean last, byte[] payload) throws IOException {
        out.write(last ? 0x80 | opcode : opcode);
        if (payload.length < 126) {
            out.write(payload.length);
        } else if (payload.length < 65_536) {
            out.write(126);
            out.writeShort(payload.length);
        } else {
            out.write(127);
            out.writeLong(payload.length);
        }
        out.write(payload);
        out.flush();
    }

    /// The next frame of the client, or a close frame with code 1006 if it hung up.
    Frame read() throws IOException {
        int first = in.read();
        if (first < 0) {
            return new Frame(CLOSE, "\u0003\u00ee");
        }
        int length = in.readUnsignedByte() & 0x7f;
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = Math.toIntExact(in.readLong());
        }
        byte[] mask = in.readNBytes(4);
        byte[] payload = in.readNBytes(length);
        for (int i = 0; i < length; i++) {
            payload[i] ^= mask[i & 3];
        }
        return new Frame(first & 0x0f, new String(payload, StandardCharsets.ISO_8859_1));
    }

    void hangUp() throws IOException {
        connection.close();
    }
}
