package dev.comfyrouter.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.comfyrouter.server.config.RouterConfig;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Everything that a run of the router writes, searched for what must not be there.
@Isolated("the log is the process's")
class SecretsInLogsTest {
    private static final String SECRET = "s3cr3t";

    @TempDir
    private Path directory;

    private final ByteArrayOutputStream log = new ByteArrayOutputStream();
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    @AfterEach
    void restoreTheLogOfTheProcess() throws Exception {
        client.close();
        LogManager.getLogManager().readConfiguration();
    }

    @ParameterizedTest
    @EnumSource
    void noSecretIsInAnyLine(RouterConfig.Log.Format format) throws Exception {
        run(new RouterConfig.Log(format, RouterConfig.Log.Level.TRACE));

        String written = log.toString(StandardCharsets.UTF_8);
        assertThat(written).contains("POST /workflow", "is online");
        assertThat(written.lines()
                        .filter(line -> line.toLowerCase(java.util.Locale.ROOT).contains(SECRET)))
                .isEmpty();
    }

    @Test
    void theLogSaysWhoAskedForWhatAndHowItEnded() throws Exception {
        run(new RouterConfig.Log(RouterConfig.Log.Format.JSON, RouterConfig.Log.Level.INFO));

        List<JsonNode> requests = log.toString(StandardCharsets.UTF_8)
                .lines()
                .map(SecretsInLogsTest::json)
                .filter(line -> line.path("logger").asText().endsWith("RequestLog"))
                .toList();
        assertThat(requests)
                .filteredOn(line -> line.path("request").asText().equals("mine-1"))
                .singleElement()
                .extracting(line -> line.path("message").asText())
                .asString()
                .matches("127\\.0\\.0\\.1 POST /workflow 202 \\d+ bytes [0-9.]+ ms user=admin request=mine-1");
        assertThat(requests)
                .extracting(line -> line.path("message").asText())
                .anyMatch(message -> message.contains("GET /session 401") && message.contains("user=-"))
                .noneMatch(message -> message.contains("GET /session 200"));
    }

    private static JsonNode json(String line) {
        try {
            return new ObjectMapper().readTree(line);
        } catch (java.io.IOException broken) {
            throw new AssertionError("not JSON: " + line, broken);
        }
    }

    /// A run in which every secret passes by that a router can be given.
    private void run(RouterConfig.Log how) throws Exception {
        Map<String, String> settings = TestSettings.in(directory);
        settings.putAll(Map.of(
                "COMFY_ROUTER__PASSWORD", SECRET + "-operator",
                "COMFY_ROUTER__API__USERNAME", "app",
                "COMFY_ROUTER__API__PASSWORD", SECRET + "-app",
                "COMFY_ROUTER__DOWNLOAD__HF_TOKEN", SECRET + "-hf",
                "COMFY_ROUTER__DOWNLOAD__CIVITAI_TOKEN", SECRET + "-civitai",
                "COMFY_ROUTER__NODES", "http://user:" + SECRET + "@127.0.0.1:1"));
        Logging.install(how, log);
        try (FakeComfyServer node = FakeComfyServer.start();
                RouterServer router = RouterServer.start(RouterConfig.load(settings, directory))) {
            // What the libraries say counts, too; the JDK's client says nothing below WARNING of its own accord.
            Logger.getLogger("").setLevel(how.level() == RouterConfig.Log.Level.TRACE ? Level.INFO : Level.WARNING);
            send(router, "admin:" + SECRET + "-operator", "POST", "/cluster/nodes", """
                    {"url":"http://user:%s@127.0.0.1:%d","headers":{"Authorization":"Bearer %s"}}""".formatted(
                            SECRET, node.port(), SECRET));
            send(router, "admin:" + SECRET + "-operator", "POST", "/cluster/nodes:check", """
                    {"urls":["http://user:%s@127.0.0.1:1"]}""".formatted(SECRET));
            send(router, "admin:" + SECRET + "-wrong", "GET", "/session", "");
            send(router, "admin:" + SECRET + "-operator", "GET", "/session?token=" + SECRET, "");
            send(router, "admin:" + SECRET + "-operator", "GET", "/nothing?token=" + SECRET, "");
            send(router, "app:" + SECRET + "-app", "GET", "/workflow?q=" + SECRET, "");
            send(router, "admin:" + SECRET + "-operator", "POST", "/workflow?wait=20", """
                    {"type":"SD15","params":{"prompt":"%s","checkpoint":"v1-5.safetensors"}}""".formatted(SECRET));
            send(router, "admin:" + SECRET + "-operator", "POST", "/workflow?wait=20", """
                    {"type":"SD15","params":{"prompt":"x","checkpoint":"http://127.0.0.1:1/m.safetensors?token=%s"}}""".formatted(SECRET));
            send(router, "admin:" + SECRET + "-operator", "POST", "/cache/prefetch", """
                    {"url":"http://u:%s@127.0.0.1:1/m.safetensors?token=%s","folder":"loras"}""".formatted(SECRET, SECRET));
            send(router, "admin:" + SECRET + "-operator", "POST", "/workflow", "{\"" + SECRET + "\":");
            HttpResponse<String> last = send(router, "admin:" + SECRET + "-operator", "POST", "/workflow", """
                    {"type":"SD15","params":{"prompt":"a cat","checkpoint":"v1-5.safetensors"}}""");
            assertThat(last.statusCode()).isEqualTo(202);
        }
    }

    private HttpResponse<String> send(RouterServer router, String login, String method, String path, String body)
            throws Exception {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + router.port() + path))
                        .header(
                                "Authorization",
                                "Basic " + Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)))
                        .header("Content-Type", "application/json")
                        .header("X-Request-Id", body.contains("a cat") ? "mine-1" : "other")
                        .method(method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
                        .build(),
                BodyHandlers.ofString());
    }
}
