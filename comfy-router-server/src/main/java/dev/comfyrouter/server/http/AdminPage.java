package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The admin page: files from the class path, read once, with the headers that let a browser run nothing else.
///
/// Only names of the index `files.txt` are served, so that no path leads anywhere else.
final class AdminPage implements HttpService {
    private static final String HOME = "META-INF/comfy-admin/";
    private static final String INDEX = "index.html";
    private static final Map<String, String> TYPES = Map.of(
            "html", "text/html; charset=utf-8",
            "js", "text/javascript; charset=utf-8",
            "css", "text/css; charset=utf-8",
            "svg", "image/svg+xml",
            "json", "application/json",
            "png", "image/png",
            "txt", "text/plain; charset=utf-8");
    private static final List<Header> HEADERS = List.of(
            HeaderValues.createCached(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                            + " font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                            + " require-trusted-types-for 'script'; trusted-types 'none'"),
            HeaderValues.createCached("Referrer-Policy", "no-referrer"),
            HeaderValues.createCached("Cross-Origin-Opener-Policy", "same-origin"),
            HeaderValues.createCached("Cross-Origin-Resource-Policy", "same-origin"),
            HeaderValues.createCached("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
            HeaderValues.createCached(HeaderNames.VARY, "Accept-Encoding"));

    private final Answers answers;
    private final Map<String, Asset> assets;

    private static final class Asset {
        final byte[] plain;
        final byte[] packed;
        final String tag;
        final String type;
        final String caching;

        Asset(String name, byte[] bytes) {
            plain = bytes;
            packed = Answers.gzip(bytes);
            tag = Digests.hex(bytes).substring(0, 32);
            type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
            caching = name.startsWith("assets/chunk-") ? "public, max-age=31536000, immutable" : "no-cache";
        }
    }

    AdminPage(Answers answers) {
        this.answers = answers;
        this.assets = load();
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", this::home).get("/admin", this::page).get("/admin/{+name}", this::asset);
    }

    private void home(ServerRequest request, ServerResponse response) {
        response.status(Status.FOUND_302)
                .header(HeaderValues.create(HeaderNames.LOCATION, "/admin"))
                .send();
    }

    private void page(ServerRequest request, ServerResponse response) {
        Asset index = assets.get(INDEX);
        if (index == null) {
            throw Refusal.unknown("The admin page is not part of this build.");
        }
        send(request, response, index);
    }

    /// The page has addresses of its own: what looks like one of them is answered with the page itself.
    private void asset(ServerRequest request, ServerResponse response) {
        String name = request.path().pathParameters().get("name");
        Asset asset = assets.get(name);
        if (asset != null) {
            send(request, response, asset);
        } else if (!name.contains(".") && !name.startsWith("assets/")) {
            page(request, response);
        } else {
            throw Refusal.unknown("The admin page has no such file.");
        }
    }

    private void send(ServerRequest request, ServerResponse response, Asset asset) {
        boolean packed = asset.packed.length < asset.plain.length && Answers.takesGzip(request);
        String tag = "\"" + asset.tag + (packed ? "-gz\"" : "\"");
        HEADERS.forEach(response::header);
        response.header(HeaderValues.create(HeaderNames.ETAG, tag))
                .header(HeaderValues.create(HeaderNames.CACHE_CONTROL, asset.caching));
        if (FileService.matches(request.headers().first(HeaderNames.IF_NONE_MATCH), tag)) {
            response.status(Status.NOT_MODIFIED_304).send();
            return;
        }
        response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, asset.type));
        if (packed) {
            response.header(HeaderValues.create(HeaderNames.CONTENT_ENCODING, "gzip"));
        }
        answers.send(response, packed ? asset.packed : asset.plain);
    }

    private static Map<String, Asset> load() {
        Map<String, Asset> assets = new HashMap<>();
        read("files.txt")
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("")
                .lines()
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .forEach(name -> read(name).ifPresent(bytes -> assets.put(name, new Asset(name, bytes))));
        return assets;
    }

    private static Optional<byte[]> read(String name) {
        try (InputStream in = AdminPage.class.getClassLoader().getResourceAsStream(HOME + name)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException broken) {
            throw new UncheckedIOException("the admin page cannot be read from the class path", broken);
        }
    }
}
