package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.InputFiles;
import dev.comfyrouter.server.download.RemoteFiles;
import dev.comfyrouter.server.store.Acceptance;
import dev.comfyrouter.server.store.Cancellation;
import dev.comfyrouter.server.store.StoreUnavailable;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.NewTask;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskId;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.server.task.TaskRequest;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.workflows.ImageRef;
import dev.comfyrouter.workflows.ImageUse;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The way of requests into the router: a task is on disk before anybody is told that it was accepted.
public final class Intake {
    private static final int TITLE = 200;

    private final TaskStore store;
    private final InputFiles inputs;
    private final Dispatcher dispatcher;
    private final Preparation preparation;
    private final Plans plans;
    private final Limits limits;
    private final InstantSource clock;

    /// How much is taken, and what a task may take unless its request says otherwise.
    ///
    /// @param pending how many tasks may wait without an attempt, beyond the free slots of the nodes
    /// @param maxWait from acceptance to the first attempt, unless the request says otherwise
    /// @param maxRun of one attempt, unless the request says otherwise
    /// @param space what the data directory keeps free
    public record Limits(int pending, Duration maxWait, Duration maxRun, FreeSpace space) {}

    Intake(
            TaskStore store,
            InputFiles inputs,
            Dispatcher dispatcher,
            Preparation preparation,
            Plans plans,
            Limits limits,
            InstantSource clock) {
        this.store = store;
        this.inputs = inputs;
        this.dispatcher = dispatcher;
        this.preparation = preparation;
        this.plans = plans;
        this.limits = limits;
        this.clock = clock;
    }

    /// Accepts a request, or says why not.
    ///
    /// @throws StoreUnavailable when the store cannot take it now
    public Acceptance accept(TaskRequest request, Optional<NewTask.IdempotencyKey> key) throws InterruptedException {
        Optional<Acceptance> lack = limits.space().lack();
        if (lack.isPresent()) {
            return lack.get();
        }
        NewTask task = task(request, key);
        Acceptance acceptance = store.accept(task, (long) limits.pending() + dispatcher.freeSlots());
        if (acceptance instanceof Acceptance.Accepted(TaskId id, long number)) {
            plans.keep(number, request.plan());
            Task accepted = accepted(task, number);
            preparation.admit(new WaitingTask(
                    accepted,
                    preparation.needs(number, request.plan()),
                    request.requires(),
                    task.createdAt(),
                    Optional.empty(),
                    0,
                    List.of()));
        }
        return acceptance;
    }

    /// Cancels a task: at once when it waits, as soon as its node has let go of it otherwise.
    ///
    /// @throws StoreUnavailable when the store cannot take the wish now
    public Cancellation cancel(TaskId id) throws InterruptedException {
        Cancellation cancellation = store.cancel(id);
        switch (cancellation) {
            case Cancellation.Done(long number) -> {
                dispatcher.cancel(number);
                plans.forget(number);
            }
            case Cancellation.Requested(long number) -> dispatcher.cancel(number);
            case Cancellation.Ended ended -> {}
            case Cancellation.Unknown unknown -> {}
        }
        return cancellation;
    }

    /// What a task asked for, to be asked for again; a seed that the router had drawn is drawn anew.
    public Optional<TaskRequest> request(Task task) throws InterruptedException {
        return store.input(task.number())
                .map(input -> new TaskRequest(
                        task.type(),
                        Plan.restore(task.type(), input.stored()).drawnAnew(),
                        task.priority(),
                        Optional.of(Duration.between(task.createdAt(), task.deadline())),
                        Optional.of(task.maxRun()),
                        input.requires(),
                        Optional.of(task.id())));
    }

    private NewTask task(TaskRequest request, Optional<NewTask.IdempotencyKey> key) {
        Instant now = clock.instant();
        Plan plan = request.plan();
        return new NewTask(
                TaskId.random(),
                request.type(),
                request.priority(),
                title(plan.title()),
                now,
                now.plus(request.maxWait().orElse(limits.maxWait())),
                request.maxRun().orElse(limits.maxRun()),
                plan.seed(),
                new TaskInput(plan.stored(), plan.shown(), request.requires(), plan.warnings()),
                keep(plan),
                !RemoteFiles.of(plan).isEmpty(),
                request.retryOf(),
                key);
    }

    /// Keeps the pictures of a request before the task that needs them exists.
    private Set<String> keep(Plan plan) {
        Set<String> kept = new LinkedHashSet<>();
        for (ImageUse use : plan.images()) {
            if (use.ref() instanceof ImageRef.Inline picture && kept.add(picture.sha256())) {
                try {
                    inputs.keep(picture);
                } catch (IOException diskFailed) {
                    throw new StoreUnavailable("a picture of the request cannot be written", diskFailed);
                }
            }
        }
        return kept;
    }

    private static String title(String prompt) {
        String line = prompt.replaceAll("\\s+", " ").strip();
        return line.length() <= TITLE
                ? line
                : line.substring(0, line.offsetByCodePoints(0, Math.min(TITLE, line.codePointCount(0, line.length()))));
    }

    private static Task accepted(NewTask task, long number) {
        return Task.accepted(
                number,
                task.id(),
                task.type(),
                task.needsFiles() ? TaskState.ACCEPTED : TaskState.READY,
                task.priority(),
                task.title(),
                task.createdAt(),
                task.deadline(),
                task.maxRun(),
                task.seed());
    }
}
