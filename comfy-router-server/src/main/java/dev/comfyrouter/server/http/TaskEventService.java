package dev.comfyrouter.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Live;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.CountDownLatch;

/// One task as a stream of events, to its end.
///
/// Only what is on disk carries an id and is sent again to who comes back; progress and previews are of the moment.
final class TaskEventService implements HttpService {
    private final TaskStore store;
    private final LiveBoard board;
    private final Tasks tasks;
    private final TaskViews views;
    private final Bell bell;
    private final CountDownLatch closing;
    private final InstantSource clock;
    private final Answers answers;

    TaskEventService(
            TaskStore store,
            LiveBoard board,
            Tasks tasks,
            TaskViews views,
            Bell bell,
            CountDownLatch closing,
            InstantSource clock,
            Answers answers) {
        this.store = store;
        this.board = board;
        this.tasks = tasks;
        this.views = views;
        this.bell = bell;
        this.closing = closing;
        this.clock = clock;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/workflow/{id}/events", this::events);
    }

    record StatusView(
            String status,
            String state,
            Instant at,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> note,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<TaskViews.ErrorView> error) {}

    record ProgressView(
            Optional<Double> progress,
            Optional<Integer> step,
            Optional<Integer> steps,
            Optional<String> phase,
            Optional<String> reason,
            OptionalInt position) {}

    private void events(ServerRequest request, ServerResponse response) throws InterruptedException {
        Task task = tasks.named(request);
        int after = lastEvent(request);
        if (task.state().terminal() && after >= task.sequence()) {
            response.status(Status.NO_CONTENT_204).send(); // tells a browser not to come back
            return;
        }
        try (Bell.Ear ear = bell.listen(task.number());
                Sse stream = Sse.open(response, answers)) {
            stream.ping(clock.instant());
            new Follower(stream, task, after).follow(ear);
        }
    }

    private static int lastEvent(ServerRequest request) {
        String text = request.headers()
                .first(StateService.LAST_EVENT_ID)
                .or(() -> Query.first(request, "after"))
                .orElse("0");
        if (!text.matches("\\d{1,9}")) {
            throw Refusal.malformed("Last-Event-ID is the id of an event of this stream.");
        }
        return Integer.parseInt(text);
    }

    /// One reader's place in the story of a task.
    private final class Follower {
        private final Sse stream;
        private Task task;
        private int last;
        private long liveVersion = -1;
        private int previewVersion;
        private Optional<ProgressView> told = Optional.empty();

        Follower(Sse stream, Task task, int last) {
            this.stream = stream;
            this.task = task;
            this.last = last;
        }

        void follow(Bell.Ear ear) throws InterruptedException {
            long pingAt = System.nanoTime() + Sse.HEARTBEAT.toNanos();
            boolean rang = true;
            while (closing.getCount() > 0) {
                if (rang && tellRows()) {
                    return;
                }
                tellLive();
                rang = ear.await(Sse.PACE);
                if (System.nanoTime() - pingAt >= 0) {
                    stream.ping(clock.instant());
                    pingAt = System.nanoTime() + Sse.HEARTBEAT.toNanos();
                    rang = true; // a look now and then, whatever rang
                    liveVersion = -1;
                }
            }
        }

        /// Tells what is on disk and not told yet; true after the end of the story.
        private boolean tellRows() throws InterruptedException {
            Optional<Task> now = tasks.find(task.id());
            if (now.isEmpty()) {
                return true; // dropped: there is nothing more to say
            }
            task = now.get();
            liveVersion = -1;
            for (TaskEvent event : task.sequence() > last ? store.events(task, last) : List.<TaskEvent>of()) {
                if (event.state() == TaskState.SUCCEEDED) {
                    for (ResultFile file : store.results(task.number())) {
                        stream.send("file", Optional.empty(), TaskViews.FileView.of(task, file));
                    }
                }
                stream.send("status", Optional.of(Integer.toString(event.sequence())), status(task, event));
                last = event.sequence();
                if (event.state().terminal()) {
                    return true;
                }
            }
            return false;
        }

        private void tellLive() throws InterruptedException {
            Live live = board.of(task.number());
            if (live.version() == liveVersion) {
                return;
            }
            liveVersion = live.version();
            TaskViews.Row row = views.row(task);
            var progress = new ProgressView(
                    row.progress(), row.step(), row.steps(), row.phase(), row.reason(), row.position());
            if (!told.equals(Optional.of(progress))) {
                told = Optional.of(progress);
                stream.send("progress", Optional.empty(), progress);
            }
            int preview = live.preview().map(Live.Picture::version).orElse(0);
            if (preview != 0 && preview != previewVersion) {
                previewVersion = preview;
                stream.send(
                        "preview",
                        Optional.empty(),
                        Map.of("v", preview, "url", "/workflow/" + task.id() + "/preview?v=" + preview));
            }
        }
    }

    private static StatusView status(Task task, TaskEvent event) {
        TaskStatus status = event.state().status();
        return new StatusView(
                status.word(),
                TaskViews.word(event.state()),
                event.at(),
                Optional.of(event.detail()).filter(text -> !text.isEmpty()),
                status == TaskStatus.ERROR
                        ? task.failure().map(failure -> TaskViews.ErrorView.of(failure, false))
                        : Optional.empty());
    }
}
