package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.comfyrouter.server.task.TaskId;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Many tasks at once: lists, and acts on all that match.
class TaskListTest extends AtTheDoor {
    private List<Long> numbers(String query) throws Exception {
        return StreamSupport.stream(
                        Door.json(door.get("/workflow" + query)).path("tasks").spliterator(), false)
                .map(task -> task.path("number").asLong())
                .toList();
    }

    @Test
    void listsArePagedNewestFirst() throws Exception {
        for (int i = 0; i < 5; i++) {
            door.submit();
        }
        JsonNode first = Door.json(door.get("/workflow?limit=3"));
        JsonNode second = Door.json(
                door.get("/workflow?limit=3&cursor=" + first.path("next").asText()));

        assertThat(first.path("tasks"))
                .extracting(task -> task.path("number").asLong())
                .containsExactly(5L, 4L, 3L);
        assertThat(second.path("tasks"))
                .extracting(task -> task.path("number").asLong())
                .containsExactly(2L, 1L);
        assertThat(second.path("next").isNull()).isTrue();
        assertThat(first.path("total").asInt()).isEqualTo(5);
        assertThat(second.path("total").asInt()).isEqualTo(5);
        assertThat(door.get("/workflow?status=eaten").statusCode()).isEqualTo(422);
        assertThat(door.get("/workflow?limit=0").statusCode()).isEqualTo(422);
    }

    @Test
    void aPageThatIsFullIsTheLastOneWhenNothingFollows() throws Exception {
        door.submit();
        door.submit();

        assertThat(Door.json(door.get("/workflow?limit=2")).path("next").isNull())
                .isTrue();
    }

    @Test
    void listsAreNarrowedByWhatTheQuerySays() throws Exception {
        TaskId first = door.submit();
        door.post("/workflow", Door.SD15.replace("lighthouse", "100% tower"));
        door.run(first);
        String middle = Door.json(door.get("/workflow?q=tower"))
                .path("tasks")
                .path(0)
                .path("createdAt")
                .asText();

        assertThat(numbers("?q=tower")).containsExactly(2L);
        assertThat(numbers("?q=100%25")).containsExactly(2L);
        assertThat(numbers("?q=%232")).containsExactly(2L);
        assertThat(numbers("?q=gpu-1")).containsExactly(1L);
        assertThat(numbers("?q=" + first.toString().substring(0, 13))).contains(1L);
        assertThat(numbers("?q=" + first.toString().substring(0, 13).toUpperCase(java.util.Locale.ROOT)))
                .contains(1L);
        assertThat(numbers("?status=running")).containsExactly(1L);
        assertThat(numbers("?status=running,pending")).containsExactly(2L, 1L);
        assertThat(numbers("?status=running&status=pending")).containsExactly(2L, 1L);
        assertThat(numbers("?type=Flux")).isEmpty();
        assertThat(numbers("?node=1")).containsExactly(1L);
        assertThat(numbers("?from=" + middle)).contains(2L);
        assertThat(numbers("?to=" + middle)).doesNotContain(2L);
        assertThat(numbers("?from=2001-01-01T00:00:00%2B01:00&to=2002-01-01T00:00:00Z"))
                .isEmpty();
        JsonNode one = Door.json(door.get("/workflow?status=running&limit=1"));
        assertThat(one.path("total").asInt()).isEqualTo(1);
    }

    @Test
    void aQueryThatMeansNothingIsRefusedByItsName() throws Exception {
        for (String query : List.of("from=yesterday", "to=12", "node=http://unknown", "cursor=x", "limit=501")) {
            assertThat(Door.json(door.get("/workflow?" + query))
                            .path("errors")
                            .path(0)
                            .path("pointer")
                            .asText())
                    .isEqualTo(query.substring(0, query.indexOf('=')));
        }
    }

    @Test
    void manyAreCancelledByFilterAfterADryRun() throws Exception {
        for (int i = 0; i < 4; i++) {
            door.submit();
        }
        door.run(door.store.task(1).orElseThrow().id());

        JsonNode dry = Door.json(door.post("/workflow:cancel", """
                {"status":"pending","dryRun":true}"""));
        assertThat(dry.path("matched").asInt()).isEqualTo(3);
        assertThat(dry.path("cancelled").asInt()).isZero();
        assertThat(dry.path("samples")).hasSize(3);

        JsonNode wet = Door.json(door.post("/workflow:cancel", """
                {"status":"pending"}"""));
        assertThat(wet.path("cancelled").asInt()).isEqualTo(3);
        assertThat(Door.json(door.get("/workflow?status=cancelled")).path("tasks"))
                .hasSize(3);
        assertThat(door.post("/workflow:cancel", "{}").statusCode()).isEqualTo(422);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {"status":null}                      |
            {"status":""}                        |
            {"status":[]}                        |
            {"q":""}                             |
            {"ids":[]}                           |
            {"status":{}}                        | /status
            {"status":[1]}                       | /status
            {"q":7}                              | /q
            {"ids":"x","type":"SD15"}            | /ids
            {"ids":["x"]}                        | /ids/0
            {"status":"pending","dryRun":"true"} | /dryRun
            {"status":"pending","dryRun":{}}     | /dryRun
            {"type":"SD"}                        | /type
            {"type":"SD15","all~/":1}            | /all~0~1
            """)
    void tasksAreNotCancelledByAMistakeOfTheCaller(String body, @Nullable String pointer) throws Exception {
        door.submit();

        HttpResponse<String> refused = door.post("/workflow:cancel", body);

        assertThat(refused.statusCode()).isEqualTo(422);
        assertThat(Door.json(refused).at("/errors/0/pointer").asText()).isEqualTo(pointer == null ? "" : pointer);
        assertThat(Door.json(door.get("/workflow")).at("/tasks/0/status").asText())
                .isEqualTo("pending");
    }

    @Test
    void aTypeThatThereIsNotIsAMistakeAndNotAnEmptyList() throws Exception {
        assertThat(door.get("/workflow?type=SDXL").statusCode()).isEqualTo(200);
        assertThat(door.get("/workflow?type=sdxl").statusCode()).isEqualTo(422);
    }
}
