package dev.comfyrouter.benchmarks;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// The first lines of an HTTP message, as far as a measurement needs them.
///
/// @param first the request line or the status line
record HttpHead(String first, int contentLength, boolean chunked, String webSocketKey) {
    /// Null at the end of the stream.
    static @Nullable HttpHead read(InputStream in) throws IOException {
        String first = line(in);
        if (first == null) {
            return null;
        }
        int length = 0;
        boolean chunked = false;
        String key = "";
        String line;
        while ((line = line(in)) != null && !line.isEmpty()) {
            int colon = line.indexOf(':');
            String value = line.substring(colon + 1).strip();
            if (line.regionMatches(true, 0, "content-length", 0, colon)) {
                length = Integer.parseInt(value);
            } else if (line.regionMatches(true, 0, "transfer-encoding", 0, colon)) {
                chunked = value.equalsIgnoreCase("chunked");
            } else if (line.regionMatches(true, 0, "sec-websocket-key", 0, colon)) {
                key = value;
            }
        }
        return new HttpHead(first, length, chunked, key);
    }

    String method() {
        return first.substring(0, first.indexOf(' '));
    }

    String path() {
        String target = target();
        int query = target.indexOf('?');
        return query < 0 ? target : target.substring(0, query);
    }

    String query() {
        String target = target();
        int query = target.indexOf('?');
        return query < 0 ? "" : target.substring(query + 1);
    }

    int status() {
        return Integer.parseInt(first.substring(9, 12));
    }

    byte[] body(InputStream in) throws IOException {
        if (!chunked) {
            return in.readNBytes(contentLength);
        }
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        int size;
        do {
            String line = line(in);
            if (line == null) {
                throw new IOException("the connection ended within a body");
            }
            size = Integer.parseInt(line.strip(), 16);
            body.write(in.readNBytes(size));
            line(in);
        } while (size > 0);
        return body.toByteArray();
    }

    private String target() {
        int start = first.indexOf(' ') + 1;
        return first.substring(start, first.indexOf(' ', start));
    }

    private static @Nullable String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream(80);
        int next;
        while ((next = in.read()) != '\n') {
            if (next < 0) {
                return null;
            }
            if (next != '\r') {
                line.write(next);
            }
        }
        return line.toString(StandardCharsets.ISO_8859_1);
    }
}
