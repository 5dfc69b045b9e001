package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.client.Bytes;
import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeUrl;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.testkit.FakeComfyServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StreamsTest extends AtTheDoor {
    @Test
    void aTaskIsFollowedToItsEnd() throws Exception {
        TaskId id = door.submit();
        try (EventReader events = EventReader.open(door, door.request("/workflow/" + id + "/events"))) {
            assertThat(events.next().orElseThrow().name()).isEqualTo("ping");
            EventReader.Event first = events.next("status");
            assertThat(first.id()).hasValue("1");
            assertThat(Json.kept(first.data()).path("state").asText()).isEqualTo("ready");

            Task task = door.run(id);
            door.board.progress(task.number(), 0.25, "", 5, 20);
            door.board.preview(task.number(), "image/png", Bytes.copyOf(TestPictures.png(2, 2)));
            EventReader.Event preview = events.next("preview");
            assertThat(preview.id()).isEmpty();
            assertThat(door.get(Json.kept(preview.data()).path("url").asText()).statusCode())
                    .isEqualTo(200);

            door.finish(task, "a.png", TestPictures.png(2, 2));
            assertThat(Json.kept(events.next("file").data()).path("url").asText())
                    .isEqualTo("/workflow/" + id + "/files/0");
            EventReader.Event last = events.next("status");
            assertThat(Json.kept(last.data()).path("status").asText()).isEqualTo("done");
            assertThat(events.next()).isEmpty();
        }
    }

    @Test
    void whoComesBackHearsWhatWasMissedAndNothingTwice() throws Exception {
        Task task = door.run(door.submit());
        door.finish(task, "a.png", TestPictures.png(2, 2));
        int last = door.store.task(task.id()).orElseThrow().sequence();

        List<String> ids = new ArrayList<>();
        try (EventReader events = EventReader.open(
                door, door.request("/workflow/" + task.id() + "/events").header("Last-Event-ID", "2"))) {
            for (Optional<EventReader.Event> event = events.next(); event.isPresent(); event = events.next()) {
                event.get().id().ifPresent(ids::add);
            }
        }
        assertThat(ids).first().isEqualTo("3");
        assertThat(ids).last().isEqualTo(Integer.toString(last));
        assertThat(ids).doesNotHaveDuplicates();

        try (EventReader again = EventReader.open(
                door,
                door.request("/workflow/" + task.id() + "/events").header("Last-Event-ID", Integer.toString(last)))) {
            assertThat(again.status()).isEqualTo(204);
        }
    }

    @Test
    void theStateIsASnapshotAndAStreamOfWhatChanges() throws Exception {
        door.submit();
        JsonNode state = Door.json(door.get("/state"));
        assertThat(state.path("tasks")).hasSize(1);
        assertThat(state.path("queue").path("pending").asInt()).isEqualTo(1);
        assertThat(state.path("counts").path("pending").asInt()).isEqualTo(1);
        assertThat(state.path("nodes").isArray()).isTrue();
        assertThat(state.path("lastHour").path("perMinute")).hasSize(60);

        try (EventReader events = EventReader.open(
                door, door.request("/events?since=" + state.path("since").asText()))) {
            assertThat(events.next().orElseThrow().name()).isEqualTo("hello");
            assertThat(events.next().orElseThrow().name()).isEqualTo("ping");

            TaskId second = door.submit();
            JsonNode change = changeOf(events, second);
            assertThat(change.path("createdAt").isTextual()).isTrue();

            door.run(second);
            JsonNode running = changeOf(events, second);
            while (!running.path("status").asText().equals("running")) {
                running = changeOf(events, second);
            }
            door.board.progress(2, 0.5, "", 10, 20);
            JsonNode step = changeOf(events, second);
            assertThat(step.path("step").asInt()).isEqualTo(10);
            assertThat(step.has("createdAt")).as("only what moves is sent").isFalse();
            assertThat(step.path("v").asLong()).isGreaterThan(running.path("v").asLong());
        }
    }

    /// The next change of a task.
    private static JsonNode changeOf(EventReader events, TaskId id) throws Exception {
        while (true) {
            EventReader.Event delta = events.next("delta");
            assertThat(delta.id()).isPresent();
            for (JsonNode change : Json.kept(delta.data()).path("t")) {
                if (change.path("id").asText().equals(id.toString())) {
                    return change;
                }
            }
        }
    }

    @Test
    void aReaderThatCannotGoOnIsToldToBeginAnew() throws Exception {
        for (String since : List.of("ffffffff-3", "nonsense", "x-1")) {
            try (EventReader events = EventReader.open(door, door.request("/events?since=" + since))) {
                assertThat(events.next("reset").data()).isEqualTo("{}");
                assertThat(events.next()).isEmpty();
            }
        }
    }

    @Test
    void aBrowserThatReconnectsByItselfGoesOnWhereItWas() throws Exception {
        String since = Door.json(door.get("/state")).path("since").asText();
        TaskId id = door.submit();
        EventReader.Event seen;
        try (EventReader events = EventReader.open(door, door.request("/events?since=" + since))) {
            seen = events.next("delta");
        }
        try (EventReader events = EventReader.open(
                door,
                door.request("/events?since=" + since)
                        .header("Last-Event-ID", seen.id().orElseThrow()))) {
            TaskId later = door.submit();
            assertThat(later).isNotEqualTo(id);
            assertThat(Json.kept(events.next("delta").data()).path("t"))
                    .extracting(change -> change.path("id").asText())
                    .doesNotContain(id.toString());
        }
    }

    @Test
    void aStreamTellsOfChangesAtMostFourTimesASecond() throws Exception {
        Task task = door.run(door.submit());
        String since = Door.json(door.get("/state")).path("since").asText();
        try (EventReader events = EventReader.open(door, door.request("/events?since=" + since))) {
            long start = 0;
            for (int deltas = 0; deltas < 8; ) {
                door.board.progress(task.number(), deltas / 10.0, "", deltas, 20);
                if (events.next("delta").id().isPresent() && ++deltas == 1) {
                    start = System.nanoTime();
                }
            }
            assertThat(System.nanoTime() - start)
                    .as("seven pauses between eight")
                    .isGreaterThan(Duration.ofMillis(7 * 200).toNanos());
        }
    }

    @Test
    void aReaderWhoDoesNotReadHurtsNobodyElse() throws Exception {
        try (Wire asleep = Wire.open(door)) {
            asleep.ask("GET", "/events", Wire.ADMIN);
            String since = Door.json(door.get("/state")).path("since").asText();
            try (EventReader events = EventReader.open(door, door.request("/events?since=" + since))) {
                for (int i = 0; i < 40; i++) {
                    door.post("/workflow", Door.SD15.replace("a lighthouse", "x".repeat(5_000)));
                }
                assertThat(changeOf(events, door.submit()).path("createdAt").isTextual())
                        .isTrue();
            }
        }
    }

    @Test
    void whatAnOperatorShouldHearOfIsSaidToEveryPage() throws Exception {
        try (FakeComfyServer comfy = FakeComfyServer.start();
                EventReader events = EventReader.open(door, door.request("/events"))) {
            assertThat(events.next().orElseThrow().name()).isEqualTo("hello");
            Node node = door.nodes
                    .add(NodeUrl.parse(comfy.url().toString()), Optional.of("gpu-7"), List.of(), Map.of())
                    .node();
            node.hold(Optional.of(
                    new Hold(Hold.Kind.STALLED, Instant.now().plusSeconds(600), "nothing moved for a long time")));

            JsonNode notice = Json.kept(events.next("notice").data());
            assertThat(notice.path("level").asText()).isEqualTo("warn");
            assertThat(notice.path("text").asText())
                    .isEqualTo("gpu-7 gets no work for a while (stalled): nothing moved for a long time");
            assertThat(Door.json(door.get("/activity?kind=notice")).path("entries"))
                    .singleElement()
                    .extracting(entry -> entry.path("text").asText())
                    .isEqualTo(notice.path("text").asText());
        }
    }

    @Test
    void streamsSayThatTheyLive() throws Exception {
        try (EventReader events = EventReader.open(door, door.request("/events"))) {
            assertThat(events.next("ping").data()).contains("now");
            assertThat(events.next("ping").data()).contains("now");
        }
    }

    @Test
    void streamsEndWhenTheDoorCloses() throws Exception {
        TaskId id = door.submit();
        try (EventReader one = EventReader.open(door, door.request("/workflow/" + id + "/events"));
                EventReader all = EventReader.open(door, door.request("/events"))) {
            one.next("status");
            all.next("ping");

            door.door.close();

            while (one.next().isPresent()) {} // to the end of the stream
            while (all.next().isPresent()) {}
        }
    }
}
