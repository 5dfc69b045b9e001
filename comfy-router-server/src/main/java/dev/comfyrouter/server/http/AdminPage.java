package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// The admin page: files from the class path, with the headers that let a browser run nothing else.
///
/// Only names of the index `files.txt` are served, so that no path leads anywhere else.
final class AdminPage implements HttpService {
    private static final String HOME = "META-INF/comfy-admin/";
    private static final String INDEX = "index.html";
    private static final List<Header> HEADERS = List.of(
            HeaderValues.createCached(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
                            + " font-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
                            + " require-trusted-types-for 'script'; trusted-types 'none'"),
            HeaderValues.createCached("Referrer-Policy", "no-referrer"),
            HeaderValues.createCached("Cross-Origin-Opener-Policy", "same-origin"),
            HeaderValues.createCached("Cross-Origin-Resource-Policy", "same-origin"),
            HeaderValues.createCached("Permissions-Policy", "camera=(), microphone=(), geolocation=()"));

    private final Answers answers;
    private final Map<String, Asset> assets;

    AdminPage(Answers answers) {
        this.answers = answers;
        this.assets = load();
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/", this::home)
                .get("/admin", this::page)
                .get("/admin/", this::home)
                .get("/admin/{+name}", this::asset);
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
        index.send(request, response, answers, HEADERS);
    }

    /// The page has addresses of its own: what looks like one of them is answered with the page itself.
    private void asset(ServerRequest request, ServerResponse response) {
        String name = request.path().pathParameters().get("name");
        Asset asset = assets.get(name);
        if (asset != null) {
            asset.send(request, response, answers, HEADERS);
        } else if (!name.contains(".") && !name.startsWith("assets/")) {
            page(request, response);
        } else {
            throw Refusal.unknown("The admin page has no such file.");
        }
    }

    private static Map<String, Asset> load() {
        Map<String, Asset> assets = new HashMap<>();
        Asset.read(HOME + "files.txt")
                .map(bytes -> new String(bytes, StandardCharsets.UTF_8))
                .orElse("")
                .lines()
                .map(String::strip)
                .filter(name -> !name.isEmpty())
                .forEach(name -> Asset.read(HOME + name)
                        .ifPresent(bytes -> assets.put(name, new Asset(name, bytes, caching(name)))));
        return assets;
    }

    /// Only chunks have a name that changes with their content.
    private static String caching(String name) {
        return name.startsWith("assets/chunk-") ? Asset.IMMUTABLE : Asset.REVALIDATED;
    }
}
