package dev.comfyrouter.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStep;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ForecastTest {
    private static final Instant START = Instant.parse("2026-11-24T12:00:00Z");
    private static final OptionalInt LEFT_THE_QUEUE = OptionalInt.empty();

    private Instant now = START;
    private int nodes = 1;
    private long numbers;
    private final Forecast forecast = new Forecast(() -> nodes, () -> now);

    /// Tasks of one type that took so many seconds each.
    private void ran(String type, int... seconds) {
        for (int each : seconds) {
            long number = ++numbers;
            forecast.hear(step(number, type, TaskState.RUNNING));
            now = now.plusSeconds(each);
            forecast.hear(step(number, type, TaskState.SUCCEEDED));
        }
    }

    private TaskStep step(long number, String type, TaskState state) {
        return new TaskStep(new TaskEvent(number, TaskId.random(), 1, state, now, ""), type, now, 1);
    }

    private Task starts(String type) {
        Task task = task(++numbers, type, TaskState.RUNNING);
        forecast.hear(step(task.number(), type, TaskState.RUNNING));
        return task;
    }

    private Task task(long number, String type, TaskState state) {
        return Task.accepted(
                number,
                TaskId.random(),
                type,
                state,
                0,
                "",
                now,
                now.plus(Duration.ofHours(1)),
                Duration.ofHours(1),
                Optional.empty());
    }

    private Optional<List<Long>> waiting(String type, int place) {
        return forecast.left(task(999, type, TaskState.READY), 0, OptionalInt.of(place));
    }

    @Test
    void aRunIsGuessedByItsOwnSpeed() {
        Task task = starts("SDXL");
        now = now.plusSeconds(10);

        assertThat(forecast.left(task, 0.5, LEFT_THE_QUEUE)).hasValue(List.of(8L, 14L));
        assertThat(forecast.left(task, 0.9, LEFT_THE_QUEUE)).hasValue(List.of(0L, 3L));
    }

    @Test
    void aRunThatHasHardlyBegunIsGuessedByThoseBefore() {
        ran("SDXL", 10, 20, 30, 40);
        Task task = starts("SDXL");
        now = now.plusSeconds(5);

        assertThat(forecast.left(task, 0.01, LEFT_THE_QUEUE)).hasValue(List.of(15L, 35L));
        now = now.plusSeconds(100);
        assertThat(forecast.left(task, 0.01, LEFT_THE_QUEUE))
                .as("slower than any before: nobody knows")
                .isEmpty();
    }

    @Test
    void withoutExperienceThereIsNoGuess() {
        ran("SDXL", 10, 10);

        assertThat(waiting("SDXL", 1)).isEmpty();
        assertThat(forecast.left(starts("SDXL"), 0, LEFT_THE_QUEUE)).isEmpty();
    }

    @Test
    void whoWaitsLongerIsFurtherBackAndMoreNodesAreFaster() {
        ran("SDXL", 10, 10, 10);

        assertThat(waiting("SDXL", 1)).hasValue(List.of(10L, 20L));
        assertThat(waiting("SDXL", 5)).hasValue(List.of(50L, 60L));
        nodes = 4;
        assertThat(waiting("SDXL", 5)).hasValue(List.of(20L, 30L));
        nodes = 0;
        assertThat(waiting("SDXL", 1)).isEmpty();
    }

    @Test
    void aTypeIsJudgedByItsOwnRunsWhereThereAreEnough() {
        ran("SD15", 2, 2, 2);
        ran("Flux", 100, 100, 100);

        assertThat(waiting("SD15", 1).orElseThrow()).first().isEqualTo(2L);
        assertThat(waiting("Flux", 1).orElseThrow()).first().isEqualTo(100L);
    }

    @Test
    void failedRunsTeachNothing() {
        for (int i = 0; i < 3; i++) {
            Task task = starts("SDXL");
            forecast.hear(step(task.number(), "SDXL", TaskState.FAILED));
        }

        assertThat(waiting("SDXL", 1)).isEmpty();
    }

    @Test
    void onlyTheNewestRunsCount() {
        ran("SDXL", 1000, 1000, 1000);
        for (int i = 0; i < 50; i++) {
            ran("SDXL", 5);
        }

        assertThat(waiting("SDXL", 1)).hasValue(List.of(5L, 10L));
    }

    @Test
    void whatHasEndedHasNothingLeft() {
        ran("SDXL", 10, 10, 10);

        assertThat(forecast.left(task(5, "SDXL", TaskState.SUCCEEDED), 1, LEFT_THE_QUEUE))
                .isEmpty();
    }
}
