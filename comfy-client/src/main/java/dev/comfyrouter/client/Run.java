package dev.comfyrouter.client;

import dev.comfyrouter.workflows.Workflow;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// One graph on its way through one server, followed by one reader from its submission to its end.
///
/// If the event stream is lost the run is followed by asking the queue and the history each second, without
/// events; only the progress is missing then.
///
/// ```java
/// try (Run run = comfy.run(workflow)) {
///     while (!run.isFinished()) {
///         run.next(Duration.ofSeconds(1)).ifPresent(event -> show(event));
///     }
///     run.result().outputs()…
/// }
/// ```
public final class Run implements AutoCloseable {
    /// How often the server is asked, and how long it may fail to answer.
    ///
    /// @param withStream between two questions while the event stream lives: events can get lost without it
    /// @param withoutStream between two questions otherwise
    /// @param patience how long a server that does not answer is waited for
    record Pace(Duration withStream, Duration withoutStream, Duration patience) {
        static final Pace USUAL = new Pace(Duration.ofSeconds(5), Duration.ofSeconds(1), Duration.ofMinutes(2));
    }

    /// A prompt must be absent from queue and history twice before it counts as gone.
    private static final int ABSENCES = 2;

    private final ComfyClient client;
    private final EventStream stream;
    private final Submitted submitted;
    private final Pace pace;
    private boolean streamLost;
    private long nextPoll;
    private long lastContact;
    private int absences;
    private @Nullable HistoryEntry result;

    private Run(ComfyClient client, EventStream stream, Submitted submitted, Pace pace) {
        this.client = client;
        this.stream = stream;
        this.submitted = submitted;
        this.pace = pace;
        lastContact = System.nanoTime();
        nextPoll = lastContact + pace.withStream().toNanos();
    }

    static Run start(ComfyClient client, Workflow workflow, Pace pace) throws InterruptedException {
        // A client id of its own, so that ComfyUI never confuses this stream with an older one.
        EventStream stream = client.events(PromptId.random().value());
        boolean started = false;
        try {
            var run = new Run(client, stream, client.submit(Submission.of(workflow, stream.clientId())), pace);
            started = true;
            return run;
        } finally {
            if (!started) {
                stream.close();
            }
        }
    }

    /// The prompt's name on the server.
    public PromptId promptId() {
        return submitted.promptId();
    }

    /// What the server answered to the submission, with mistakes in parts of the graph that it does not run.
    public Submitted submitted() {
        return submitted;
    }

    public boolean isFinished() {
        return result != null;
    }

    /// What came of it.
    ///
    /// @throws IllegalStateException if the run is not finished
    public HistoryEntry result() {
        if (result == null) {
            throw new IllegalStateException("the run is not finished: read its events, or await its end");
        }
        return result;
    }

    /// The next event: those of this prompt and those that name none. Empty if none came in time, or if the run
    /// is finished.
    ///
    /// @throws ComfyException.NotFound if the prompt is neither in the queue nor in the history: somebody
    ///     removed it, or the server restarted. It can be submitted again
    /// @throws ComfyException.Unreachable if the server has not answered for two minutes. The prompt may still
    ///     run
    public Optional<ComfyEvent> next(Duration timeout) throws InterruptedException {
        long deadline = System.nanoTime() + timeout.toNanos();
        while (result == null) {
            if (System.nanoTime() - nextPoll >= 0) {
                pollServer();
                continue;
            }
            long now = System.nanoTime();
            boolean last = deadline - nextPoll <= 0;
            var event = nextEvent(Duration.ofNanos(Math.max(0, (last ? deadline : nextPoll) - now)));
            if (event.isPresent()) {
                if (event.get() instanceof ComfyEvent.Executing executing && executing.isEndOf(promptId())) {
                    nextPoll = System.nanoTime();
                    pollServer();
                }
                if (concernsUs(event.get())) {
                    return event;
                }
            } else if (last) {
                return Optional.empty();
            }
        }
        return Optional.empty();
    }

    /// Reads on to the end, passing over events.
    ///
    /// @throws TimeoutException if the run is not finished in time; it goes on, and can be awaited again or
    ///     cancelled
    /// @throws ComfyException as [#next]
    public HistoryEntry await(Duration limit) throws InterruptedException, TimeoutException {
        long deadline = System.nanoTime() + limit.toNanos();
        while (result == null) {
            long left = deadline - System.nanoTime();
            if (left <= 0) {
                throw new TimeoutException("prompt " + promptId() + " has not ended within " + Durations.words(limit));
            }
            var unused = next(Duration.ofNanos(left));
        }
        return result;
    }

    /// Cancels the prompt; the run is finished when the server says so. A prompt that was still waiting leaves
    /// no trace on the server: [#next] then throws [ComfyException.NotFound].
    public CancelResult cancel() throws InterruptedException {
        return client.cancel(promptId());
    }

    private boolean concernsUs(ComfyEvent event) {
        return switch (event) {
            case ComfyEvent.OfPrompt ofPrompt -> ofPrompt.promptId().equals(promptId());
            case ComfyEvent.Executing executing ->
                executing.promptId().map(promptId()::equals).orElse(true);
            case ComfyEvent.Preview preview ->
                preview.promptId().map(promptId()::equals).orElse(true);
            case ComfyEvent.QueueStatus ignored -> true;
            case ComfyEvent.FeatureFlags ignored -> true;
            case ComfyEvent.Text ignored -> true;
            case ComfyEvent.Unknown ignored -> true;
            case ComfyEvent.UnknownFrame ignored -> true;
            case ComfyEvent.Malformed ignored -> true;
        };
    }

    private Optional<ComfyEvent> nextEvent(Duration timeout) throws InterruptedException {
        if (!streamLost) {
            try {
                return stream.poll(timeout);
            } catch (ComfyException.Unreachable lost) {
                streamLost = true;
                nextPoll = System.nanoTime();
                return Optional.empty();
            }
        }
        LockSupport.parkNanos(this, timeout.toNanos());
        if (Thread.interrupted()) {
            throw new InterruptedException();
        }
        return Optional.empty();
    }

    private void pollServer() throws InterruptedException {
        try {
            boolean queued = client.queue().contains(promptId());
            // Read after the queue: a prompt is in the history before it leaves the queue.
            client.history(promptId()).ifPresent(entry -> result = entry);
            absences = queued ? 0 : absences + 1;
            lastContact = System.nanoTime();
        } catch (ComfyException.Unreachable | ComfyException.ServerError silent) {
            if (System.nanoTime() - lastContact > pace.patience().toNanos()) {
                throw silent;
            }
        }
        if (result == null && absences >= ABSENCES) {
            throw new ComfyException.NotFound("prompt " + promptId() + " is neither in the queue nor in the history of "
                    + client.baseUrl() + ": it was removed, or the server restarted");
        }
        boolean often = streamLost || absences > 0;
        nextPoll = System.nanoTime() + (often ? pace.withoutStream() : pace.withStream()).toNanos();
    }

    /// Closes the event stream. A run that is not finished goes on at the server.
    @Override
    public void close() {
        stream.close();
    }
}
