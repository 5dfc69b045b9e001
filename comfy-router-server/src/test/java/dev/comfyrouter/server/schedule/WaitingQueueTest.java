package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class WaitingQueueTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private final WaitingQueue queue = new WaitingQueue();

    @Test
    void tasksGoInTheOrderInWhichTheyCameAndTenMinutesEarlierForEachStepOfPriority() {
        queue.add(task(1, 0));
        queue.add(task(2, 0));
        queue.add(task(3, 1));

        assertThat(numbers(10, NOW)).containsExactly(3L, 1L, 2L);
        assertThat(numbers(2, NOW)).containsExactly(3L, 1L);
        assertThat(queue.position(2, NOW)).isEqualTo(OptionalInt.of(3));
        assertThat(queue.position(4, NOW)).isEmpty();
    }

    @Test
    void inALongQueuePlacesAreCountedOnceASecondAndNewTasksAreTheLast() {
        for (int i = 1; i <= 3000; i++) {
            queue.add(task(i, 0));
        }
        assertThat(queue.position(1, NOW)).hasValue(1);
        assertThat(queue.position(2500, NOW)).hasValue(2500);
        queue.remove(1);
        queue.add(task(3001, 0));

        assertThat(queue.position(1, NOW)).isEmpty();
        assertThat(queue.position(2500, NOW.plusMillis(999))).hasValue(2500);
        assertThat(queue.position(3001, NOW.plusMillis(999))).hasValue(3000);
        assertThat(queue.position(2500, NOW.plusSeconds(1))).hasValue(2499);
    }

    @Test
    void aTaskThatRestsJoinsAtItsOldPlaceWhenItsRestIsOver() {
        queue.add(task(1, 0)
                .after(
                        1,
                        new WaitingTask.Tried(new NodeId(1), FailureClass.INFRASTRUCTURE, "refused"),
                        Optional.of(NOW.plusSeconds(2)),
                        NOW));
        queue.add(task(2, 0));

        assertThat(numbers(10, NOW.plusSeconds(1))).containsExactly(2L);
        assertThat(queue.size()).isEqualTo(2);
        assertThat(numbers(10, NOW.plusSeconds(2))).containsExactly(1L, 2L);
        assertThat(queue.size()).isEqualTo(2);
    }

    @Test
    void aTaskIsTakenOnce() {
        queue.add(task(1, 0));

        assertThat(queue.remove(1)).map(WaitingTask::number).contains(1L);
        assertThat(queue.remove(1)).isEmpty();
        assertThat(queue.size()).isZero();
        assertThat(numbers(10, NOW)).isEmpty();
    }

    @Test
    void theLastTaskBehindAnotherOneIsTakenIfItHadNoAttempt() {
        queue.add(task(1, 0));
        queue.add(task(2, 0));
        queue.add(task(3, 0).after(1, NOW));

        assertThat(queue.takeLast(task(1, 0), number -> true))
                .map(WaitingTask::number)
                .contains(2L);
        assertThat(queue.takeLast(task(1, 0), number -> true)).isEmpty();
    }

    @Test
    void theTasksBehindOneAreFoundEvenWhenItHasLeft() {
        queue.add(task(1, 0));
        queue.add(task(2, 0));
        queue.add(task(3, 0));
        queue.remove(1);

        assertThat(queue.behind(task(1, 0), 1)).extracting(WaitingTask::number).containsExactly(2L);
        assertThat(queue.behind(task(2, 0), 9)).extracting(WaitingTask::number).containsExactly(3L);
        assertThat(queue.behind(task(3, 0), 9)).isEmpty();
    }

    @Test
    void onlyTasksWithoutAnAttemptExpire() {
        queue.add(task(1, 0));
        queue.add(task(2, 0).after(1, NOW));

        assertThat(queue.expired(NOW.plus(Duration.ofHours(23)))).isEmpty();
        assertThat(queue.expired(NOW.plus(Duration.ofHours(25))))
                .extracting(WaitingTask::number)
                .containsExactly(1L);
    }

    @Test
    void aTaskThatIsTakenOutWhileItComesInIsEitherTakenOrHereButNeverHalf() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long number = 1; number <= 2_000; number++) {
                WaitingTask task = task(number, 0);
                CyclicBarrier together = new CyclicBarrier(2);
                var added = threads.submit(() -> {
                    together.await();
                    queue.add(task);
                    return task;
                });
                var taken = threads.submit(() -> {
                    together.await();
                    return queue.remove(task.number());
                });
                added.get();
                boolean here = taken.get().isEmpty();
                assertThat(numbers(10, NOW)).isEqualTo(here ? List.of(number) : List.of());
                assertThat(queue.remove(number).isPresent()).isEqualTo(here);
                assertThat(queue.size()).isZero();
            }
        }
    }

    private static WaitingTask task(long number, int priority) {
        return WaitingTasks.task(number, NOW.plusMillis(number), priority, "a");
    }

    private List<Long> numbers(int count, Instant now) {
        return queue.first(count, now).stream().map(WaitingTask::number).toList();
    }
}
