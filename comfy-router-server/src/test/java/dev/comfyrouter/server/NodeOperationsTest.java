package dev.comfyrouter.server;

import static dev.comfyrouter.server.Cluster.LONG;
import static dev.comfyrouter.server.Cluster.SDXL;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.testkit.FakeComfyServer;
import dev.comfyrouter.testkit.RecordedRequest;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What operators do to nodes that stay.
class NodeOperationsTest {
    @TempDir
    private Path directory;

    @Test
    void aDrainedNodeEndsItsTaskAcceptsNoneAlsoAfterARestartAndGoesOnWhenResumed() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            node.holdExecutions();
            String running = cluster.submit(SDXL);
            node.awaitRunning(LONG);

            JsonNode drained = cluster.caller().post(cluster.path(node) + "/drain", "");
            String waiting = cluster.submit(SDXL);

            assertThat(drained.path("admission").asText()).isEqualTo("draining");
            assertThat(drained.path("status").asText()).isEqualTo("busy");
            node.releaseAll();
            assertThat(cluster.awaitEnd(running).path("status").asText()).isEqualTo("done");
            cluster.restartRouter();
            cluster.awaitStatus(node, "idle");
            assertThat(cluster.state(node).path("admission").asText()).isEqualTo("draining");
            cluster.awaitTask(waiting, task -> task.path("reason").asText().equals("every node is draining"));
            assertThat(node.startedExecutions()).isEqualTo(1);

            cluster.caller().post(cluster.path(node) + "/resume", "");
            assertThat(cluster.awaitEnd(waiting).path("status").asText()).isEqualTo("done");
        }
    }

    @Test
    void aNodeIsCheckedAtOnceWhenTheOperatorWantsIt() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of("NODE__CHECK_INTERVAL", "44s"))) {
            FakeComfyServer node =
                    cluster.add(FakeComfyServer.builder().recordRequests(100).start());
            Instant first = Instant.parse(
                    cluster.awaitNode(node, state -> !state.path("lastCheckAt").isNull())
                            .path("lastCheckAt")
                            .asText());

            cluster.caller().post(cluster.path(node) + "/check", "");

            cluster.awaitNode(
                    node,
                    state -> Instant.parse(state.path("lastCheckAt").asText()).isAfter(first));
        }
    }

    @Test
    void aNodeFreesItsMemoryOrSaysWhyNot() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            String path = cluster.path(node) + "/free";

            assertThat(cluster.caller().call("POST", path, "").status()).isEqualTo(204);
            RecordedRequest freed = node.requests("POST", "/free").getFirst();
            assertThat(freed.bodyText()).isEqualTo("{\"unload_models\":true,\"free_memory\":true}");

            node.crash();
            Caller.Answer failed = cluster.caller().call("POST", path, "");
            assertThat(failed.status()).isEqualTo(502);
            assertThat(failed.body().path("detail").asText())
                    .contains(node.url().toString());
        }
    }

    @Test
    void headersReachTheNodeAreNeverShownAndCanBeChanged() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of())) {
            FakeComfyServer node = FakeComfyServer.builder().recordRequests(0).start();
            node.faults().requireHeader("Authorization", "Bearer t0ken");
            cluster.add(node, ",\"headers\":{\"authorization\":\"Bearer wr0ng\"}");
            JsonNode refused = cluster.awaitNode(
                    node, state -> state.path("lastError").asText().contains("401"));
            assertThat(refused.path("status").asText()).isEqualTo("offline");

            JsonNode changed = cluster.caller()
                    .call("PATCH", cluster.path(node), "{\"headers\":{\"Authorization\":\"Bearer t0ken\"}}")
                    .body();

            cluster.awaitStatus(node, "idle");
            node.awaitSockets(1, LONG);
            assertThat(cluster.awaitEnd(cluster.submit(SDXL)).path("status").asText())
                    .isEqualTo("done");
            cluster.restartRouter();
            cluster.awaitStatus(node, "idle");
            for (JsonNode shown : List.of(
                    changed,
                    cluster.state(node),
                    cluster.caller().get(cluster.path(node)),
                    cluster.caller().get("/state"),
                    cluster.caller().get("/activity"))) {
                assertThat(shown.toString()).doesNotContain("t0ken", "wr0ng");
            }
        }
    }

    @Test
    void aNodeMayLieBelowAPath() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of())) {
            FakeComfyServer node = cluster.add(
                    FakeComfyServer.builder().pathPrefix("/gpu/comfy-3").start());
            cluster.awaitStatus(node, "idle");
            node.awaitSockets(1, LONG);

            JsonNode task = cluster.awaitEnd(cluster.submit(SDXL));

            assertThat(task.path("status").asText()).isEqualTo("done");
            assertThat(task.path("node").asText()).endsWith("/gpu/comfy-3/");
        }
    }

    @Test
    void aTaskRunsWhereItsLabelsAndItsMemoryAre() throws Exception {
        try (Cluster cluster = Cluster.start(directory, Map.of())) {
            FakeComfyServer small =
                    cluster.add(FakeComfyServer.builder().videoMemory(8L << 30).start(), ",\"labels\":[\"studio\"]");
            FakeComfyServer large =
                    cluster.add(FakeComfyServer.builder().videoMemory(80L << 30).start(), ",\"labels\":[\"lab\"]");
            cluster.awaitIdle();

            List<String> nodes = new ArrayList<>();
            for (String requires : List.of(
                    "{\"labels\":[\"studio\"]}",
                    "{\"labels\":[\"lab\"]}",
                    "{\"vramGiB\":24}",
                    "{\"labels\":[\"studio\"],\"vramGiB\":8}",
                    "{\"vramGiB\":80}")) {
                nodes.add(cluster.awaitEnd(cluster.submit(requiring(requires)))
                        .path("node")
                        .asText());
            }

            assertThat(nodes)
                    .containsExactly(
                            small.url() + "/",
                            large.url() + "/",
                            large.url() + "/",
                            small.url() + "/",
                            large.url() + "/");
        }
    }

    @Test
    void tasksThatNoNodeTakesNowKeepNobodyBehindThemWaiting() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer lab = cluster.add(FakeComfyServer.builder().start(), ",\"labels\":[\"lab\"]");
            cluster.awaitIdle();
            cluster.caller().post(cluster.path(lab) + "/drain", "");
            for (int i = 0; i < 70; i++) {
                cluster.submit(requiring("{\"labels\":[\"lab\"]}"));
            }

            JsonNode behind = cluster.awaitEnd(cluster.submit(SDXL));

            assertThat(behind.path("status").asText()).isEqualTo("done");
            assertThat(cluster.caller()
                            .get("/workflow?status=pending&limit=1")
                            .path("total")
                            .asInt())
                    .isEqualTo(70);
        }
    }

    @Test
    void aTaskThatRequiresWhatNoNodeHasEndsAndSaysWhatEachLacks() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            JsonNode task = cluster.awaitEnd(cluster.submit(requiring("{\"labels\":[\"lab\"]}")));

            assertThat(task.path("status").asText()).isEqualTo("error");
            assertThat(task.at("/error/class").asText()).isEqualTo("impossible");
            assertThat(task.at("/error/message").asText())
                    .contains(cluster.node(0).url() + "/ does not carry the labels [lab]");
        }
    }

    private static String requiring(String requirements) {
        return SDXL.substring(0, SDXL.length() - 1) + ",\"requires\":" + requirements + "}";
    }

    @Test
    void eachMinuteOfTheLastHourSaysWhatTheNodeWas() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.node(0);
            nextMinute(cluster, node);
            nextMinute(cluster, node);
            node.holdExecutions();
            cluster.submit(SDXL);
            cluster.awaitNode(node, state -> last(state, 0).equals("busy"));
            node.releaseAll();
            cluster.awaitStatus(node, "idle");
            nextMinute(cluster, node);
            node.crash();
            cluster.awaitNode(node, state -> last(state, 0).equals("offline"));
            node.comeBack();
            cluster.awaitStatus(node, "idle");
            nextMinute(cluster, node);

            JsonNode state = cluster.awaitNode(node, each -> last(each, 0).equals("idle"));

            assertThat(state.path("minutes")).hasSize(60);
            assertThat(last(state, 1)).isEqualTo("offline");
            assertThat(last(state, 2)).isEqualTo("busy");
            assertThat(last(state, 3)).isEqualTo("idle");
            assertThat(state.path("minutes").path(0).isNull()).isTrue();
            assertThat(state.path("doneLastHour").asInt()).isEqualTo(1);
            cluster.time.jump(Duration.ofHours(1));
            JsonNode later = cluster.awaitNode(node, each -> last(each, 0).equals("idle"));
            assertThat(last(later, 1)).isEmpty();
            assertThat(later.path("doneLastHour").asInt()).isZero();
        }
    }

    /// What the node was so many minutes ago.
    private static String last(JsonNode state, int minutesAgo) {
        return state.path("minutes").path(59 - minutesAgo).asText("").replace("null", "");
    }

    /// Goes to the beginning of the next minute, so that none begins by itself before the next call.
    private static void nextMinute(Cluster cluster, FakeComfyServer node) throws Exception {
        Instant now = cluster.time.instant();
        cluster.time.jump(
                Duration.between(now, now.truncatedTo(ChronoUnit.MINUTES).plusSeconds(60)));
        cluster.awaitNode(node, state -> last(state, 0).equals("idle"));
    }

    @Test
    void thePageOfANodeSaysWhatItLacksAndWhatBecameOfIt() throws Exception {
        try (Cluster cluster = Cluster.start(directory, 1)) {
            FakeComfyServer node = cluster.add(FakeComfyServer.builder()
                    .models("loras", "only-here.safetensors")
                    .withoutClass("FluxGuidance")
                    .start());
            cluster.awaitStatus(node, "idle");
            cluster.caller().post(cluster.path(node) + "/drain", "");
            node.crash();
            cluster.awaitStatus(node, "offline");

            JsonNode page = cluster.awaitNodePage(node, each -> each.path("log").size() >= 3);

            assertThat(page.path("lacks"))
                    .extracting(lack ->
                            lack.path("kind").asText() + " " + lack.path("name").asText())
                    .contains("node FluxGuidance")
                    .doesNotContain("model loras/only-here.safetensors");
            assertThat(cluster.caller().get(cluster.path(cluster.node(0))).path("lacks"))
                    .extracting(lack -> lack.path("name").asText())
                    .contains("loras/only-here.safetensors");
            String name = page.path("name").asText();
            assertThat(page.path("log"))
                    .extracting(entry -> entry.path("text").asText())
                    .anyMatch(text -> text.startsWith(name + " went offline: "))
                    .contains("Drained " + name, "Added " + name);
        }
    }
}
