package dev.comfyrouter.server.http;

import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.WholeTask;
import dev.comfyrouter.server.task.NewTask.IdempotencyKey;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskRequest;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;

/// Takes workflows in: `POST /workflow`, and the same again for an earlier task.
final class SubmitService implements HttpService {
    private static final HeaderName IDEMPOTENCY_KEY = HeaderNames.create("Idempotency-Key");
    private static final long MEBI = 1 << 20;
    private static final HeaderName REPLAYED = HeaderNames.create("Idempotency-Replayed");
    private static final int LONGEST_KEY = 255;
    private static final int LONGEST_WAIT = 300;

    private final HttpDoor.Desk desk;
    private final Tasks tasks;
    private final TaskViews views;
    private final Waiting waiting;
    private final Bodies bodies;
    private final Answers answers;
    private final Activity activity;
    private final long maxBodyBytes;

    SubmitService(
            HttpDoor.Desk desk,
            Tasks tasks,
            TaskViews views,
            Waiting waiting,
            Bodies bodies,
            Answers answers,
            Activity activity,
            long maxBodyBytes) {
        this.desk = desk;
        this.tasks = tasks;
        this.views = views;
        this.waiting = waiting;
        this.bodies = bodies;
        this.answers = answers;
        this.activity = activity;
        this.maxBodyBytes = maxBodyBytes;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/workflow", this::submit).post("/workflow/{id}/retry", this::retry);
    }

    record AcceptedView(String id, long number, String url) {
        static AcceptedView of(TaskId id, long number) {
            return new AcceptedView(id.toString(), number, "/workflow/" + id);
        }
    }

    private void submit(ServerRequest request, ServerResponse response) throws Exception {
        Duration wait = wait(request);
        bodies.use(request, maxBodyBytes, body -> {
            Optional<IdempotencyKey> key = key(request, body);
            TaskRequest wanted = WorkflowRequest.read(body, desk::plan);
            answer(response, desk.accept(wanted, key), wait);
        });
    }

    private void retry(ServerRequest request, ServerResponse response) throws InterruptedException {
        Task task = tasks.named(request);
        if (!task.state().terminal()) {
            throw Refusal.conflict("The task has not ended", "Only a task that has ended can be run again.");
        }
        Optional<TaskRequest> again = desk.again(task);
        if (again.isEmpty()) {
            throw tasks.missing(task.id());
        }
        Acceptance acceptance = desk.accept(again.get(), Optional.empty());
        activity.act(request, "task:" + task.id(), "#" + task.number(), "Ran #" + task.number() + " again");
        answer(response, acceptance, wait(request));
    }

    private void answer(ServerResponse response, Acceptance acceptance, Duration wait) throws InterruptedException {
        switch (acceptance) {
            case Acceptance.Accepted(TaskId id, long number) -> accepted(response, id, number, wait);
            case Acceptance.Replayed(TaskId id, long number) ->
                accepted(response.header(HeaderValues.create(REPLAYED, "true")), id, number, wait);
            case Acceptance.KeyReused reused ->
                throw Refusal.of(new Problem(
                                "about:blank",
                                "The idempotency key belongs to another request",
                                Problem.UNPROCESSABLE.code(),
                                "Another body was sent with this Idempotency-Key within the last 24 hours.",
                                java.util.List.of())
                        .withType("idempotency-key-reused"));
            case Acceptance.Full(long waitingTasks, long limit) ->
                throw Refusal.of(Problem.of(
                                        Status.TOO_MANY_REQUESTS_429,
                                        "The queue is full",
                                        waitingTasks + " tasks wait, and " + limit
                                                + " may. Send the request again when one has ended.")
                                .withType("queue-full"))
                        .with(HeaderValues.create(HeaderNames.RETRY_AFTER, "5"));
            case Acceptance.NoSpace(long free, long floor) ->
                throw Refusal.later(
                        Status.SERVICE_UNAVAILABLE_503,
                        "The router's disk is nearly full",
                        "The disk of DATA_DIR has " + free / MEBI + " MiB left, and " + floor / MEBI
                                + " MiB are kept free for tasks that were accepted before"
                                + " (COMFY_ROUTER__DATA__MIN_FREE_BYTES). Free some space there, or keep fewer ended"
                                + " tasks (COMFY_ROUTER__HISTORY_LIMIT), and send the request again.",
                        Duration.ofSeconds(60));
        }
    }

    private void accepted(ServerResponse response, TaskId id, long number, Duration wait) throws InterruptedException {
        AcceptedView view = AcceptedView.of(id, number);
        response.header(HeaderValues.create(HeaderNames.LOCATION, view.url()));
        Optional<WholeTask> ended =
                !wait.isZero() && waiting.ended(id, number, wait) ? tasks.whole(id) : Optional.empty();
        if (ended.isPresent()) {
            answers.json(response, views.whole(ended.get(), file -> Optional.empty()));
        } else {
            answers.json(response, Status.ACCEPTED_202, view);
        }
    }

    private static Duration wait(ServerRequest request) {
        Optional<String> text = Query.first(request, "wait");
        if (text.isEmpty()) {
            return Duration.ZERO;
        }
        if (!text.get().matches("\\d{1,3}") || Integer.parseInt(text.get()) > LONGEST_WAIT) {
            throw Refusal.wrong("wait", "wait is a number of seconds from 0 to " + LONGEST_WAIT);
        }
        return Duration.ofSeconds(Integer.parseInt(text.get()));
    }

    /// The key belongs to its user: two users who choose the same one do not meet.
    private static Optional<IdempotencyKey> key(ServerRequest request, byte[] body) {
        Optional<String> given = request.headers().first(IDEMPOTENCY_KEY);
        if (given.isEmpty()) {
            return Optional.empty();
        }
        if (given.get().isBlank() || given.get().length() > LONGEST_KEY) {
            throw Refusal.wrong("Idempotency-Key", "Idempotency-Key must have 1 to " + LONGEST_KEY + " characters");
        }
        String owned = Authentication.user(request).name() + "\n" + given.get();
        return Optional.of(new IdempotencyKey(Digests.hex(owned.getBytes(StandardCharsets.UTF_8)), Digests.hex(body)));
    }
}
