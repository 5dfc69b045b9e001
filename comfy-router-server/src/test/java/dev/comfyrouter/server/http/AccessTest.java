package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is let in.
class AccessTest {
    @TempDir
    private Path directory;

    private static HttpRequest.Builder login(Door door, String user, String password) {
        return HttpRequest.newBuilder(door.uri("/session")).header("Authorization", Door.basic(user, password));
    }

    @Test
    void whoGuessesIsSlowedDownAndWhoKnowsIsNot() throws Exception {
        try (var door = new Door(directory, Map.of())) {
            for (int i = 0; i < 5; i++) {
                assertThat(door.send(login(door, "admin", "guess " + i)).statusCode())
                        .isEqualTo(401);
            }
            long start = System.nanoTime();
            assertThat(door.send(login(door, "admin", "another guess")).statusCode())
                    .isEqualTo(401);
            assertThat(System.nanoTime() - start)
                    .isGreaterThan(Duration.ofMillis(450).toNanos());

            List<CompletableFuture<HttpResponse<String>>> guesses = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                guesses.add(door.client.sendAsync(login(door, "admin", "x" + i).build(), BodyHandlers.ofString()));
            }
            assertThat(door.send(login(door, "admin", "secret")).statusCode())
                    .as("correct credentials always pass")
                    .isEqualTo(200);
            HttpResponse<?> first = (HttpResponse<?>) CompletableFuture.anyOf(guesses.toArray(CompletableFuture[]::new))
                    .get();
            assertThat(first.statusCode())
                    .as("too many at once do not even wait")
                    .isEqualTo(429);
            assertThat(first.headers().firstValue("Retry-After")).isPresent();
        }
    }

    @Test
    void whoSendsNoCredentialsIsAskedForThemAtOnceHoweverOften() throws Exception {
        try (var door = new Door(directory, Map.of())) {
            for (int i = 0; i < 50; i++) {
                assertThat(door.send(HttpRequest.newBuilder(door.uri("/session")))
                                .statusCode())
                        .isEqualTo(401);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "Basic",
                "Basic !!!",
                "Basic YWRtaW4=",
                "Bearer secret",
                "basic YWRtaW46c2VjcmV0IA==",
                "\u00e9"
            })
    void credentialsThatMakeNoSenseAreWrong(String header) throws Exception {
        try (var door = new Door(directory, Map.of());
                Wire wire = Wire.open(door)) {
            assertThat(wire.ask("GET", "/session", "Authorization: " + header).head())
                    .matches("(?s)HTTP/1.1 (400|401) .*");
        }
    }

    @Test
    void theNameOfTheSchemeMayBeWrittenAsOneLikes() throws Exception {
        try (var door = new Door(directory, Map.of())) {
            assertThat(door.send(HttpRequest.newBuilder(door.uri("/session"))
                                    .header(
                                            "Authorization",
                                            Door.basic("admin", "secret").replace("Basic", "bAsIc")))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void theSecondUserMayUseWorkflowsAndTheirDocumentationOnly() throws Exception {
        try (var door = new Door(directory, Map.of("API__USERNAME", "app", "API__PASSWORD", "app-secret"))) {
            for (String path : List.of("/workflow", "/workflow-types", "/openapi", "/doc", "/doc/start.js")) {
                assertThat(asApp(door, path)).as(path).isEqualTo(200);
            }
            for (String path : List.of(
                    "/session",
                    "/state",
                    "/events",
                    "/cluster/nodes",
                    "/cache",
                    "/activity",
                    "/metrics",
                    "/admin",
                    "/docs",
                    "/nothing")) {
                assertThat(asApp(door, path)).as(path).isEqualTo(403);
            }
        }
    }

    private static int asApp(Door door, String path) throws Exception {
        return door.send(
                        HttpRequest.newBuilder(door.uri(path)).header("Authorization", Door.basic("app", "app-secret")))
                .statusCode();
    }

    /// The peer of all these requests is 127.0.0.1, which is a proxy where the second column says so.
    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                                          |           | 200
            X-Forwarded-For: 10.1.2.3     |           | 403
            X-Forwarded-For: 127.0.0.1    |           | 403
            Forwarded: for=10.1.2.3       |           | 403
                                          | 127.0.0.1 | 200
            X-Forwarded-For: 10.1.2.3     | 127.0.0.1 | 200
            X-Forwarded-For: ::1          | 127.0.0.1 | 200
            X-Forwarded-For: fd00::7      | 127.0.0.1 | 200
            X-Forwarded-For: 8.8.8.8      | 127.0.0.1 | 403
            X-Forwarded-For: 2001:db8::1  | 127.0.0.1 | 403
            X-Forwarded-For: unknown      | 127.0.0.1 | 403
            X-Forwarded-For: 10.1.2.3, 8.8.8.8  | 127.0.0.1 | 403
            X-Forwarded-For: 8.8.8.8, 10.1.2.3  | 127.0.0.1 | 403
            X-Forwarded-For: 10.9.9.9, 10.1.2.3 | 127.0.0.1,10.1.2.3 | 200
            X-Forwarded-For: 8.8.8.8, 10.1.2.3  | 127.0.0.1,10.1.2.3 | 403
            """)
    void theDefaultPasswordIsOfNoUseFromTheInternet(String header, String proxies, int status) throws Exception {
        Map<String, String> settings = proxies == null
                ? Map.of("PASSWORD", "admin")
                : Map.of("PASSWORD", "admin", "HTTP__TRUSTED_PROXIES", proxies);
        try (var door = new Door(directory, settings);
                Wire wire = Wire.open(door)) {
            String login = "Authorization: " + Door.basic("admin", "admin");
            wire.ask("GET", "/session", header == null ? new String[] {login} : new String[] {login, header});
            assertThat(wire.head()).startsWith("HTTP/1.1 " + status);
        }
    }

    @Test
    void whoIsRefusedForTheDefaultPasswordIsToldWhatToSetAndHealthStaysOpen() throws Exception {
        try (var door = new Door(directory, Map.of("PASSWORD", "admin", "HTTP__TRUSTED_PROXIES", "127.0.0.1"))) {
            HttpResponse<String> refused =
                    door.send(login(door, "admin", "admin").header("X-Forwarded-For", "8.8.8.8"));
            assertThat(Door.json(refused).path("detail").asText()).contains("COMFY_ROUTER__PASSWORD");
            assertThat(door.send(HttpRequest.newBuilder(door.uri("/health_check"))
                                    .header("X-Forwarded-For", "8.8.8.8"))
                            .statusCode())
                    .isEqualTo(200);
            assertThat(Door.json(door.send(login(door, "admin", "admin")))
                            .path("defaultPassword")
                            .asBoolean())
                    .isTrue();
        }
    }

    @Test
    void anyOtherPasswordMayComeFromAnywhere() throws Exception {
        try (var door = new Door(directory, Map.of("HTTP__TRUSTED_PROXIES", "127.0.0.1"))) {
            assertThat(door.send(login(door, "admin", "secret").header("X-Forwarded-For", "8.8.8.8"))
                            .statusCode())
                    .isEqualTo(200);
        }
    }

    @Test
    void behindAProxyEveryClientIsSlowedDownByItself() throws Exception {
        try (var door = new Door(directory, Map.of("HTTP__TRUSTED_PROXIES", "127.0.0.1"))) {
            List<CompletableFuture<HttpResponse<String>>> guesses = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                guesses.add(door.client.sendAsync(
                        login(door, "admin", "x" + i)
                                .header("X-Forwarded-For", "8.8.8.8")
                                .build(),
                        BodyHandlers.ofString()));
            }
            CompletableFuture.anyOf(guesses.toArray(CompletableFuture[]::new)).get();

            assertThat(door.send(login(door, "admin", "typo").header("X-Forwarded-For", "9.9.9.9"))
                            .statusCode())
                    .isEqualTo(401);
        }
    }
}
