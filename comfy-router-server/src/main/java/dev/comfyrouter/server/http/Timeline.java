package dev.comfyrouter.server.http;

import dev.comfyrouter.server.http.TaskViews.AttemptView;
import dev.comfyrouter.server.http.TaskViews.TimelineEntry;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// The story of a task: its events, each with the attempt and the node that it belongs to.
final class Timeline {
    private Timeline() {}

    static List<TimelineEntry> of(List<TaskEvent> events) {
        List<TimelineEntry> timeline = new ArrayList<>(events.size());
        int attempt = 0;
        Optional<String> node = Optional.empty();
        for (TaskEvent event : events) {
            Optional<String> note = Optional.of(event.detail()).filter(text -> !text.isEmpty());
            if (event.state() == TaskState.SUBMITTING) {
                attempt++;
                node = note; // the event of a new attempt says where it goes
                note = Optional.empty();
            }
            boolean waits = !event.state().attempted() && !event.state().terminal();
            boolean apart = attempt == 0 || (waits && event.state() != TaskState.BACKOFF);
            timeline.add(new TimelineEntry(
                    event.at(),
                    TaskViews.word(event.state()),
                    apart ? Optional.empty() : Optional.of(attempt),
                    waits ? Optional.empty() : node,
                    note));
            if (waits) {
                node = Optional.empty();
            }
        }
        return timeline;
    }

    static List<AttemptView> attempts(List<Attempt> attempts, List<TimelineEntry> timeline) {
        return attempts.stream().map(attempt -> view(attempt, timeline)).toList();
    }

    private static AttemptView view(Attempt attempt, List<TimelineEntry> timeline) {
        Optional<String> node = Optional.empty();
        Optional<Instant> ended = Optional.empty();
        boolean inside = false;
        for (TimelineEntry entry : timeline) {
            boolean ours =
                    entry.attempt().filter(number -> number == attempt.k()).isPresent();
            if (ours && entry.state().equals("submitting")) {
                inside = true;
                node = entry.node();
            } else if (inside && (!ours || ends(entry.state()))) {
                ended = Optional.of(entry.at());
                break;
            }
        }
        return new AttemptView(
                attempt.k(),
                node.orElse(""),
                attempt.promptId().value(),
                attempt.createdAt(),
                ended,
                attempt.state().name().toLowerCase(Locale.ROOT),
                attempt.cause().map(cause -> cause.word()));
    }

    private static boolean ends(String state) {
        return switch (state) {
            case "backoff", "done", "error", "cancelled" -> true;
            default -> false;
        };
    }
}
