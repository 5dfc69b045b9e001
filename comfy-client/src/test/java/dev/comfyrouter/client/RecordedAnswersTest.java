package dev.comfyrouter.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordedAnswersTest {
    private static final OutputFile FILE = new OutputFile("9", "images", "a.png", "", "output");

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void everyAnswerOfAKnownRouteDecodesWithoutLoss(String version) throws Exception {
        var exchanges = Recordings.exchanges(version);
        var current = new AtomicReference<byte[]>(new byte[0]);
        var exchange = new AtomicReference<>(exchanges.getFirst());
        var counts = new TreeMap<String, Integer>();
        try (var server = RawServer.start((request, peer) -> peer.answer(
                        exchange.get().status(),
                        exchange.get().answer().path("contentType").asText(""),
                        current.get()));
                var client = server.client()) {
            for (var next : exchanges) {
                if (!next.hasBody() || next.request().path("headers").has("Range")) {
                    continue;
                }
                exchange.set(next);
                current.set(next.body());
                String route = check(next, client);
                if (!route.isEmpty()) {
                    counts.merge(route, 1, Integer::sum);
                }
            }
        }
        assertThat(counts)
                .containsKeys(
                        "submit",
                        "remaining",
                        "queue",
                        "history",
                        "control",
                        "upload",
                        "view",
                        "models",
                        "modelFiles",
                        "objectInfo",
                        "systemStats",
                        "features");
        assertThat(counts.containsKey("cancel")).isEqualTo(version.equals("0.33.0"));
        assertThat(counts.get("submit")).isGreaterThan(180);
        assertThat(counts.get("history")).isGreaterThan(140);
    }

    private static String check(Recordings.Exchange exchange, ComfyClient client) throws Exception {
        JsonNode body = json(exchange);
        String route = exchange.route();
        String last = route.substring(route.lastIndexOf('/') + 1);
        if (route.equals("POST /prompt")) {
            submit(exchange, body, client);
            return "submit";
        } else if (route.equals("GET /prompt")) {
            expect(exchange, client::queueRemaining)
                    .ifPresent(remaining -> assertThat(remaining)
                            .isEqualTo(body.path("exec_info")
                                    .path("queue_remaining")
                                    .asInt()));
            return "remaining";
        } else if (route.equals("GET /queue")) {
            expect(exchange, client::queue).ifPresent(queue -> assertQueue(queue, body));
            return "queue";
        } else if (route.startsWith("GET /history/")) {
            var entry =
                    expect(exchange, () -> client.history(new PromptId(last))).orElseThrow();
            assertThat(entry.isPresent()).isEqualTo(body.has(last));
            entry.ifPresent(found -> assertEntry(found, body.path(last)));
            return "history";
        } else if (route.equals("GET /history")) {
            expect(exchange, () -> client.history(5)).ifPresent(entries -> {
                assertThat(entries.keySet()).extracting(PromptId::value).containsExactlyElementsOf(names(body));
                entries.forEach((id, entry) -> assertEntry(entry, body.path(id.value())));
            });
            return "history";
        } else if (route.equals("POST /queue")) {
            expectNothing(exchange, () -> client.deleteFromQueue(new PromptId("x")));
            return "control";
        } else if (route.equals("POST /interrupt")) {
            expectNothing(exchange, () -> client.interrupt(new PromptId("x")));
            return "control";
        } else if (route.equals("POST /free")) {
            expectNothing(exchange, () -> client.free(true, true));
            return "control";
        } else if (route.matches("POST /api/jobs/[^/]+/cancel")) {
            CancelResult expected =
                    body.path("cancelled").asBoolean() ? CancelResult.ACCEPTED : CancelResult.NOTHING_TO_CANCEL;
            assertThat(expect(exchange, () -> client.cancel(PromptId.random()))).contains(expected);
            return "cancel";
        } else if (route.startsWith("POST /upload/")) {
            upload(exchange, body, client, route.endsWith("mask"));
            return "upload";
        } else if (route.equals("GET /view")) {
            byte[] bytes = exchange.body();
            var out = new ByteArrayOutputStream();
            if (exchange.status() == 304) {
                return "";
            }
            expect(exchange, () -> client.view(FILE, out, 1 << 20)).ifPresent(length -> {
                assertThat(length).isEqualTo(bytes.length);
                assertThat(out.toByteArray()).isEqualTo(bytes);
            });
            return "view";
        }
        return introspection(exchange, body, client, last);
    }

    private static String introspection(Recordings.Exchange exchange, JsonNode body, ComfyClient client, String last)
            throws Exception {
        String route = exchange.route();
        if (route.matches("GET /models/.+")) {
            expect(exchange, () -> client.models(last))
                    .ifPresent(models -> assertThat(models).isEqualTo(Json.texts(body)));
            return "models";
        } else if (route.matches("GET /experiment/models/.+")) {
            expect(exchange, () -> client.modelFiles(last)).ifPresent(files -> {
                assertThat(files).hasSize(body.size());
                for (int i = 0; i < files.size(); i++) {
                    assertThat(files.get(i))
                            .isEqualTo(new ModelFile(
                                    body.path(i).path("name").asText(),
                                    body.path(i).path("size").asLong()));
                }
            });
            return "modelFiles";
        } else if (route.matches("GET /object_info/.+")) {
            expect(exchange, () -> client.objectInfo(last))
                    .ifPresent(catalog -> assertThat(catalog.classes()).containsExactlyElementsOf(names(body)));
            return "objectInfo";
        } else if (route.matches("GET (/api)?/system_stats")) {
            expect(exchange, client::systemStats).ifPresent(stats -> {
                JsonNode system = body.path("system");
                assertThat(stats.requireSupported())
                        .hasToString(system.path("comfyui_version").asText());
                assertThat(stats.ramTotal()).isEqualTo(system.path("ram_total").asLong());
                assertThat(stats.argv()).isEqualTo(Json.texts(system.path("argv")));
                assertThat(stats.devices()).hasSize(body.path("devices").size()).allSatisfy(device -> {
                    assertThat(device.type()).isEqualTo("cpu");
                    assertThat(device.index()).isEmpty();
                    assertThat(device.vramTotal()).isEqualTo(stats.ramTotal());
                });
            });
            return "systemStats";
        } else if (route.equals("GET /features")) {
            expect(exchange, client::features).ifPresent(features -> {
                assertThat(features.previewMetadata()).isTrue();
                assertThat(features.maxUploadBytes()).hasValue(100L << 20);
                assertThat(features.json()).isEqualTo(body.toString());
            });
            return "features";
        }
        return "";
    }

    private static void submit(Recordings.Exchange exchange, JsonNode body, ComfyClient client) {
        PromptId answered = new PromptId(body.path("prompt_id").asText("x"));
        boolean ours = exchange.status() != 200 || answered.isCanonical();
        PromptId asked = answered.isCanonical() ? answered : PromptId.random();
        int errors = 0;
        for (JsonNode node : body.path("node_errors")) {
            errors += node.path("errors").size();
        }
        if (!ours) {
            assertThat(catchThrowableOfType(
                            ComfyException.Protocol.class, () -> client.submit(Graphs.submission(asked))))
                    .as(exchange.toString())
                    .hasMessageContaining(answered.value());
            return;
        }
        if (exchange.status() == 200) {
            Submitted submitted = expect(exchange, () -> client.submit(Graphs.submission(asked)))
                    .orElseThrow();
            assertThat(submitted.number()).isEqualTo(body.path("number").asDouble());
            assertNodeErrors(submitted.nodeErrors(), body, errors);
        } else if (exchange.status() == 400) {
            var refused = catchThrowableOfType(ComfyException.class, () -> client.submit(Graphs.submission(asked)));
            switch (refused) {
                case ComfyException.Rejected rejected -> {
                    assertThat(rejected.type())
                            .isEqualTo(body.path("error").path("type").asText());
                    assertNodeErrors(rejected.nodeErrors(), body, errors);
                }
                case ComfyException.MissingOnNode missing -> {
                    assertThat(exchange.request().toString())
                            .contains(missing.missing().getFirst().name());
                    assertNodeErrors(missing.nodeErrors(), body, errors);
                }
                case null, default -> throw new AssertionError(exchange + " gave " + refused);
            }
        } else {
            fails(exchange, () -> client.submit(Graphs.submission(asked)));
        }
    }

    private static void assertNodeErrors(List<NodeError> errors, JsonNode body, int expected) {
        assertThat(errors).hasSize(expected).allSatisfy(error -> {
            JsonNode node = body.path("node_errors").path(error.nodeId());
            assertThat(node.path("class_type").asText()).isEqualTo(error.classType());
            assertThat(Json.texts(node.path("dependent_outputs"))).isEqualTo(error.dependentOutputs());
            assertThat(node.path("errors").toString())
                    .contains(JsonNodeFactory.instance.textNode(error.message()).toString())
                    .contains(JsonNodeFactory.instance.textNode(error.details()).toString());
            assertThat(error.toString()).contains("node " + error.nodeId());
        });
    }

    private static void assertQueue(QueueSnapshot queue, JsonNode body) {
        assertThat(lines(queue.running())).isEqualTo(lines(body.path("queue_running")));
        assertThat(lines(queue.pending())).containsExactlyInAnyOrderElementsOf(lines(body.path("queue_pending")));
        assertThat(queue.pending()).extracting(QueuedPrompt::number).isSorted();
    }

    private static List<String> lines(List<QueuedPrompt> prompts) {
        return prompts.stream()
                .map(prompt -> prompt.number() + " " + prompt.promptId() + " " + prompt.clientId())
                .toList();
    }

    private static List<String> lines(JsonNode items) {
        var lines = new ArrayList<String>();
        items.forEach(item -> lines.add(
                item.path(0).asDouble() + " " + item.path(1).asText() + " " + Json.text(item.path(3), "client_id")));
        return lines;
    }

    private static void assertEntry(HistoryEntry entry, JsonNode json) {
        JsonNode status = json.path("status");
        String messages = status.path("messages").toString();
        Outcome outcome = status.path("status_str").asText().equals("success")
                ? Outcome.SUCCESS
                : messages.contains("\"execution_interrupted\"") ? Outcome.INTERRUPTED : Outcome.ERROR;
        assertThat(entry.outcome()).isEqualTo(outcome);
        assertThat(entry.error().isPresent()).isEqualTo(outcome == Outcome.ERROR);
        assertThat(entry.runTime().orElseThrow()).isGreaterThanOrEqualTo(Duration.ZERO);
        entry.error()
                .ifPresent(error -> assertThat(messages)
                        .contains("\"node_id\":\"" + error.nodeId() + "\"")
                        .contains(error.exceptionType()));
        assertThat(EventEncoder.normal(outputs(entry.result()), List.of("format", "extra")))
                .isEqualTo(EventEncoder.normal(json.path("outputs"), List.of("format", "extra")));
    }

    /// By node, as in the history.
    private static JsonNode outputs(Outputs outputs) {
        ObjectNode byNode = JsonNodeFactory.instance.objectNode();
        var nodes = new ArrayList<String>();
        outputs.files().forEach(file -> nodes.add(file.nodeId()));
        outputs.texts().forEach(text -> nodes.add(text.nodeId()));
        outputs.other().forEach(other -> nodes.add(other.nodeId()));
        for (String node : nodes) {
            byNode.set(
                    node,
                    EventEncoder.outputs(new Outputs(
                            outputs.files().stream()
                                    .filter(file -> file.nodeId().equals(node))
                                    .toList(),
                            outputs.texts().stream()
                                    .filter(text -> text.nodeId().equals(node))
                                    .toList(),
                            outputs.other().stream()
                                    .filter(other -> other.nodeId().equals(node))
                                    .toList())));
        }
        return byNode;
    }

    private static void upload(Recordings.Exchange exchange, JsonNode body, ComfyClient client, boolean mask)
            throws Exception {
        var bytes = new ByteArrayInputStream(new byte[] {1});
        Optional<UploadedImage> uploaded = expect(
                exchange,
                () -> mask
                        ? client.uploadMask("m.png", bytes, FILE, "", false)
                        : client.uploadImage("u.png", bytes, "", false));
        uploaded.ifPresent(image -> assertThat(image)
                .isEqualTo(new UploadedImage(
                        body.path("name").asText(),
                        body.path("subfolder").asText(),
                        body.path("type").asText())));
    }

    private interface Call<T> {
        T get() throws IOException, InterruptedException;
    }

    private interface Command {
        void run() throws InterruptedException;
    }

    /// The result if the recorded answer is one; otherwise the call must fail as the status says.
    private static <T> Optional<T> expect(Recordings.Exchange exchange, Call<T> call) {
        if (exchange.status() == 200) {
            try {
                return Optional.of(call.get());
            } catch (IOException | InterruptedException | RuntimeException failed) {
                throw new AssertionError(exchange.toString(), failed);
            }
        }
        fails(exchange, call::get);
        return Optional.empty();
    }

    private static void expectNothing(Recordings.Exchange exchange, Command command) {
        var unused = expect(exchange, () -> {
            command.run();
            return "";
        });
    }

    private static void fails(Recordings.Exchange exchange, ThrowingCallable call) {
        Class<? extends ComfyException> kind = switch (exchange.status()) {
            case 400 -> ComfyException.Rejected.class;
            case 403 -> ComfyException.Denied.class;
            case 404, 405 -> ComfyException.NotFound.class;
            case 500 -> ComfyException.ServerError.class;
            default -> throw new AssertionError(exchange);
        };
        assertThat(catchThrowableOfType(ComfyException.class, call))
                .as(exchange.toString())
                .isInstanceOf(kind);
    }

    private static JsonNode json(Recordings.Exchange exchange) throws IOException {
        byte[] body = exchange.body();
        boolean json = exchange.answer().path("contentType").asText().startsWith("application/json");
        return json && body.length > 0 ? Json.read(body) : JsonNodeFactory.instance.objectNode();
    }

    private static Set<String> names(JsonNode object) {
        return object.properties().stream().map(Map.Entry::getKey).collect(Collectors.toCollection(LinkedHashSet::new));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.3.64", "0.33.0"})
    void theWholeCatalogIsRead(String version) throws Exception {
        String body =
                Files.readString(Recordings.directory(version).resolve("object_info.json"), StandardCharsets.UTF_8);
        try (var server = RawServer.answering(body);
                var client = server.client()) {
            assertThat(client.objectInfo().classes()).containsExactlyElementsOf(names(Json.read(body)));
        }
    }
}
