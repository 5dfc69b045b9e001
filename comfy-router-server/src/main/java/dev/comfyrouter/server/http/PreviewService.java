package dev.comfyrouter.server.http;

import dev.comfyrouter.server.task.Live;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskStatus;
import io.helidon.http.Header;
import io.helidon.http.HeaderNames;
import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.Optional;
import java.util.Set;

/// The newest preview of a running task: for users of the API, and for anybody who knows the task's id.
final class PreviewService implements HttpService {
    private static final Header CACHE =
            HeaderValues.createCached(HeaderNames.CACHE_CONTROL, "private, max-age=60, immutable");
    private static final Set<String> PICTURES = Set.of("image/jpeg", "image/png", "image/webp");

    private final Tasks tasks;
    private final LiveBoard board;
    private final Answers answers;
    private final boolean open;

    /// @param open whether strangers may see previews
    PreviewService(Tasks tasks, LiveBoard board, Answers answers, boolean open) {
        this.tasks = tasks;
        this.board = board;
        this.answers = answers;
        this.open = open;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/workflow/{id}/preview", this::picture)
                .get("/preview/{id}", this::openState)
                .get("/preview/{id}/image", this::openPicture);
    }

    /// What a stranger may know: nothing of what was asked for.
    record OpenView(
            String status,
            Optional<Double> progress,
            Optional<Integer> step,
            Optional<Integer> steps,
            Optional<String> image) {}

    private void openState(ServerRequest request, ServerResponse response) throws InterruptedException {
        Task task = openTask(request);
        Live live = board.of(task.number());
        boolean running = task.state().status() == TaskStatus.RUNNING;
        answers.json(
                response,
                new OpenView(
                        task.state().status().word(),
                        running ? Optional.of(live.progress()) : Optional.empty(),
                        running && live.steps() > 0 ? Optional.of(live.step()) : Optional.empty(),
                        running && live.steps() > 0 ? Optional.of(live.steps()) : Optional.empty(),
                        live.preview().map(picture -> "/preview/" + task.id() + "/image?v=" + picture.version())));
    }

    private void openPicture(ServerRequest request, ServerResponse response) throws InterruptedException {
        send(openTask(request), request, response);
    }

    private void picture(ServerRequest request, ServerResponse response) throws InterruptedException {
        send(tasks.named(request), request, response);
    }

    private Task openTask(ServerRequest request) throws InterruptedException {
        if (!open) {
            throw Refusal.unknown("Open previews are switched off.");
        }
        Task task = tasks.named(request);
        if (task.state().terminal()) {
            throw Refusal.gone("The task has ended, and its preview with it.");
        }
        return task;
    }

    private void send(Task task, ServerRequest request, ServerResponse response) {
        Live.Picture picture = board.of(task.number())
                .preview()
                .orElseThrow(() -> task.state().terminal()
                        ? Refusal.gone("The task has ended, and its preview with it.")
                        : Refusal.unknown("There is no preview yet."));
        String tag = "\"" + task.number() + "-" + picture.version() + "\"";
        response.header(HeaderValues.create(HeaderNames.ETAG, tag)).header(CACHE);
        if (FileService.matches(request.headers().first(HeaderNames.IF_NONE_MATCH), tag)) {
            response.status(Status.NOT_MODIFIED_304).send();
            return;
        }
        String type = PICTURES.contains(picture.contentType()) ? picture.contentType() : "application/octet-stream";
        answers.send(
                response.header(HeaderValues.create(HeaderNames.CONTENT_TYPE, type)),
                picture.bytes().toByteArray());
    }
}
