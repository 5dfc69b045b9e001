package dev.comfyrouter.testkit;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// An answer to one HTTP request: status, headers in order and a body whose length is known.
@SuppressWarnings("ArrayRecordComponent") // never compared
record HttpResponse(int status, List<Header> headers, byte[] body) {

    record Header(String name, String value) {}

    private static final byte[] NOTHING = {};

    static HttpResponse empty(int status) {
        return new HttpResponse(status, List.of(), NOTHING);
    }

    static HttpResponse of(int status, String contentType, byte[] body) {
        return new HttpResponse(status, List.of(new Header("Content-Type", contentType)), body);
    }

    static HttpResponse json(int status, String json) {
        return of(status, "application/json; charset=utf-8", json.getBytes(StandardCharsets.UTF_8));
    }

    static HttpResponse json(String json) {
        return json(200, json);
    }

    static HttpResponse text(int status, String text) {
        return of(status, "text/plain; charset=utf-8", text.getBytes(StandardCharsets.UTF_8));
    }

    /// What aiohttp sends when a handler raises.
    static HttpResponse trouble() {
        return text(500, "500 Internal Server Error\n\nServer got itself in trouble");
    }

    /// What the handler of static files says to a path that nobody registered.
    static HttpResponse unknownPath(String method) {
        return method.equals("GET") || method.equals("HEAD")
                ? of(404, "application/octet-stream", NOTHING)
                : text(405, "405: Method Not Allowed").with("Allow", "GET,HEAD");
    }

    HttpResponse with(String name, String value) {
        List<Header> more = new ArrayList<>(headers);
        more.add(new Header(name, value));
        return new HttpResponse(status, List.copyOf(more), body);
    }
}
