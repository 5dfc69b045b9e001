package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DoorTest extends AtTheDoor {
    @Override
    Map<String, String> settings() {
        return Map.of("API__USERNAME", "app", "API__PASSWORD", "app-secret");
    }

    @Test
    void wrongCredentialsAreAskedForAgainAndRightOnesPass() throws Exception {
        HttpResponse<String> none = door.send(HttpRequest.newBuilder(door.uri("/session")));
        assertThat(none.statusCode()).isEqualTo(401);
        assertThat(none.headers().firstValue("WWW-Authenticate").orElseThrow()).startsWith("Basic ");
        assertThat(none.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        HttpResponse<String> background =
                door.send(HttpRequest.newBuilder(door.uri("/session")).header("X-Comfy-Router-Page", "1"));
        assertThat(background.headers().firstValue("WWW-Authenticate")).hasValue("ComfyRouter");
        assertThat(door.send(HttpRequest.newBuilder(door.uri("/session"))
                                .header("Authorization", Door.basic("admin", "Secret")))
                        .statusCode())
                .isEqualTo(401);

        assertThat(Door.json(door.get("/session")).path("user").asText()).isEqualTo("admin");
    }

    @Test
    void theSecondUserMayOnlySubmitAndFollow() throws Exception {
        String app = Door.basic("app", "app-secret");

        assertThat(door.send(HttpRequest.newBuilder(door.uri("/workflow")).header("Authorization", app))
                        .statusCode())
                .isEqualTo(200);
        assertThat(door.send(HttpRequest.newBuilder(door.uri("/cluster/nodes")).header("Authorization", app))
                        .statusCode())
                .isEqualTo(403);
    }

    @Test
    void nobodyGetsAroundThePasswordByTheSpellingOfAPath() throws Exception {
        for (String path : new String[] {
            "/preview/../session", "/preview/..%2fsession", "/health_check/../session", "//session", "/health_check/x"
        }) {
            assertThat(raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                    .as(path)
                    .matches("(?s)HTTP/1.1 (400|401|404) .*")
                    .doesNotContain("\"user\"");
        }
    }

    @Test
    void requestsFromOtherSitesChangeNothing() throws Exception {
        assertThat(submitFrom("Sec-Fetch-Site", "cross-site")).isEqualTo(403);
        assertThat(submitFrom("Sec-Fetch-Site", "same-site")).isEqualTo(403);
        assertThat(submitFrom("Origin", "http://evil.example")).isEqualTo(403);
        assertThat(submitFrom("Origin", "null")).isEqualTo(403);
        assertThat(submitFrom("Sec-Fetch-Site", "same-origin")).isEqualTo(202);
        assertThat(submitFrom("Origin", door.uri("").toString())).isEqualTo(202);
    }

    private int submitFrom(String header, String value) throws Exception {
        return door.send(door.request("/workflow")
                        .header(header, value)
                        .header("Content-Type", "application/json")
                        .POST(BodyPublishers.ofString(Door.SD15)))
                .statusCode();
    }

    @Test
    void aWrongMethodIsToldWhichOnesAreRight() throws Exception {
        HttpResponse<String> answer = door.send(door.request("/workflow").PUT(BodyPublishers.ofString("{}")));

        assertThat(answer.statusCode()).isEqualTo(405);
        assertThat(answer.headers().firstValue("Allow")).hasValue("GET, HEAD, POST");
    }

    @Test
    void whatIsNotThereIsAProblem() throws Exception {
        for (String path :
                new String[] {"/nothing", "/workflow/xyz", "/workflow/00000000-0000-0000-0000-000000000000"}) {
            HttpResponse<String> answer = door.get(path);
            assertThat(answer.statusCode()).as(path).isEqualTo(404);
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
            assertThat(Door.json(answer).path("status").asInt()).isEqualTo(404);
        }
    }

    @Test
    void requestIdsAreTakenWhenFairAndMadeOtherwise() throws Exception {
        assertThat(door.send(door.request("/session").header("X-Request-Id", "abc-1"))
                        .headers()
                        .firstValue("X-Request-Id"))
                .hasValue("abc-1");
        assertThat(door.send(door.request("/session").header("X-Request-Id", "a b<script>"))
                        .headers()
                        .firstValue("X-Request-Id")
                        .orElseThrow())
                .hasSize(36);
    }

    @Test
    void rubbishOnTheSocketIsAnsweredWithAProblem() throws Exception {
        assertThat(raw("GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("application/problem+json");
        assertThat(raw("GARBAGE\r\n\r\n")).isEmpty();
    }

    @Test
    void aConnectionThatShallBeClosedIsClosed() throws Exception {
        assertThat(raw("GET /health_check HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"))
                .endsWith("ok\n");
    }

    @Test
    void aBodyThatIsTooLargeIsRefusedBeforeItIsSent() throws Exception {
        assertThat(raw("POST /cluster/nodes HTTP/1.1\r\nHost: x\r\nAuthorization: " + Door.basic("admin", "secret")
                        + "\r\nContent-Type: application/json\r\nContent-Length: 50000000\r\n\r\n{"))
                .startsWith("HTTP/1.1 413")
                .contains("application/problem+json");
    }

    @Test
    void theAddressOfTheRouterLeadsToThePage() throws Exception {
        for (String path : List.of("/", "/admin/")) {
            HttpResponse<String> answer = door.get(path);

            assertThat(answer.statusCode()).as(path).isEqualTo(302);
            assertThat(answer.headers().firstValue("Location")).hasValue("/admin");
        }
    }

    /// What comes back until the other side closes the connection.
    private String raw(String request) throws Exception {
        try (var socket = new Socket(InetAddress.getLoopbackAddress(), door.door.port());
                InputStream in = socket.getInputStream()) {
            socket.setSoTimeout(60_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
