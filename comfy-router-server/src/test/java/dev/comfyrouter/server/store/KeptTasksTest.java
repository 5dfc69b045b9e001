package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskStatus;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;

class KeptTasksTest extends StoreTest {
    @Test
    void theOldestEndedTasksAreDroppedAndTheirIdsRememberedForADay() throws Exception {
        TaskId oldest = accept(task("one", false));
        TaskId running = accept(task("two", false));
        assign(running, 1);
        TaskId newest = accept(task("three", false));
        store.cancel(oldest);
        now = now.plusSeconds(1);
        store.cancel(newest);
        now = now.plusSeconds(600);

        List<Long> dropped = store.trim(1, now);

        assertThat(dropped).containsExactly(1L);
        assertThat(store.task(oldest)).isEmpty();
        assertThat(store.dropped(oldest)).isTrue();
        assertThat(store.task(running)).isPresent();
        assertThat(store.task(newest)).isPresent();
        now = now.plus(Duration.ofHours(25));
        store.trim(1, now);
        assertThat(store.dropped(oldest)).isFalse();
    }

    @Test
    void noTaskIsDroppedThatEndedTooRecently() throws Exception {
        store.cancel(accept(task("one", false)));

        assertThat(store.trim(0, now.minusSeconds(1))).isEmpty();
        assertThat(store.trim(0, now)).containsExactly(1L);
    }

    @Test
    void listsAreNewestFirstFilteredAndPaged() throws Exception {
        TaskId one = accept(task("a red cat", false));
        accept(task("a blue dog", false));
        TaskId three = accept(task("a 100% cat", false));
        store.cancel(one);

        List<Task> first = store.list(TaskFilter.newest(2));
        List<Task> rest = store.list(TaskFilter.newest(2).before(OptionalLong.of(2)));
        List<Task> cats = store.list(filter(Optional.empty(), "cat"));
        List<Task> percent = store.list(filter(Optional.empty(), "100%"));
        List<Task> byId = store.list(filter(Optional.empty(), three.toString().substring(0, 13)));
        List<Task> cancelled = store.list(filter(Optional.of(TaskStatus.CANCELLED), "cat"));

        assertThat(numbers(first)).containsExactly(3L, 2L);
        assertThat(numbers(rest)).containsExactly(1L);
        assertThat(numbers(cats)).containsExactly(3L, 1L);
        assertThat(numbers(percent)).containsExactly(3L);
        assertThat(numbers(byId)).containsExactly(3L);
        assertThat(numbers(cancelled)).containsExactly(1L);
    }

    @Test
    void nodesAreKeptWithTheirHeadersAndOneAddressIsOneNode() throws Exception {
        var added = store.addNode(URI.create(URL), "gpu-1", List.of("studio"), Map.of("Authorization", "Bearer x"));
        var same = store.addNode(URI.create(URL), "other", List.of(), Map.of());
        store.updateNode(added.withDraining(true));

        store.close();
        open();

        assertThat(same.id()).isEqualTo(added.id());
        assertThat(store.nodes()).containsExactly(added.withDraining(true));
        assertThat(added.toString()).doesNotContain("Bearer");
        assertThat(store.removeNode(added.id())).isTrue();
        assertThat(store.nodes()).isEmpty();
    }
}
