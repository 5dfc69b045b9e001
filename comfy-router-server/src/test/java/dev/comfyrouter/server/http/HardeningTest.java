package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.task.Task;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Limits, headers, and what HTTP asks for beside the routes.
class HardeningTest extends AtTheDoor {
    @Override
    Map<String, String> settings() {
        return Map.of(
                "HTTP__MAX_BODY_BYTES", "2KiB",
                "HTTP__MAX_IMAGE_BODY_BYTES", "2MiB",
                "HTTP__BODY_BUDGET_BYTES", "3MiB",
                "HTTP__MAX_CONNECTIONS", "20");
    }

    @Test
    void headSaysWhatGetWouldWithoutTheBody() throws Exception {
        try (Wire wire = Wire.open(door)) {
            for (String path : List.of("/session", "/health_check", "/admin", "/doc", "/nothing", "/workflow/xyz")) {
                String get = wire.ask("GET", path, Wire.ADMIN).head();
                int length = Integer.parseInt(get.replaceAll("(?s).*Content-Length: (\\d+).*", "$1"));
                wire.body(length);
                String head = wire.ask("HEAD", path, Wire.ADMIN).head();
                assertThat(statusAndLength(head)).as(path).isEqualTo(statusAndLength(get));
            }
            assertThat(wire.ask("HEAD", "/session").head()).startsWith("HTTP/1.1 401");
            assertThat(wire.ask("HEAD", "/events", Wire.ADMIN).head())
                    .as("a stream has no end")
                    .startsWith("HTTP/1.1 405");
            assertThat(wire.ask("GET", "/health_check").head()).startsWith("HTTP/1.1 200");
        }
    }

    private static String statusAndLength(String head) {
        return head.substring(0, 12) + head.replaceAll("(?s).*(Content-Length: \\d+).*", " $1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            /session      | application/json                | 200
            /session      | application/*                   | 200
            /session      | text/html, */*;q=0.1            | 200
            /session      | application/xml                 | 406
            /session      | text/html                       | 406
            /session      | application/json;q=0            | 406
            /session      | application/json; q=0.5         | 200
            /session      | */*; q=0, application/JSON      | 200
            /session      | rubbish                         | 406
            /openapi      | application/yaml                | 200
            /metrics      | text/plain;version=0.0.4        | 200
            /metrics      | application/openmetrics-text, text/plain;q=0.3 | 200
            /metrics      | application/json                | 406
            /events       | application/json                | 406
            /doc          | text/html                       | 200
            /doc/start.js | text/javascript                 | 200
            """)
    void whatCannotBeGivenIsSaid(String path, String accept, int status) throws Exception {
        HttpResponse<String> answer = door.send(door.request(path).header("Accept", accept));

        assertThat(answer.statusCode()).isEqualTo(status);
        if (status == 406) {
            assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/problem+json");
        }
    }

    @Test
    void aBrowserRunsNothingOnThePageThatDidNotComeWithIt() throws Exception {
        HttpResponse<String> page = door.send(door.request("/admin").header("Accept", "text/html"));

        assertThat(page.headers().firstValue("Content-Security-Policy").orElseThrow())
                .contains("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'")
                .doesNotContain("unsafe", "*");
        assertThat(page.headers().firstValue("X-Content-Type-Options")).hasValue("nosniff");
        assertThat(page.headers().firstValue("Referrer-Policy")).hasValue("no-referrer");
        assertThat(page.headers().firstValue("Cross-Origin-Opener-Policy")).hasValue("same-origin");
        assertThat(page.headers().firstValue("Cross-Origin-Resource-Policy")).hasValue("same-origin");
        assertThat(page.body()).doesNotContain("http://", "https://");
    }

    @Test
    void answersAreNotKeptAndNotGuessedAt() throws Exception {
        for (String path : List.of("/session", "/workflow", "/state", "/nothing", "/metrics")) {
            HttpResponse<String> answer = door.get(path);
            assertThat(answer.headers().firstValue("Cache-Control")).as(path).hasValue("no-store");
            assertThat(answer.headers().firstValue("X-Content-Type-Options"))
                    .as(path)
                    .hasValue("nosniff");
        }
    }

    @Test
    void eachRouteHasItsOwnLimitOfBytes() throws Exception {
        String text = "x".repeat(100 * 1024);

        assertThat(door.post("/cluster/nodes", "{\"url\":\"" + text + "\"}").statusCode())
                .isEqualTo(413);
        assertThat(door.post("/workflow:cancel", "{\"q\":\"" + text + "\"}").statusCode())
                .isEqualTo(413);
        assertThat(door.post("/workflow", Door.SD15.replace("a lighthouse", text))
                        .statusCode())
                .as("pictures may come with a workflow; its prompt is too long, but that is another matter")
                .isIn(202, 422);
        String large = Door.SD15.replace("a lighthouse", "x".repeat(3 << 20));
        try (Wire wire = Wire.open(door)) { // it reads nothing before all has been sent
            wire.ask(
                    "POST",
                    "/workflow",
                    Wire.ADMIN,
                    "Content-Type: application/json",
                    "Content-Length: " + large.length());
            wire.send(large);

            assertThat(wire.head()).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void aBodyWithoutAnnouncedLengthIsCountedWhileItComes() throws Exception {
        try (Wire wire = Wire.open(door)) {
            wire.ask(
                    "POST",
                    "/cluster/nodes",
                    Wire.ADMIN,
                    "Content-Type: application/json",
                    "Transfer-Encoding: chunked");
            wire.send("1000\r\n" + " ".repeat(0x1000) + "\r\n");

            assertThat(wire.head()).startsWith("HTTP/1.1 413");
        }
    }

    @Test
    void jsonMayBeNestedOnlySoDeep() throws Exception {
        String deep = "[".repeat(201) + "]".repeat(201);
        String fair = "[".repeat(50) + "]".repeat(50);
        String graph = """
                {"type":"Graph","params":{"workflow":{"1":{"class_type":"SaveImage","inputs":{"images":%s}}}}}""";

        assertThat(door.post("/workflow", graph.formatted(deep)).statusCode()).isEqualTo(400);
        assertThat(door.post("/workflow", graph.formatted(fair)).statusCode()).isIn(202, 422);
        assertThat(door.post("/workflow", "{\"a\":" + "9".repeat(101) + "}").statusCode())
                .isEqualTo(400);
    }

    @Test
    void aPictureWithTooManyPixelsIsRefusedByItsHeader() throws Exception {
        byte[] bomb = TestPictures.png(1, 1);
        ByteBuffer.wrap(bomb).putInt(16, 65536).putInt(20, 65536); // width and height in the header of a PNG
        HttpResponse<String> refused =
                door.post("/workflow", """
                {"type":"SD15","params":{"prompt":"x","checkpoint":"a.safetensors","input_image":"data:image/png;base64,%s"}}""".formatted(Base64.getEncoder().encodeToString(bomb)));

        assertThat(refused.statusCode()).isEqualTo(422);
        JsonNode error = Door.json(refused).path("errors").path(0);
        assertThat(error.path("pointer").asText()).startsWith("/params/input_image");
        assertThat(error.path("detail").asText()).contains("65536 × 65536");
    }

    @Test
    void largeBodiesShareABudgetOfMemory() throws Exception {
        String head = "POST /workflow HTTP/1.1\r\nHost: x\r\n" + Wire.ADMIN
                + "Content-Type: application/json\r\nContent-Length: 2000000\r\nExpect: 100-continue\r\n\r\n";
        try (Wire slow = Wire.open(door);
                Wire other = Wire.open(door)) {
            assertThat(slow.send(head).head()).as("it is being read").startsWith("HTTP/1.1 100");

            assertThat(other.send(head).head()).startsWith("HTTP/1.1 503").contains("Retry-After: 2");
            assertThat(door.post("/workflow", Door.SD15).statusCode())
                    .as("small ones need none of it")
                    .isEqualTo(202);
        }
    }

    @Test
    void onlySoManyConnectionsAreServedAtOnceAndTheNextOneIsWhenOneHasGone() throws Exception {
        List<Wire> wires = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Wire wire = Wire.open(door);
            wires.add(wire);
            assertThat(wire.ask("GET", "/health_check").head()).startsWith("HTTP/1.1 200");
        }
        try (Wire next = Wire.open(door)) {
            next.ask("GET", "/health_check");
            wires.getFirst().close();
            assertThat(next.head()).startsWith("HTTP/1.1 200");
        } finally {
            for (Wire wire : wires) {
                wire.close();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"400, GET / HTTP/1.1", "400, GET /\u0001 HTTP/1.1", "400, GET /%zz HTTP/1.1"})
    void whatIsNoHttpIsAnsweredWithAProblem(int status, String line) throws Exception {
        try (Wire wire = Wire.open(door)) {
            wire.send(line + "\r\nHost: x\r\nbad header\r\n\r\n");
            assertThat(wire.rest()).startsWith("HTTP/1.1 " + status).contains("application/problem+json");
        }
    }

    @Test
    void headersAndFirstLinesThatAreTooLongAreRefused() throws Exception {
        try (Wire wire = Wire.open(door)) {
            wire.ask("GET", "/session", "X-Long: " + "a".repeat(20_000));
            assertThat(wire.rest()).matches("(?s)HTTP/1.1 (400|431) .*application/problem.json.*");
        }
        try (Wire wire = Wire.open(door)) {
            wire.ask("GET", "/" + "a".repeat(5_000));
            assertThat(wire.rest()).matches("(?s)HTTP/1.1 (400|414) .*application/problem.json.*");
        }
    }

    @Test
    void aStoreThatCannotWriteIsSaidWithATimeToComeAgain() throws Exception {
        door.broken = java.util.Optional.of("disk full at /secret/place");

        HttpResponse<String> refused = door.post("/workflow", Door.SD15);

        assertThat(refused.statusCode()).isEqualTo(503);
        assertThat(refused.headers().firstValue("Retry-After")).isPresent();
        assertThat(refused.body()).doesNotContain("/secret/place");
    }

    @Test
    void whoWaitsForATaskIsToldItsAddressWhenTheRouterStops() throws Exception {
        var waiting = door.client.sendAsync(
                door.request("/workflow?wait=300")
                        .header("Content-Type", "application/json")
                        .POST(HttpRequest.BodyPublishers.ofString(Door.SD15))
                        .build(),
                HttpResponse.BodyHandlers.ofString());
        while (door.store.task(1).isEmpty()) {
            Thread.onSpinWait();
        }

        door.door.close();

        assertThat(waiting.get().statusCode()).isEqualTo(202);
        assertThat(Door.json(waiting.get()).path("number").asInt()).isEqualTo(1);
    }

    @Test
    void whatIsBeingSentIsFinishedWhenTheRouterStops() throws Exception {
        Task task = door.run(door.submit());
        byte[] large = new byte[1 << 20];
        door.finish(task, "large.bin", large);
        try (Wire wire = Wire.open(door)) {
            wire.ask("GET", "/workflow/" + task.id() + "/files/0", Wire.ADMIN);
            assertThat(wire.head()).startsWith("HTTP/1.1 200");
            wire.body(1000);
            Thread closing = Thread.startVirtualThread(door.door::close);

            assertThat(wire.body(large.length - 1000)).hasSize(large.length - 1000);
            closing.join();
        }
    }
}
