package dev.comfyrouter.server.http;

import io.helidon.webserver.http.HttpRules;
import io.helidon.webserver.http.HttpService;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Who did what, and what became of the nodes.
final class ActivityService implements HttpService {
    private static final int PAGE = 100;
    private static final int LARGEST_PAGE = 500;

    private final Activity activity;
    private final Answers answers;

    ActivityService(Activity activity, Answers answers) {
        this.activity = activity;
        this.answers = answers;
    }

    @Override
    public void routing(HttpRules rules) {
        rules.get("/activity", this::list);
    }

    record EntryView(String id, Instant at, String kind, String actor, String object, String label, String text) {
        static EntryView of(Activity.Entry entry) {
            return new EntryView(
                    Long.toString(entry.id()),
                    entry.at(),
                    entry.kind().name().toLowerCase(Locale.ROOT),
                    entry.actor(),
                    entry.object(),
                    entry.label(),
                    entry.text());
        }
    }

    record View(List<EntryView> entries, Optional<String> next) {}

    private void list(ServerRequest request, ServerResponse response) {
        int limit = Query.number(request, "limit", PAGE, LARGEST_PAGE);
        List<Activity.Entry> page = activity.page(
                Filters.cursor(Query.first(request, "cursor")),
                Query.first(request, "kind").map(ActivityService::kind),
                Query.first(request, "object"),
                limit);
        Optional<String> next =
                page.size() == limit ? Optional.of(Long.toString(page.getLast().id())) : Optional.empty();
        answers.largeJson(
                request, response, new View(page.stream().map(EntryView::of).toList(), next));
    }

    private static Activity.Kind kind(String word) {
        return switch (word) {
            case "act" -> Activity.Kind.ACT;
            case "state" -> Activity.Kind.STATE;
            case "notice" -> Activity.Kind.NOTICE;
            default -> throw Refusal.wrong("kind", "kind is act, state or notice");
        };
    }
}
