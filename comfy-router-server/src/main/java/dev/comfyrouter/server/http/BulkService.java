package dev.comfyrouter.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.store.TaskFilter;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/// One act on many tasks: cancels all that match, or deletes the results of all that match.
final class BulkService implements HttpService {
    private static final int SAMPLES = 3;
    private static final int PAGE = 500;

    private final TaskStore store;
    private final Filters filters;
    private final HttpDoor.Desk desk;
    private final Activity activity;
    private final Bodies bodies;
    private final Answers answers;

    BulkService(
            TaskStore store, Filters filters, HttpDoor.Desk desk, Activity activity, Bodies bodies, Answers answers) {
        this.store = store;
        this.filters = filters;
        this.desk = desk;
        this.activity = activity;
        this.bodies = bodies;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.post("/workflow:cancel", this::cancel).post("/workflow:delete", this::delete);
    }

    record Sample(String id, long number, Optional<String> prompt, String type, String status) {}

    record View(
            int matched,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> cancelled,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<Integer> deleted,
            int already,
            List<Sample> samples) {}

    private void cancel(ServerRequest request, ServerResponse response) throws InterruptedException {
        BulkRequest wish = BulkRequest.read(bodies.object(request));
        List<Task> matching = matching(wish, false);
        int cancelled = 0;
        int already = 0;
        for (Task task : wish.dryRun() ? List.<Task>of() : matching) {
            switch (desk.cancel(task.id())) {
                case Cancellation.Done done -> cancelled++;
                case Cancellation.Requested requested -> cancelled++;
                case Cancellation.Ended ended -> already++;
                case Cancellation.Unknown unknown -> already++;
            }
        }
        if (cancelled > 0) {
            note(request, "Cancelled " + cancelled + " tasks");
        }
        answers.json(
                response,
                new View(matching.size(), Optional.of(cancelled), Optional.empty(), already, samples(matching)));
    }

    private void delete(ServerRequest request, ServerResponse response) throws InterruptedException {
        BulkRequest wish = BulkRequest.read(bodies.object(request));
        List<Task> matching = matching(wish, true);
        int deleted = 0;
        for (Task task : wish.dryRun() ? List.<Task>of() : matching) {
            if (desk.drop(task.id())) {
                deleted++;
            }
        }
        if (deleted > 0) {
            note(request, "Deleted " + deleted + " results");
        }
        int already = wish.dryRun() ? 0 : matching.size() - deleted;
        answers.json(
                response,
                new View(matching.size(), Optional.empty(), Optional.of(deleted), already, samples(matching)));
    }

    private void note(ServerRequest request, String deed) {
        activity.act(request, "router", "tasks", deed);
    }

    private static List<Sample> samples(List<Task> tasks) {
        return tasks.stream()
                .limit(SAMPLES)
                .map(task -> new Sample(
                        task.id().toString(),
                        task.number(),
                        Optional.of(task.title()).filter(title -> !title.isEmpty()),
                        task.type(),
                        task.state().status().word()))
                .toList();
    }

    /// All tasks that are meant and that the act can be done to.
    private List<Task> matching(BulkRequest wish, boolean ended) throws InterruptedException {
        List<Task> all = new ArrayList<>();
        if (!wish.ids().isEmpty()) {
            for (TaskId id : wish.ids()) {
                store.task(id).filter(task -> task.state().terminal() == ended).ifPresent(all::add);
            }
            return all;
        }
        OptionalLong before = OptionalLong.empty();
        while (true) {
            TaskFilter filter = filters.of(
                    "/",
                    wish.status(),
                    wish.type(),
                    wish.node(),
                    wish.text(),
                    Optional.empty(),
                    Optional.empty(),
                    before,
                    PAGE);
            List<Task> page = store.list(filter);
            page.stream().filter(task -> task.state().terminal() == ended).forEach(all::add);
            if (page.size() < PAGE) {
                return all;
            }
            before = OptionalLong.of(page.getLast().number());
        }
    }
}
