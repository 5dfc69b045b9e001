package dev.comfyrouter.server.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class RetryTest {
    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

    private final Retry retry = new Retry(3, new Random(1));

    @ParameterizedTest
    @EnumSource(names = {"REQUEST", "EXECUTION", "POISON", "INPUT", "IMPOSSIBLE", "EXPIRED"})
    void whatWouldFailAnywhereIsNotTriedAgain(FailureClass cause) {
        assertThat(decide(List.of(), cause, 1)).isEqualTo(new Retry.Verdict.End(cause));
    }

    @ParameterizedTest
    @EnumSource(names = {"OUT_OF_MEMORY", "INTERRUPTED"})
    void memoryAndSomebodysInterruptAreTriedOnceMoreAtOnce(FailureClass cause) {
        assertThat(decide(List.of(), cause, 1)).isEqualTo(new Retry.Verdict.Again(Optional.empty()));
        assertThat(decide(List.of(tried(1, cause)), cause, 2)).isEqualTo(new Retry.Verdict.End(cause));
    }

    @Test
    void aServerErrorIsTriedOnAnotherNodeAndTheSecondIsTheRequestsFault() {
        var first = retry.decide(task(List.of()), tried(1, FailureClass.REQUEST), true);
        var second = retry.decide(task(List.of(tried(1, FailureClass.REQUEST))), tried(2, FailureClass.REQUEST), true);

        assertThat(first).isEqualTo(new Retry.Verdict.Again(Optional.empty()));
        assertThat(second).isEqualTo(new Retry.Verdict.End(FailureClass.REQUEST));
    }

    @Test
    void whatANodeLacksIsLookedForOnTheOthersWithoutEnd() {
        List<WaitingTask.Tried> many = new ArrayList<>();
        for (int node = 1; node <= 20; node++) {
            many.add(tried(node, FailureClass.MISSING));
        }

        assertThat(decide(many, FailureClass.MISSING, 21)).isEqualTo(new Retry.Verdict.Again(Optional.empty()));
    }

    @Test
    void infrastructureEndsATaskAfterThreeAttempts() {
        var one = tried(1, FailureClass.INFRASTRUCTURE);

        assertThat(decide(List.of(one), FailureClass.INFRASTRUCTURE, 1)).isInstanceOf(Retry.Verdict.Again.class);
        assertThat(decide(List.of(one, one), FailureClass.INFRASTRUCTURE, 2))
                .isEqualTo(new Retry.Verdict.End(FailureClass.INFRASTRUCTURE));
    }

    @Test
    void aTaskUnderWhichThreeNodesDiedForNoOtherReasonIsPoison() {
        assertThat(retry.decide(task(List.of(died(1), died(2))), died(3), false))
                .isEqualTo(new Retry.Verdict.End(FailureClass.POISON));
    }

    @Test
    void aNodeThatDiesTwiceOrForAnotherReasonMakesNoPoison() {
        var infrastructure = new Retry.Verdict.End(FailureClass.INFRASTRUCTURE);

        assertThat(retry.decide(task(List.of(died(1), died(2))), died(2), false))
                .isEqualTo(infrastructure);
        assertThat(retry.decide(task(List.of(died(1), died(2))), tried(3, FailureClass.INFRASTRUCTURE), false))
                .isEqualTo(infrastructure);
    }

    private static WaitingTask.Tried died(int node) {
        return new WaitingTask.Tried(new NodeId(node), FailureClass.INFRASTRUCTURE, "it is gone", true);
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 4", "3, 8", "6, 60", "40, 60"})
    void theDelayIsAnythingUpToABoundThatDoublesUpToAMinute(int failure, int seconds) {
        Retry patient = new Retry(100, new Random(7));
        List<WaitingTask.Tried> before = new ArrayList<>();
        for (int i = 1; i < failure; i++) {
            before.add(tried(1, FailureClass.INFRASTRUCTURE));
        }
        WaitingTask task = task(before);
        List<Duration> delays = new ArrayList<>();
        for (int i = 0; i < 400; i++) {
            if (patient.decide(task, tried(1, FailureClass.INFRASTRUCTURE), false)
                    instanceof Retry.Verdict.Again(Optional<Duration> delay)) {
                delays.add(delay.orElseThrow());
            }
        }

        assertThat(delays).hasSize(400).allMatch(delay -> delay.compareTo(Duration.ofSeconds(seconds)) <= 0);
        assertThat(delays)
                .anyMatch(delay -> delay.compareTo(Duration.ofSeconds(seconds).dividedBy(10)) < 0);
        assertThat(delays)
                .anyMatch(delay -> delay.compareTo(
                                Duration.ofSeconds(seconds).multipliedBy(9).dividedBy(10))
                        > 0);
    }

    private Retry.Verdict decide(List<WaitingTask.Tried> before, FailureClass cause, int node) {
        return retry.decide(task(before), tried(node, cause), false);
    }

    private static WaitingTask.Tried tried(int node, FailureClass cause) {
        return new WaitingTask.Tried(new NodeId(node), cause, cause.word());
    }

    private static WaitingTask task(List<WaitingTask.Tried> tried) {
        WaitingTask task = WaitingTasks.task(1, NOW, 0, "a");
        for (WaitingTask.Tried each : tried) {
            task = task.after(task.attempts() + 1, each, Optional.empty(), NOW);
        }
        return task;
    }
}
