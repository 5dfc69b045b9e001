package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskState;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TaskStoreTest extends StoreTest {
    @Test
    void anAcceptedTaskIsThereAfterTheStoreWasOpenedAgain() throws Exception {
        TaskId id = accept(task("a cat", false));

        store.close();
        open();

        Task found = store.task(id).orElseThrow();
        assertThat(found.state()).isEqualTo(TaskState.READY);
        assertThat(found.title()).isEqualTo("a cat");
        assertThat(found.seed()).contains(BigInteger.TWO.pow(64).subtract(BigInteger.ONE));
        TaskInput input = store.input(found.number()).orElseThrow();
        assertThat(input.stored()).isEqualTo("{\"url\":\"https://h/m?token=secret\"}");
        assertThat(input.requires()).isEqualTo(new Requirements(Set.of("studio"), 16));
        assertThat(input.warnings()).containsExactly("cfg_scale has no effect");
    }

    @Test
    void aTaskThatNeedsFilesIsNotReadyYet() throws Exception {
        TaskId id = accept(task("a cat", true));

        assertThat(store.task(id).orElseThrow().state()).isEqualTo(TaskState.ACCEPTED);
    }

    @Test
    void numbersCountUpAndAreNeverUsedTwice() throws Exception {
        TaskId first = accept(task("one", false));
        Cancellation cancelled = store.cancel(first);
        store.drop(first);

        TaskId second = accept(task("two", false));

        assertThat(cancelled).isEqualTo(new Cancellation.Done(1));
        assertThat(store.task(second).orElseThrow().number()).isEqualTo(2);
    }

    @Test
    void aTaskBeyondTheLimitIsRefusedAndOneWithAnAttemptDoesNotCount() throws Exception {
        TaskId first = accept(task("one", false));
        Acceptance refused = store.accept(task("two", false), 1);
        assign(first, 1);

        Acceptance taken = store.accept(task("three", false), 1);

        assertThat(refused).isEqualTo(new Acceptance.Full(1, 1));
        assertThat(taken).isInstanceOf(Acceptance.Accepted.class);
    }

    @Test
    void theLimitCountsRightAfterCancelsAndFailuresAndANewStart() throws Exception {
        TaskId cancelled = accept(task("one", false));
        TaskId failed = accept(task("two", false));
        accept(task("three", false));
        store.cancel(cancelled);
        store.fail(number(failed), 0, Attempt.State.ENDED, Failure.of(FailureClass.EXPIRED, "too late"));

        store.close();
        open();

        assertThat(store.accept(task("four", false), 1)).isEqualTo(new Acceptance.Full(1, 1));
        assertThat(store.accept(task("four", false), 2)).isInstanceOf(Acceptance.Accepted.class);
    }

    @Test
    void theSameKeyAndBodyGiveTheFirstAnswerAgainAndAnotherBodyIsRefused() throws Exception {
        NewTask first = withKey(task("one", false), "key", "body");
        TaskId id = accept(first);

        Acceptance again = store.accept(withKey(task("one", false), "key", "body"), NO_LIMIT);
        Acceptance other = store.accept(withKey(task("two", false), "key", "other body"), NO_LIMIT);

        assertThat(again).isEqualTo(new Acceptance.Replayed(id, 1));
        assertThat(other).isEqualTo(new Acceptance.KeyReused());
        assertThat(store.list(TaskFilter.newest(10))).hasSize(1);
    }

    @Test
    void aKeyIsForgottenAfterADay() throws Exception {
        accept(withKey(task("one", false), "key", "body"));
        now = now.plus(Duration.ofHours(25));

        Acceptance later = store.accept(withKey(task("two", false), "key", "other body"), NO_LIMIT);

        assertThat(later).isInstanceOf(Acceptance.Accepted.class);
    }

    @Test
    void aTokenInAUrlIsKeptForARetryAndIsInNoFileAfterTheTaskWasDropped() throws Exception {
        TaskId id = accept(task("a cat", false));
        store.cancel(id);
        long number = number(id);
        assertThat(store.input(number).orElseThrow().stored()).isEqualTo("{\"url\":\"https://h/m?token=secret\"}");

        store.drop(id);

        assertThat(store.input(number)).isEmpty();
        store.close();
        try (Stream<Path> files = Files.list(directory)) {
            assertThat(files.filter(Files::isRegularFile))
                    .isNotEmpty()
                    .allSatisfy(file -> assertThat(Files.readString(file, StandardCharsets.ISO_8859_1))
                            .doesNotContain("token=secret"));
        }
    }

    @Test
    void cancellingSaysWhatItFound() throws Exception {
        TaskId ended = accept(task("a cat", false));
        store.cancel(ended);

        assertThat(store.cancel(ended)).isEqualTo(new Cancellation.Ended(1, TaskState.CANCELLED));
        assertThat(store.cancel(TaskId.random())).isEqualTo(new Cancellation.Unknown());
    }

    @Test
    void aSecondRouterIsRefusedTheDirectoryAndToldWhoHasIt() {
        assertThatThrownBy(() -> TaskStore.open(directory, () -> now, event -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("process " + ProcessHandle.current().pid())
                .hasMessageContaining("DATA_DIR");
    }
}
