package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A file that does not change while the router runs: compressed once, when it is first asked for.
final class Asset {
    static final String REVALIDATED = "no-cache";
    static final String IMMUTABLE = "public, max-age=31536000, immutable";

    private static final Header VARY = HeaderValues.createCached(HeaderNames.VARY, "Accept-Encoding");
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json",
            "yaml", "application/yaml",
            "png", "image/png",
            "txt", "text/plain; charset=utf-8");

    private final byte[] plain;
    private final Once<byte[]> packed;
    private final Once<String> tag;
    private final String type;
    private final String caching;

    /// @param name by whose ending its type is told
    Asset(String name, byte[] bytes, String caching) {
        this.plain = bytes;
        this.packed = new Once<>(() -> Answers.gzip(bytes));
        this.tag = new Once<>(() -> Digests.hex(bytes).substring(0, 32));
        this.type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
        this.caching = caching;
    }

    /// A resource of the class path.
    static Optional<byte[]> read(String resource) {
        try (InputStream in = Asset.class.getClassLoader().getResourceAsStream(resource)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException broken) {
            throw new UncheckedIOException(resource + " cannot be read from the class path", broken);
        }
    }

    void send(ServerRequest request, ServerResponse response, Answers answers, List<Header> headers) {
        boolean smaller = Answers.takesGzip(request) && packed.get().length < plain.length;
        String entityTag = "\"" + tag.get() + (smaller ? "-gz\"" : "\"");
        headers.forEach(response::header);
        response.header(HeaderValues.create(HeaderNames.ETAG, entityTag))
                .header(HeaderValues.create(HeaderNames.CACHE_CONTROL, caching))
                .header(VARY);
        if (FileService.matches(request.headers().first(HeaderNames.IF_NONE_MATCH), entityTag)) {
            response.status(Status.NOT_MODIFIED_304).send();
            return;
        }
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, type));
        if (smaller) {
            response.header(HeaderValues.create(HeaderNames.CONTENT_ENCODING, "gzip"));
        }
        answers.send(response, smaller ? packed.get() : plain);
    }
}
