package dev.comfyrouter.server.http;

import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.store.TaskFilter;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.store.WholeTask;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskState;
import io.helidon.http.Status;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// Tasks: one, many, the graph that was sent; cancelling, and deleting what has ended.
final class TaskService implements HttpService {
    private static final int PAGE = 50;
    private static final int LARGEST_PAGE = 500;

    /// Counting that many takes a few milliseconds.
    private static final int COUNTED = 20_000;

    private final TaskStore store;
    private final Filters filters;
    private final HttpDoor.Desk desk;
    private final Tasks tasks;
    private final TaskViews views;
    private final InlineImages images;
    private final Activity activity;
    private final Answers answers;

    TaskService(
            TaskStore store,
            Filters filters,
            HttpDoor.Desk desk,
            Tasks tasks,
            TaskViews views,
            InlineImages images,
            Activity activity,
            Answers answers) {
        this.store = store;
        this.filters = filters;
        this.desk = desk;
        this.tasks = tasks;
        this.views = views;
        this.images = images;
        this.activity = activity;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/workflow", this::list)
                .get("/workflow/{id}", this::one)
                .delete("/workflow/{id}", this::delete)
                .get("/workflow/{id}/graph", this::graph);
    }

    /// @param next the cursor of the next page, if there is one
    /// @param total how many tasks there are on all pages; empty when there are too many to be counted
    record Page(List<TaskViews.Row> tasks, Optional<String> next, OptionalLong total) {}

    private void list(ServerRequest request, ServerResponse response) throws InterruptedException {
        int limit = Query.number(request, "limit", PAGE, LARGEST_PAGE);
        TaskFilter filter = filters.of(
                "",
                Query.list(request, "status"),
                Query.first(request, "type"),
                Query.first(request, "node"),
                Query.first(request, "q"),
                Query.first(request, "from"),
                Query.first(request, "to"),
                Filters.cursor(Query.first(request, "cursor")),
                limit + 1);
        List<Task> found = store.list(filter);
        List<Task> page = found.subList(0, Math.min(limit, found.size()));
        Optional<String> next =
                found.size() > limit ? Optional.of(Long.toString(page.getLast().number())) : Optional.empty();
        answers.largeJson(request, response, new Page(views.rows(page), next, store.count(filter, COUNTED)));
    }

    private void one(ServerRequest request, ServerResponse response) throws InterruptedException {
        boolean inline = Query.flag(request, "inline");
        WholeTask whole = tasks.whole(request);
        answers.json(response, views.whole(whole, inline ? images.of(whole) : file -> Optional.empty()));
    }

    private void graph(ServerRequest request, ServerResponse response) throws InterruptedException {
        Task task = tasks.named(request);
        Optional<String> graph = store.graph(task.number());
        if (graph.isEmpty()) {
            throw Refusal.unknown("This task has not been sent to a node.");
        }
        answers.send(
                response.header(Answers.JSON).header(Answers.NO_STORE),
                graph.get().getBytes(StandardCharsets.UTF_8));
    }

    private void delete(ServerRequest request, ServerResponse response) throws InterruptedException {
        Task task = tasks.named(request);
        Cancellation cancellation = desk.cancel(task.id());
        switch (cancellation) {
            case Cancellation.Unknown unknown -> throw tasks.missing(task.id());
            case Cancellation.Done done -> cancelled(request, response, task);
            case Cancellation.Requested requested -> cancelled(request, response, task);
            case Cancellation.Ended(long number, TaskState state) -> {
                if (state != TaskState.CANCELLED) {
                    if (!desk.drop(task.id())) {
                        throw tasks.missing(task.id());
                    }
                    note(request, task, "Deleted the result of #");
                }
                answers.json(response, views.row(task));
            }
        }
    }

    /// Answers with the task as it is now.
    private void cancelled(ServerRequest request, ServerResponse response, Task before) throws InterruptedException {
        note(request, before, "Cancelled #");
        Task task = tasks.find(before.id()).orElse(before);
        answers.json(response, Status.ACCEPTED_202, views.row(task));
    }

    private void note(ServerRequest request, Task task, String deed) {
        activity.act(request, "task:" + task.id(), "#" + task.number(), deed + task.number());
    }
}
