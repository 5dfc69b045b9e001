package dev.comfyrouter.testkit;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.ConnectException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;

/// Sends a recorded conversation to a fake and collects what it does differently.
///
/// Lines are taken in their order; before each request the fake has said everything that the real server had
/// said by then, or at least has come to rest.
final class Replay implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(15);
    // Long enough for what is on its way, and for what may still be painted.
    private static final Duration SHORT = Duration.ofMillis(60);
    private static final Duration LONG = Duration.ofSeconds(2);
    private static final Pattern TEMP = Pattern.compile("ComfyUI_temp_[a-z]{5}_\\d+_\\.png");
    private static final Set<String> COMPARED_HEADERS =
            Set.of("Content-Disposition", "Content-Range", "Accept-Ranges", "X-Content-Type-Options");

    private final Recording recording;
    private final Predicate<String> skipsPath;
    private final FakeComfyServer server;
    private final RecordedPace pace;
    private final TestClient client;
    private final Map<String, Connection> connections = new LinkedHashMap<>();
    private final Map<String, String> renamed = new HashMap<>();
    private final List<String> differences = new ArrayList<>();
    // Prompts whose many outputs run in the order of a Python set.
    private final Set<String> manyOutputs = new HashSet<>();
    private Optional<HttpResponse<byte[]>> answer = Optional.empty();
    private String request = "";
    private String note = "";

    /// One recorded WebSocket: what the real server said, and what the fake says.
    private record Connection(String name, TestSocket socket, List<String> real, List<String> fake) {}

    /// @param skipsPath requests that are not part of the fake
    Replay(Recording recording, FakeComfyServer server, RecordedPace pace, Predicate<String> skipsPath) {
        this.recording = recording;
        this.server = server;
        this.pace = pace;
        this.skipsPath = skipsPath;
        this.client = new TestClient(server);
    }

    /// What differs; empty when the fake did as the real server.
    List<String> run() throws IOException, InterruptedException {
        for (JsonNode line : recording.lines()) {
            pace.advance(Recording.time(line));
            if (line.path("ch").asText().equals("note")) {
                note = line.path("text").asText();
                if (note.equals("SIGKILL")) {
                    server.crash();
                } else if (note.equals("restart")) {
                    server.comeBack();
                }
            } else if (Recording.isHttp(line, "req")) {
                send(line);
            } else if (Recording.isHttp(line, "res")) {
                compareAnswer(line);
            } else if (line.path("ch").asText().equals("ws")) {
                socket(line);
            }
        }
        settle();
        for (Connection connection : connections.values()) {
            collect(connection);
            compare(connection);
        }
        return differences;
    }

    private void socket(JsonNode line) throws IOException, InterruptedException {
        String name = line.path("conn").asText();
        if (line.path("dir").asText().equals("open")) {
            settle();
            Connection connection = new Connection(
                    name, client.openPath(line.path("path").asText()), new ArrayList<>(), new ArrayList<>());
            connections.put(name, connection);
            await(connection, 1);
            return;
        }
        Connection connection = Optional.ofNullable(connections.get(name)).orElseThrow();
        switch (line.path("dir").asText()) {
            case "out" ->
                connection.socket().send(line.has("raw") ? line.path("raw").asText() : Json.write(line.path("text")));
            case "in" -> {
                connection.real().add(expected(line));
                await(connection, connection.real().size());
            }
            default -> {
                settle();
                collect(connection);
                if (line.path("by").asText().equals("client")) {
                    int others = server.openSockets() - 1;
                    connection.socket().sayGoodBye();
                    server.awaitSockets(others, PATIENCE);
                }
            }
        }
    }

    private String expected(JsonNode line) throws IOException {
        if (line.has("binaryHead")) {
            JsonNode decoded = line.path("decoded");
            return switch (decoded.path("type").asInt()) {
                case 1 -> "preview of format " + decoded.path("format").asInt();
                case 4 -> "preview with " + Normalised.of(decoded.path("metadata"));
                default ->
                    "text frame of " + decoded.path("node").asText() + ": "
                            + decoded.path("text").asText();
            };
        }
        return Normalised.of(Recording.frame(line)).toString();
    }

    /// Takes what has arrived, and waits for as many frames as the real client had by now.
    private void await(Connection connection, int count) throws IOException, InterruptedException {
        while (connection.fake().size() < count) {
            boolean rests = server.isAtRest() || pace.waits();
            Optional<String> next = connection.socket().next(rests ? SHORT : LONG);
            if (next.isEmpty()) {
                return;
            }
            connection.fake().add(normalisedFrame(next.get()));
        }
    }

    private void collect(Connection connection) throws IOException, InterruptedException {
        Optional<String> next = connection.socket().next(SHORT);
        while (next.isPresent()) {
            connection.fake().add(normalisedFrame(next.get()));
            next = connection.socket().next(SHORT);
        }
    }

    private static String normalisedFrame(String frame) throws IOException {
        return frame.startsWith("{")
                ? Normalised.of(Json.read(frame.getBytes(StandardCharsets.UTF_8)))
                        .toString()
                : frame;
    }

    private void compare(Connection connection) {
        // The position of status frames depends on the moment of other prompts' submissions; their number is
        // compared.
        List<String> real = comparable(connection.real());
        List<String> fake = comparable(connection.fake());
        fake.removeIf(frame -> frame.startsWith("close") || frame.equals("error"));
        for (int i = 0; i < Math.max(real.size(), fake.size()); i++) {
            String wanted = i < real.size() ? renamedIn(real.get(i)) : "(nothing)";
            String got = i < fake.size() ? fake.get(i) : "(nothing)";
            if (!wanted.equals(got)) {
                differences.add("frame " + i + " of " + connection.name() + "\n   real " + wanted + "\n   fake " + got);
                return;
            }
        }
        long statuses = connection.real().stream().filter(Replay::isStatus).count();
        long sent = connection.fake().stream().filter(Replay::isStatus).count();
        if (statuses != sent) {
            differences.add("status frames of " + connection.name() + ": real " + statuses + ", fake " + sent);
        }
    }

    private List<String> comparable(List<String> frames) {
        List<String> result = new ArrayList<>();
        List<String> unordered = new ArrayList<>();
        for (String frame : frames) {
            boolean ofManyOutputs = manyOutputs.stream().anyMatch(frame::contains);
            if (ofManyOutputs && !frame.contains("\"type\":\"progress_state\"")) {
                unordered.add(frame);
            } else if (!ofManyOutputs && !isStatus(frame)) {
                unordered.sort(null);
                result.addAll(unordered);
                unordered.clear();
                result.add(frame);
            }
        }
        unordered.sort(null);
        result.addAll(unordered);
        return result;
    }

    private static boolean isStatus(String frame) {
        return frame.contains("\"type\":\"status\"");
    }

    private void send(JsonNode line) throws IOException, InterruptedException {
        settle();
        request = line.path("method").asText() + " " + line.path("path").asText();
        String path = renamedIn(line.path("path").asText());
        if (skipsPath.test(path)) {
            answer = Optional.empty();
            return;
        }
        try {
            answer = Optional.of(
                    client.sendRaw(line.path("method").asText(), path.replace(" ", "%20"), headers(line), body(line)));
        } catch (ConnectException refused) {
            answer = Optional.empty();
        }
    }

    private static Map<String, String> headers(JsonNode line) {
        Map<String, String> headers = new LinkedHashMap<>();
        line.path("headers")
                .properties()
                .forEach(
                        header -> headers.put(header.getKey(), header.getValue().asText()));
        return headers;
    }

    private byte[] body(JsonNode line) {
        if (line.has("multipart")) {
            return multipart(line.path("multipart"));
        }
        String text = line.has("bodyText")
                ? line.path("bodyText").asText()
                : line.has("body") ? Json.write(line.path("body")) : "";
        return renamedIn(text).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] multipart(JsonNode parts) {
        StringBuilder body = new StringBuilder();
        for (JsonNode part : parts) {
            body.append("--recboundary\r\nContent-Disposition: form-data; name=\"")
                    .append(part.path("name").asText())
                    .append('"');
            if (part.has("filename")) {
                body.append("; filename=\"")
                        .append(latin(part.path("filename").asText().getBytes(StandardCharsets.UTF_8)))
                        .append("\"\r\nContent-Type: ")
                        .append(part.path("contentType").asText());
            }
            body.append("\r\n\r\n")
                    .append(
                            part.has("base64")
                                    ? latin(Base64.getDecoder()
                                            .decode(part.path("base64").asText()))
                                    : latin(part.path("value").asText().getBytes(StandardCharsets.UTF_8)))
                    .append("\r\n");
        }
        return body.append("--recboundary--\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String latin(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private void compareAnswer(JsonNode line) throws IOException {
        if (line.has("error")) {
            check("connection", "refused", answer.isEmpty() ? "refused" : "answered");
            return;
        }
        if (answer.isEmpty()) {
            return;
        }
        HttpResponse<byte[]> got = answer.get();
        check("status", "" + line.path("status").asInt(), "" + got.statusCode());
        check(
                "content type",
                line.path("contentType").isNull()
                        ? "none"
                        : line.path("contentType").asText(),
                got.headers().firstValue("Content-Type").orElse("none"));
        for (String header : COMPARED_HEADERS) {
            JsonNode wanted = line.path("headers").path(header);
            if (!wanted.isMissingNode()) {
                check(
                        header,
                        Normalised.text(wanted.asText()),
                        Normalised.text(
                                TestClient.utf8(got.headers().firstValue(header).orElse("none"))));
            }
        }
        compareBody(line, got);
    }

    private void compareBody(JsonNode line, HttpResponse<byte[]> got) throws IOException {
        boolean json = line.path("contentType").asText().startsWith("application/json");
        if (json && (line.has("body") || line.has("bodyRaw"))) {
            JsonNode wanted = line.has("bodyRaw")
                    ? Json.read(line.path("bodyRaw").asText().getBytes(StandardCharsets.UTF_8))
                    : line.path("body");
            JsonNode given = Json.read(got.body());
            learnNames(wanted, given);
            wanted.forEach(entry -> {
                if (entry.path("prompt").path(4).size() > 2) {
                    manyOutputs.add(entry.path("prompt").path(1).asText());
                }
            });
            if (request.contains("/object_info")
                    || request.contains("/system_stats")
                    || request.contains("/experiment/models")) {
                return;
            }
            if (dependsOnSpeed(wanted)) {
                return;
            }
            check(
                    "body",
                    renamedIn(Normalised.of(wanted).toString()),
                    Normalised.of(given).toString());
        } else if (line.has("body") && line.path("body").isTextual()) {
            check("body", line.path("body").asText(), new String(got.body(), StandardCharsets.UTF_8));
        } else if (line.has("bodyBase64")
                && request.contains("type=input")
                && !request.contains("preview=")
                && !request.contains("channel=")) {
            check("bytes", line.path("bodySha256").asText(), OutputCache.sha256(got.body()));
        }
    }

    /// Answers that were recorded while real models worked, or in the very moment between success and history.
    private boolean dependsOnSpeed(JsonNode wanted) {
        return switch (recording.scenario()) {
            case "16-no-client-id" -> request.equals("GET /prompt");
            case "24-history-race" -> wanted.isEmpty();
            case "15-history-queue-jobs" -> request.contains("sort_by=execution_duration");
            default -> false;
        };
    }

    private void check(String what, String wanted, String given) {
        if (!wanted.equals(given)) {
            differences.add(what + " of " + request + " (" + note + ")\n   real " + wanted + "\n   fake " + given);
        }
    }

    /// Ids that the server minted and names of temporary files, in pairs at the same place.
    private void learnNames(JsonNode real, JsonNode fake) {
        if (real.isObject() && fake.isObject()) {
            if (request.startsWith("POST") && real.path("prompt_id").isTextual()) {
                learn(real.path("prompt_id").asText(), fake.path("prompt_id").asText());
            }
            real.properties().forEach(member -> learnNames(member.getValue(), fake.path(member.getKey())));
        } else if (real.isArray()) {
            for (int i = 0; i < real.size(); i++) {
                learnNames(real.get(i), fake.path(i));
            }
        } else if (real.isTextual() && TEMP.matcher(real.asText()).matches()) {
            learn(real.asText(), fake.asText());
        }
    }

    private void learn(String real, String fake) {
        if (!real.equals(fake) && !fake.isEmpty()) {
            renamed.put(real, fake);
        }
    }

    private String renamedIn(String text) {
        String result = text;
        for (Map.Entry<String, String> name : renamed.entrySet()) {
            result = result.replace(name.getKey(), name.getValue());
        }
        return result;
    }

    private void settle() throws InterruptedException {
        server.changes().await(PATIENCE, () -> server.isAtRest() || pace.waits());
    }

    @Override
    public void close() {
        connections.values().forEach(connection -> connection.socket().close());
        client.close();
        server.close();
    }
}
