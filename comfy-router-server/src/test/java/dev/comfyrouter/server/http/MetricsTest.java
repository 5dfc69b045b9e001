package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.Task;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MetricsTest extends AtTheDoor {
    @Test
    void namesStayAsTheyAre() throws Exception {
        Task task = door.run(door.submit());
        door.finish(task, "a.png", TestPictures.png(2, 2));
        HttpResponse<String> answer = door.get("/metrics");

        assertThat(answer.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/plain; version=0.0.4");
        List<String> names = answer.body()
                .lines()
                .filter(line -> line.startsWith("# TYPE comfyrouter_"))
                .map(line -> line.substring("# TYPE ".length()))
                .sorted()
                .toList();
        assertThat(names)
                .containsExactly(
                        "comfyrouter_attempts_repeated_total counter",
                        "comfyrouter_build_info gauge",
                        "comfyrouter_cache_bytes gauge",
                        "comfyrouter_cache_downloads gauge",
                        "comfyrouter_cache_downloads_waiting gauge",
                        "comfyrouter_cache_evicted_bytes_total counter",
                        "comfyrouter_cache_evictions_total counter",
                        "comfyrouter_cache_failures_total counter",
                        "comfyrouter_cache_files gauge",
                        "comfyrouter_cache_leases gauge",
                        "comfyrouter_cache_limit_bytes gauge",
                        "comfyrouter_cache_pinned_bytes gauge",
                        "comfyrouter_cache_quarantined_total counter",
                        "comfyrouter_cache_received_bytes_total counter",
                        "comfyrouter_cache_refetched_bytes_total counter",
                        "comfyrouter_cache_requests_total counter",
                        "comfyrouter_cache_reserved_bytes gauge",
                        "comfyrouter_cache_resumed_bytes_total counter",
                        "comfyrouter_cache_space_wait_seconds_total counter",
                        "comfyrouter_cache_wasted_bytes_total counter",
                        "comfyrouter_http_requests_seconds summary",
                        "comfyrouter_http_requests_seconds_max gauge",
                        "comfyrouter_nodes gauge",
                        "comfyrouter_nodes_draining gauge",
                        "comfyrouter_slots_free gauge",
                        "comfyrouter_store_failing gauge",
                        "comfyrouter_streams gauge",
                        "comfyrouter_task_run_seconds histogram",
                        "comfyrouter_task_run_seconds_max gauge",
                        "comfyrouter_task_wait_seconds histogram",
                        "comfyrouter_task_wait_seconds_max gauge",
                        "comfyrouter_tasks gauge",
                        "comfyrouter_tasks_ended_total counter");
        assertThat(answer.body())
                .contains("comfyrouter_tasks_ended_total{outcome=\"done\",type=\"SD15\"} 1.0")
                .contains("comfyrouter_tasks{status=\"done\"} 1.0")
                .contains("comfyrouter_task_wait_seconds_count 1")
                .contains("route=\"/workflow\"");
    }

    @Test
    void aRepeatedAttemptCountsAndOnlyTheFirstEndsTheWait() throws Exception {
        Task task = door.run(door.submit());
        door.store.again(task.number(), 1, Attempt.State.ENDED, FailureClass.OUT_OF_MEMORY, Optional.empty());
        door.run(task.id());

        assertThat(door.get("/metrics").body())
                .contains("comfyrouter_attempts_repeated_total 1.0")
                .contains("comfyrouter_task_wait_seconds_count 1");
    }

    @Test
    void labelsNameRoutesAndNeverTasks() throws Exception {
        Task task = door.run(door.submit());
        door.get("/workflow/" + task.id());
        door.get("/no/such/route");

        assertThat(door.get("/metrics").body())
                .contains("route=\"/workflow/{id}\"")
                .contains("route=\"none\"")
                .doesNotContain(task.id().toString())
                .doesNotContain("no/such");
    }
}
