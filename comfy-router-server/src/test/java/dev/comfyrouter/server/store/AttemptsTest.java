package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import dev.comfyrouter.server.task.TaskStep;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class AttemptsTest extends StoreTest {
    @Test
    void aTaskGoesThroughAllStatesAndEachStepIsAnEvent() throws Exception {
        TaskId id = accept(task("a cat", false));
        long number = number(id);
        assign(id, 1);
        store.submitted(number, 1, "{\"1\":{}}");
        store.running(number, 1);
        store.collecting(number, 1);

        boolean won = store.succeed(number, 1, List.of(picture(0)));

        assertThat(won).isTrue();
        Task done = store.task(id).orElseThrow();
        assertThat(done.state()).isEqualTo(TaskState.SUCCEEDED);
        assertThat(done.nodeUrl()).contains(URL);
        assertThat(store.results(number)).containsExactly(picture(0));
        assertThat(store.graph(number)).contains("{\"1\":{}}");
        List<TaskState> states =
                store.events(done, 0).stream().map(TaskEvent::state).toList();
        assertThat(states)
                .containsExactly(
                        TaskState.READY,
                        TaskState.SUBMITTING,
                        TaskState.SUBMITTED,
                        TaskState.RUNNING,
                        TaskState.COLLECTING,
                        TaskState.SUCCEEDED);
        assertThat(store.drop(TaskId.random())).isEmpty(); // comes after all have heard of what was before
        assertThat(published).extracting(step -> step.event().sequence()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(published).extracting(TaskStep::attempt).containsExactly(0, 1, 1, 1, 1, 1);
        assertThat(published).allSatisfy(step -> {
            assertThat(step.type()).isEqualTo(done.type());
            assertThat(step.acceptedAt()).isEqualTo(done.createdAt());
        });
        assertThat(store.events(done, 4)).hasSize(2);
    }

    @Test
    void onlyTheCurrentAttemptCanEndATask() throws Exception {
        TaskId id = accept(task("a cat", false));
        long number = number(id);
        assign(id, 1);
        store.again(number, 1, Attempt.State.ABANDONED, FailureClass.INFRASTRUCTURE, Optional.empty());
        assign(id, 2);

        boolean late = store.succeed(number, 1, List.of(picture(0)));
        boolean current = store.succeed(number, 2, List.of(picture(1)));
        boolean twice = store.succeed(number, 2, List.of(picture(2)));

        assertThat(List.of(late, current, twice)).containsExactly(false, true, false);
        assertThat(store.results(number)).containsExactly(picture(1));
        assertThat(store.abandoned()).extracting(Attempt::k).containsExactly(1);
    }

    @Test
    void anAttemptIsMadeOnlyOfATaskThatStillWaits() throws Exception {
        TaskId cancelled = accept(task("one", false));
        TaskId waiting = accept(task("two", false));
        store.cancel(cancelled);

        List<Assignment> taken = assign(List.of(assignment(cancelled, 1), assignment(waiting, 1)));

        assertThat(taken).extracting(Assignment::number).containsExactly(number(waiting));
    }

    @Test
    void theWishToCancelARunningTaskWinsOverItsResult() throws Exception {
        TaskId id = accept(task("a cat", false));
        long number = number(id);
        assign(id, 1);

        Cancellation wish = store.cancel(id);
        boolean succeeded = store.succeed(number, 1, List.of(picture(0)));
        boolean failed = store.fail(number, 1, Attempt.State.ENDED, Failure.of(FailureClass.EXECUTION, "no"));
        boolean again = store.again(number, 1, Attempt.State.ENDED, FailureClass.EXECUTION, Optional.empty());
        Task between = store.task(id).orElseThrow();
        boolean cancelled = store.cancelled(number, 1, Attempt.State.ENDED);

        assertThat(wish).isEqualTo(new Cancellation.Requested(number));
        assertThat(List.of(succeeded, failed, again, cancelled)).containsExactly(false, false, false, true);
        assertThat(between.cancelRequested()).isTrue();
        assertThat(between.state()).isEqualTo(TaskState.SUBMITTING);
        assertThat(store.task(id).orElseThrow().state()).isEqualTo(TaskState.CANCELLED);
        assertThat(store.results(number)).isEmpty();
    }

    @Test
    void aTaskThatNobodyAskedToCancelIsNotCancelled() throws Exception {
        TaskId id = accept(task("a cat", false));
        assign(id, 1);

        assertThat(store.cancelled(number(id), 1, Attempt.State.ENDED)).isFalse();
        assertThat(store.task(id).orElseThrow().state()).isEqualTo(TaskState.SUBMITTING);
    }

    @Test
    void aTaskInBackOffHasATimeAndCanBeGivenToANodeAgain() throws Exception {
        TaskId id = accept(task("a cat", false));
        Instant later = now.plusSeconds(4);
        assign(id, 1);

        store.again(number(id), 1, Attempt.State.LOST, FailureClass.INFRASTRUCTURE, Optional.of(later));

        Task resting = store.task(id).orElseThrow();
        assertThat(resting.state()).isEqualTo(TaskState.BACKOFF);
        assertThat(resting.notBefore()).contains(later);
        assertThat(assign(List.of(assignment(id, 2)))).hasSize(1);
    }

    @Test
    void anAbandonedPromptIsRememberedUntilItIsGone() throws Exception {
        TaskId id = accept(task("a cat", false));
        assign(id, 1);
        store.fail(number(id), 1, Attempt.State.ABANDONED, Failure.of(FailureClass.REQUEST, "no"));
        PromptId prompt = store.abandoned().getFirst().promptId();

        store.gone(prompt);
        store.cancel(TaskId.random()); // comes back after the proposal before it

        assertThat(store.abandoned()).isEmpty();
    }

    @Test
    void aFailureIsKeptWithItsDetails() throws Exception {
        TaskId id = accept(task("a cat", false));
        assign(id, 1);
        Failure failure = new Failure(
                FailureClass.EXECUTION, "shapes do not fit", Optional.of("3 KSampler"), Optional.of("Traceback …"));

        store.fail(number(id), 1, Attempt.State.ENDED, failure);

        Task failed = store.task(id).orElseThrow();
        assertThat(failed.failure()).contains(failure);
        assertThat(failed.state().status()).isEqualTo(TaskStatus.ERROR);
        assertThat(store.attempts(failed.number()).getFirst().cause()).contains(FailureClass.EXECUTION);
    }
}
