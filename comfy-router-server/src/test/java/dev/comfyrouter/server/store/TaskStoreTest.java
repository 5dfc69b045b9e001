package dev.comfyrouter.server.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TaskStoreTest {
    private static final NodeId NODE = new NodeId(7);
    private static final String URL = "http://gpu-1:8188/";
    private static final long NO_LIMIT = Long.MAX_VALUE;

    @TempDir
    private Path directory;

    private final List<TaskEvent> published = Collections.synchronizedList(new ArrayList<>());
    private Instant now = Instant.parse("2026-11-24T12:00:00Z");
    private TaskStore store;

    @BeforeEach
    void open() throws Exception {
        store = TaskStore.open(directory, () -> now, published::add);
    }

    @AfterEach
    void close() {
        store.close();
    }

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
        assertThat(published).extracting(TaskEvent::sequence).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(store.events(done, 4)).hasSize(2);
    }

    @Test
    void aTokenInAUrlIsErasedWhenTheTaskHasEnded() throws Exception {
        TaskId id = accept(task("a cat", false));

        store.cancel(id);

        assertThat(store.input(number(id)).orElseThrow().stored()).isEqualTo("{\"url\":\"https://h/m\"}");
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
    void cancellingSaysWhatItFound() throws Exception {
        TaskId ended = accept(task("a cat", false));
        store.cancel(ended);

        assertThat(store.cancel(ended)).isEqualTo(new Cancellation.Ended(1, TaskState.CANCELLED));
        assertThat(store.cancel(TaskId.random())).isEqualTo(new Cancellation.Unknown());
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

    @Test
    void aSecondRouterIsRefusedTheDirectoryAndToldWhoHasIt() {
        assertThatThrownBy(() -> TaskStore.open(directory, () -> now, event -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("process " + ProcessHandle.current().pid())
                .hasMessageContaining("DATA_DIR");
    }

    private TaskId accept(NewTask task) throws InterruptedException {
        assertThat(store.accept(task, NO_LIMIT)).isInstanceOf(Acceptance.Accepted.class);
        return task.id();
    }

    private void assign(TaskId id, int k) throws InterruptedException {
        assertThat(assign(List.of(assignment(id, k)))).hasSize(1);
    }

    private List<Assignment> assign(List<Assignment> pairs) throws InterruptedException {
        BlockingQueue<List<Assignment>> taken = new ArrayBlockingQueue<>(1);
        store.assign(pairs, taken::add);
        return taken.poll(10, TimeUnit.SECONDS);
    }

    private Assignment assignment(TaskId id, int k) throws InterruptedException {
        return new Assignment(number(id), k, NODE, URL, PromptId.random(), "client");
    }

    private long number(TaskId id) throws InterruptedException {
        return store.task(id).orElseThrow().number();
    }

    private static List<Long> numbers(List<Task> tasks) {
        return tasks.stream().map(Task::number).toList();
    }

    private static TaskFilter filter(Optional<TaskStatus> status, String text) {
        return new TaskFilter(
                status.map(Set::of).orElse(Set.of()),
                Optional.empty(),
                Optional.empty(),
                Optional.of(text),
                Optional.empty(),
                Optional.empty(),
                OptionalLong.empty(),
                10);
    }

    private static ResultFile picture(int index) {
        return new ResultFile(
                index, "1-" + index + ".png", "x.png", "image/png", 10, "ab", Optional.of(new ResultFile.Size(64, 32)));
    }

    private NewTask task(String title, boolean needsFiles) {
        return new NewTask(
                TaskId.random(),
                "SDXL",
                0,
                title,
                now,
                now.plus(Duration.ofHours(24)),
                Duration.ofHours(1),
                Optional.of(BigInteger.TWO.pow(64).subtract(BigInteger.ONE)),
                new TaskInput(
                        "{\"url\":\"https://h/m?token=secret\"}",
                        "{\"url\":\"https://h/m\"}",
                        new Requirements(Set.of("studio"), 16),
                        List.of("cfg_scale has no effect")),
                Set.of("00ff"),
                needsFiles,
                Optional.empty(),
                Optional.empty());
    }

    private static NewTask withKey(NewTask task, String key, String body) {
        return new NewTask(
                task.id(),
                task.type(),
                task.priority(),
                task.title(),
                task.createdAt(),
                task.deadline(),
                task.maxRun(),
                task.seed(),
                task.input(),
                task.pictures(),
                task.needsFiles(),
                task.retryOf(),
                Optional.of(new NewTask.IdempotencyKey(key, body)));
    }
}
