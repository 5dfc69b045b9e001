package dev.comfyrouter.testkit;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.System.Logger.Level;
import java.net.Socket;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;

/// One connection of a client: HTTP/1.1 with keep-alive, until it ends or becomes a WebSocket.
final class HttpConnection implements Runnable {

    private static final System.Logger LOG = System.getLogger(HttpConnection.class.getName());
    private static final int MAX_LINE = 8190;
    private static final int MAX_HEADERS = 200;
    static final int MAX_BODY = 100 * 1024 * 1024;

    private final Socket socket;
    private final Function<HttpRequest, Answer> exchange;

    HttpConnection(Socket socket, Function<HttpRequest, Answer> exchange) {
        this.socket = socket;
        this.exchange = exchange;
    }

    @Override
    public void run() {
        try (socket) {
            InputStream in = new BufferedInputStream(socket.getInputStream(), 16 * 1024);
            OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 16 * 1024);
            serve(in, out);
        } catch (IOException gone) {
            // The client left or the server is closing; either way there is nobody to tell.
            LOG.log(Level.TRACE, "connection ended", gone);
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(InputStream in, OutputStream out) throws IOException, InterruptedException {
        while (true) {
            HttpRequest request;
            try {
                Optional<HttpRequest> next = read(in, out);
                if (next.isEmpty()) {
                    return;
                }
                request = next.get();
            } catch (BadRequest bad) {
                write(out, HttpResponse.text(bad.status, bad.status + ": Bad Request"), false, true);
                return;
            }
            boolean last = request.header("Connection")
                    .filter("close"::equalsIgnoreCase)
                    .isPresent();
            boolean head = request.method().equals("HEAD");
            switch (exchange.apply(request)) {
                case Answer.Whole whole -> {
                    write(out, whole.response(), head, last);
                    if (last) {
                        return;
                    }
                }
                case Answer.Slow slow -> {
                    writeSlowly(out, slow);
                    if (last) {
                        return;
                    }
                }
                case Answer.HalfThenCut half -> {
                    writeHalf(out, half.response());
                    return;
                }
                case Answer.HalfThenSilence half -> {
                    writeHalf(out, half.response());
                    waitForTheEnd(in);
                    return;
                }
                case Answer.Silence silence -> {
                    waitForTheEnd(in);
                    return;
                }
                case Answer.Cut cut -> {
                    // A reset, not an orderly end: so that the client cannot take it for an empty answer.
                    socket.setSoLinger(true, 0);
                    return;
                }
                case Answer.Upgrade upgrade -> {
                    WebSocket.serve(socket, in, request, upgrade.endpoint());
                    return;
                }
            }
        }
    }

    private Optional<HttpRequest> read(InputStream in, OutputStream out) throws IOException, BadRequest {
        Optional<String> start = line(in);
        while (start.isPresent() && start.get().isEmpty()) {
            start = line(in);
        }
        if (start.isEmpty()) {
            return Optional.empty();
        }
        String[] parts = start.get().split(" ", -1);
        if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
            throw new BadRequest(400);
        }
        Map<String, String> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
        while (true) {
            String header = line(in).orElseThrow(() -> new BadRequest(400));
            if (header.isEmpty()) {
                break;
            }
            int colon = header.indexOf(':');
            if (colon <= 0 || headers.size() >= MAX_HEADERS) {
                throw new BadRequest(400);
            }
            headers.merge(
                    header.substring(0, colon), header.substring(colon + 1).strip(), (a, b) -> a + ", " + b);
        }
        if (parts[2].equals("HTTP/1.0")) {
            headers.putIfAbsent("Connection", "close");
        }
        if ("100-continue".equalsIgnoreCase(headers.get("Expect"))) {
            out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            out.flush();
        }
        byte[] body = body(in, headers);
        URI target = target(parts[1]);
        return Optional.of(new HttpRequest(
                parts[0],
                Optional.ofNullable(target.getPath()).orElse(""),
                Optional.ofNullable(target.getRawQuery()).orElse(""),
                headers,
                body));
    }

    private static URI target(String text) throws BadRequest {
        try {
            // Without an authority in front, "//x" would be read as one.
            return new URI(text.startsWith("/") ? "http://fake" + text : text);
        } catch (URISyntaxException unreadable) {
            throw new BadRequest(400);
        }
    }

    private static byte[] body(InputStream in, Map<String, String> headers) throws IOException, BadRequest {
        if ("chunked".equalsIgnoreCase(headers.get("Transfer-Encoding"))) {
            return chunks(in);
        }
        String length = headers.getOrDefault("Content-Length", "0");
        if (!length.matches("\\d{1,18}")) {
            throw new BadRequest(400);
        }
        if (Long.parseLong(length) > MAX_BODY) {
            throw new BadRequest(413);
        }
        return exactly(in, Integer.parseInt(length));
    }

    private static byte[] chunks(InputStream in) throws IOException, BadRequest {
        ByteArrayOutputStream body = new ByteArrayOutputStream();
        while (true) {
            String size = line(in).orElseThrow(() -> new BadRequest(400))
                    .replaceFirst(";.*", "")
                    .strip();
            if (!size.matches("[0-9a-fA-F]{1,7}")) {
                throw new BadRequest(400);
            }
            int bytes = Integer.parseInt(size, 16);
            if (bytes == 0) {
                while (!line(in).orElse("").isEmpty()) {
                    // Trailers mean nothing to ComfyUI.
                }
                return body.toByteArray();
            }
            if (body.size() + bytes > MAX_BODY) {
                throw new BadRequest(413);
            }
            body.write(exactly(in, bytes));
            line(in);
        }
    }

    private static byte[] exactly(InputStream in, int bytes) throws IOException {
        byte[] read = in.readNBytes(bytes);
        if (read.length < bytes) {
            throw new IOException("the client ended the connection after " + read.length + " of " + bytes + " bytes");
        }
        return read;
    }

    private static Optional<String> line(InputStream in) throws IOException, BadRequest {
        byte[] line = new byte[256];
        int length = 0;
        while (true) {
            int next = in.read();
            if (next < 0) {
                return Optional.empty();
            }
            if (next == '\n') {
                int end = length > 0 && line[length - 1] == '\r' ? length - 1 : length;
                return Optional.of(new String(line, 0, end, StandardCharsets.UTF_8));
            }
            if (length == MAX_LINE) {
                throw new BadRequest(400);
            }
            if (length == line.length) {
                line = java.util.Arrays.copyOf(line, length * 2);
            }
            line[length++] = (byte) next;
        }
    }

    private static void write(OutputStream out, HttpResponse response, boolean head, boolean last) throws IOException {
        out.write(heading(response, last));
        if (!head) {
            out.write(response.body());
        }
        out.flush();
    }

    private static void writeSlowly(OutputStream out, Answer.Slow slow) throws IOException, InterruptedException {
        byte[] body = slow.response().body();
        out.write(heading(slow.response(), false));
        out.flush();
        for (int at = 0; at < body.length; at += slow.bytesPerPiece()) {
            Pauses.pause(slow.pause());
            out.write(body, at, Math.min(slow.bytesPerPiece(), body.length - at));
            out.flush();
        }
    }

    private static void writeHalf(OutputStream out, HttpResponse response) throws IOException {
        out.write(heading(response, false));
        out.write(response.body(), 0, response.body().length / 2);
        out.flush();
    }

    private static void waitForTheEnd(InputStream in) throws IOException {
        while (in.read() >= 0) {
            // Whatever a client sends now is ignored, as everything else is.
        }
    }

    private static byte[] heading(HttpResponse response, boolean last) {
        StringBuilder heading = new StringBuilder(256)
                .append("HTTP/1.1 ")
                .append(response.status())
                .append(' ')
                .append(reason(response.status()))
                .append("\r\n");
        for (HttpResponse.Header header : response.headers()) {
            heading.append(header.name()).append(": ").append(header.value()).append("\r\n");
        }
        if (response.status() != 304 && response.status() != 204) {
            heading.append("Content-Length: ").append(response.body().length).append("\r\n");
        }
        if (last) {
            heading.append("Connection: close\r\n");
        }
        // ComfyUI sends raw UTF-8 in Content-Disposition.
        return heading.append("\r\n").toString().getBytes(StandardCharsets.UTF_8);
    }

    private static String reason(int status) {
        return switch (status) {
            case 200 -> "OK";
            case 204 -> "No Content";
            case 206 -> "Partial Content";
            case 304 -> "Not Modified";
            case 400 -> "Bad Request";
            case 401 -> "Unauthorized";
            case 403 -> "Forbidden";
            case 404 -> "Not Found";
            case 405 -> "Method Not Allowed";
            case 413 -> "Request Entity Too Large";
            case 416 -> "Requested Range Not Satisfiable";
            case 500 -> "Internal Server Error";
            case 503 -> "Service Unavailable";
            default -> "Unknown";
        };
    }

    private static final class BadRequest extends Exception {
        final int status;

        BadRequest(int status) {
            super("HTTP " + status);
            this.status = status;
        }
    }
}
