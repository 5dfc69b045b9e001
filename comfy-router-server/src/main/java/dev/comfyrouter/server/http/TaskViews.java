package dev.comfyrouter.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.store.WholeTask;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.Live;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.LongFunction;

/// What callers see of tasks: a row for lists, the whole for one.
final class TaskViews {
    private static final int ROW_IMAGES = 4;
    private static final int PROMPT = 120;

    private final TaskStore store;
    private final LiveBoard board;
    private final LongFunction<OptionalInt> position;
    private final Forecast forecast;
    private final Versions versions;

    TaskViews(
            TaskStore store,
            LiveBoard board,
            LongFunction<OptionalInt> position,
            Forecast forecast,
            Versions versions) {
        this.store = store;
        this.board = board;
        this.position = position;
        this.forecast = forecast;
        this.versions = versions;
    }

    record FileView(
            String url,
            String name,
            String contentType,
            long bytes,
            String sha256,
            Optional<Integer> width,
            Optional<Integer> height,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<byte[]> content) {
        static FileView of(Task task, ResultFile file) {
            return new FileView(
                    "/workflow/" + task.id() + "/files/" + file.index(),
                    file.name(),
                    file.contentType(),
                    file.bytes(),
                    file.sha256(),
                    file.size().map(ResultFile.Size::width),
                    file.size().map(ResultFile.Size::height),
                    Optional.empty());
        }

        FileView with(byte[] bytes) {
            return new FileView(url, name, contentType, this.bytes, sha256, width, height, Optional.of(bytes));
        }
    }

    record ErrorView(
            @JsonProperty("class") String kind,
            String message,
            Optional<String> node,
            @JsonInclude(JsonInclude.Include.NON_ABSENT) Optional<String> details) {
        static ErrorView of(Failure failure, boolean whole) {
            return new ErrorView(
                    failure.kind().word(),
                    failure.message(),
                    failure.node(),
                    whole ? failure.details() : Optional.empty());
        }
    }

    record Row(
            String id,
            long v,
            long number,
            String type,
            String status,
            Optional<String> reason,
            OptionalInt position,
            Optional<List<Long>> etaSeconds,
            Optional<Double> progress,
            Optional<String> phase,
            Optional<Integer> step,
            Optional<Integer> steps,
            Optional<String> preview,
            List<FileView> images,
            int imageCount,
            Optional<ErrorView> error,
            List<String> warnings,
            Optional<String> node,
            int attempts,
            boolean cancelRequested,
            Optional<BigInteger> seed,
            Optional<String> prompt,
            Instant createdAt,
            Optional<Instant> startedAt,
            Optional<Instant> finishedAt) {}

    record TimelineEntry(
            Instant at, String state, Optional<Integer> attempt, Optional<String> node, Optional<String> note) {}

    record AttemptView(
            int number,
            String node,
            String promptId,
            Instant startedAt,
            Optional<Instant> endedAt,
            String outcome,
            Optional<String> error) {}

    record RequiresView(List<String> labels, double vramGiB) {}

    record Whole(
            @JsonUnwrapped Row row,
            @JsonRawValue String params,
            List<FileView> files,
            List<TimelineEntry> timeline,
            List<AttemptView> attemptList,
            Optional<String> retryOf,
            Optional<String> retriedBy,
            int priority,
            String maxWait,
            String maxRun,
            RequiresView requires) {}

    Row row(Task task) throws InterruptedException {
        return row(task, task.state() == TaskState.SUCCEEDED ? store.results(task.number()) : List.of());
    }

    List<Row> rows(List<Task> tasks) throws InterruptedException {
        Map<Long, List<ResultFile>> files = store.results(tasks.stream()
                .filter(task -> task.state() == TaskState.SUCCEEDED)
                .toList());
        return tasks.stream()
                .map(task -> row(task, files.getOrDefault(task.number(), List.of())))
                .toList();
    }

    private Row row(Task task, List<ResultFile> files) {
        List<FileView> images = images(task, files);
        return row(task, images.subList(0, Math.min(ROW_IMAGES, images.size())), images.size(), List.of(), false);
    }

    /// A task with all that belongs to it.
    ///
    /// @param content gives the bytes of an image that is to stand in the JSON itself; empty for a URL only
    Whole whole(WholeTask whole, Contents content) {
        Task task = whole.task();
        Optional<TaskInput> input = whole.input();
        List<FileView> images = whole.results().stream()
                .filter(ResultFile::image)
                .map(file -> content.of(file)
                        .map(bytes -> FileView.of(task, file).with(bytes))
                        .orElseGet(() -> FileView.of(task, file)))
                .toList();
        List<TimelineEntry> timeline = Timeline.of(whole.events());
        return new Whole(
                row(task, images, images.size(), input.map(TaskInput::warnings).orElse(List.of()), true),
                input.map(TaskInput::shown).orElse("{}"),
                whole.results().stream().map(file -> FileView.of(task, file)).toList(),
                timeline,
                Timeline.attempts(whole.attempts(), timeline),
                whole.retryOf().map(TaskId::toString),
                whole.retriedBy().map(TaskId::toString),
                task.priority(),
                Duration.between(task.createdAt(), task.deadline()).toString(),
                task.maxRun().toString(),
                input.map(TaskInput::requires)
                        .map(needs -> new RequiresView(
                                needs.labels().stream().sorted().toList(), needs.vramGiB()))
                        .orElse(new RequiresView(List.of(), 0)));
    }

    /// The bytes of a file, or nothing.
    interface Contents {
        Optional<byte[]> of(ResultFile file);
    }

    private static List<FileView> images(Task task, List<ResultFile> files) {
        return files.stream()
                .filter(ResultFile::image)
                .map(file -> FileView.of(task, file))
                .toList();
    }

    private Row row(Task task, List<FileView> images, int imageCount, List<String> warnings, boolean whole) {
        TaskStatus status = task.state().status();
        Live live = board.of(task.number());
        boolean running = status == TaskStatus.RUNNING;
        boolean ended = task.state().terminal();
        OptionalInt place = status == TaskStatus.PENDING ? position.apply(task.number()) : OptionalInt.empty();
        return new Row(
                task.id().toString(),
                versions.of("t:" + task.id()),
                task.number(),
                task.type(),
                status.word(),
                status == TaskStatus.PENDING ? Optional.of(reason(task, live, place)) : Optional.empty(),
                place,
                forecast.left(task, live.progress(), place),
                running
                        ? Optional.of(live.progress())
                        : status == TaskStatus.DONE ? Optional.of(1.0) : Optional.empty(),
                running ? Optional.of(live.phase()).filter(text -> !text.isEmpty()) : Optional.empty(),
                running && live.steps() > 0 ? Optional.of(live.step()) : Optional.empty(),
                running && live.steps() > 0 ? Optional.of(live.steps()) : Optional.empty(),
                ended
                        ? Optional.empty()
                        : live.preview().map(picture -> "/workflow/" + task.id() + "/preview?v=" + picture.version()),
                images,
                imageCount,
                task.failure().map(failure -> ErrorView.of(failure, whole)),
                warnings,
                task.nodeUrl(),
                task.attempts(),
                task.cancelRequested() && !ended,
                task.seed(),
                Optional.of(task.title()).filter(title -> !title.isEmpty()).map(TaskViews::shortened),
                task.createdAt(),
                task.startedAt(),
                task.finishedAt());
    }

    /// Why a task waits, in one sentence.
    static String reason(Task task, Live live, OptionalInt place) {
        if (!live.waitReason().isEmpty()) {
            return live.waitReason();
        }
        return switch (task.state()) {
            case ACCEPTED, PREPARING -> "its files are being made ready";
            case BACKOFF -> "waits before the next attempt, after one that failed";
            case SUBMITTING, SUBMITTED -> "is with " + task.nodeUrl().orElse("a node") + ", about to run";
            case READY ->
                place.isPresent() && place.getAsInt() > 1
                        ? "waits for a free node, " + (place.getAsInt() - 1) + " ahead"
                        : "waits for a free node";
            case RUNNING, COLLECTING, SUCCEEDED, FAILED, CANCELLED -> "";
        };
    }

    private static String shortened(String title) {
        return title.codePointCount(0, title.length()) <= PROMPT
                ? title
                : title.substring(0, title.offsetByCodePoints(0, PROMPT));
    }

    static String word(TaskState state) {
        return switch (state) {
            case SUBMITTING -> "submitting";
            case SUCCEEDED -> "done";
            case FAILED -> "error";
            case ACCEPTED, PREPARING, READY, BACKOFF, SUBMITTED, RUNNING, COLLECTING, CANCELLED ->
                state.name().toLowerCase(Locale.ROOT);
        };
    }
}
