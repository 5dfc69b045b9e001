package dev.comfyrouter.server.http;

import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/// The OpenAPI document, for programs and as a page that works without the internet.
final class DocService implements HttpService {
    private static final String WEBJAR = "META-INF/maven/org.webjars/swagger-ui/pom.properties";
    private static final String PAGE = """
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <title>Comfy Router API</title>
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <link rel="icon" href="/admin/favicon.svg">
            <link rel="stylesheet" href="/doc/swagger-ui.css">
            <div id="ui"></div>
            <script src="/doc/swagger-ui-bundle.js"></script>
            <script src="/doc/start.js"></script>
            </html>
            """;
    private static final String START = """
            SwaggerUIBundle({url: location.origin + "/openapi", dom_id: "#ui", deepLinking: true, tryItOutEnabled: true,
              displayRequestDuration: true, validatorUrl: null});
            """;

    /// Swagger UI writes styles into its elements, which the policy of the admin page would not allow.
    private static final List<Header> HEADERS = List.of(
            HeaderValues.createCached(
                    "Content-Security-Policy",
                    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
                            + " connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
            HeaderValues.createCached("Referrer-Policy", "no-referrer"));

    private final Answers answers;
    private final Once<Asset> json;
    private final Once<Asset> yaml;
    private final Asset page = new Asset("index.html", bytes(PAGE), Asset.REVALIDATED);
    private final Once<Map<String, Asset>> files = new Once<>(DocService::load);

    DocService(Once<OpenApi> document, Answers answers) {
        this.answers = answers;
        this.json = new Once<>(() -> new Asset("openapi.json", document.get().json(), Asset.REVALIDATED));
        this.yaml = new Once<>(() -> new Asset("openapi.yaml", document.get().yaml(), Asset.REVALIDATED));
    }

    private static Map<String, Asset> load() {
        return Map.of(
                "start.js",
                new Asset("start.js", bytes(START), Asset.REVALIDATED),
                "swagger-ui.css",
                webjar("swagger-ui.css"),
                "swagger-ui-bundle.js",
                webjar("swagger-ui-bundle.js"));
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/openapi", this::document)
                .get("/doc", (request, response) -> page.send(request, response, answers, HEADERS))
                .get("/doc/{name}", this::file);
    }

    private void document(ServerRequest request, ServerResponse response) {
        Optional<String> format = Query.first(request, "format");
        boolean asYaml = format.map("yaml"::equals)
                .orElseGet(() -> request.headers().values(HeaderNames.ACCEPT).stream()
                        .anyMatch(type -> type.contains("yaml") && !type.contains("json")));
        if (format.isPresent() && !format.get().equals("json") && !asYaml) {
            throw Refusal.wrong("format", "format is json or yaml");
        }
        (asYaml ? yaml : json).get().send(request, response, answers, List.of());
    }

    private void file(ServerRequest request, ServerResponse response) {
        Optional.ofNullable(files.get().get(request.path().pathParameters().get("name")))
                .orElseThrow(() -> Refusal.unknown("The documentation has no such file."))
                .send(request, response, answers, HEADERS);
    }

    private static Asset webjar(String name) {
        byte[] file = Asset.read("META-INF/resources/webjars/swagger-ui/" + version() + "/" + name)
                .orElseThrow(() -> new IllegalStateException(name + " is missing from the class path"));
        return new Asset(name, file, Asset.REVALIDATED);
    }

    private static String version() {
        var properties = new Properties();
        try {
            properties.load(
                    new StringReader(new String(Asset.read(WEBJAR).orElse(new byte[0]), StandardCharsets.UTF_8)));
        } catch (IOException impossible) {
            throw new UncheckedIOException("memory does not fail", impossible);
        }
        return properties.getProperty("version", "unknown");
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
