package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.RemoteFiles;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.store.StoreUnavailable;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.Requirements;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskInput;
import dev.comfyrouter.workflows.InvalidWorkflow;
import dev.comfyrouter.workflows.Workflow;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Takes up what a former router process left: attempts are attached to on their nodes, never submitted again; the
/// other
/// tasks wait again.
final class Recovery {
    private static final Logger LOG = System.getLogger(Recovery.class.getName());

    private final TaskStore store;
    private final NodeRegistry nodes;
    private final Dispatcher dispatcher;
    private final Plans plans;
    private final Preparation preparation;
    private final Downloads downloads;
    private final InstantSource clock;

    Recovery(
            TaskStore store,
            NodeRegistry nodes,
            Dispatcher dispatcher,
            Plans plans,
            Preparation preparation,
            Downloads downloads,
            InstantSource clock) {
        this.store = store;
        this.nodes = nodes;
        this.dispatcher = dispatcher;
        this.plans = plans;
        this.preparation = preparation;
        this.downloads = downloads;
        this.clock = clock;
    }

    /// Runs once, after the nodes are known and before anything is dispatched.
    void run() throws InterruptedException {
        for (Attempt attempt : store.abandoned()) {
            nodes.node(attempt.node()).ifPresent(node -> node.abandon(attempt.promptId()));
        }
        List<Task> unfinished = store.unfinished();
        hold(unfinished);
        for (Task task : unfinished) {
            try {
                takeUp(task);
            } catch (StoreUnavailable unavailable) {
                throw unavailable;
            } catch (RuntimeException unreadable) {
                giveUp(task, unreadable);
            }
        }
        if (!unfinished.isEmpty()) {
            LOG.log(Level.INFO, "{0} tasks of the former run go on", unfinished.size());
        }
    }

    /// Before anything is fetched, and so before anything is evicted: the files that tasks had stay theirs.
    private void hold(List<Task> unfinished) throws InterruptedException {
        Map<Long, List<String>> files = store.files();
        for (Task task : unfinished) {
            List<String> had = files.getOrDefault(task.number(), List.of());
            try {
                if (!had.isEmpty() && !downloads.tryHold(task.number(), RemoteFiles.of(plans.of(task)), had)) {
                    LOG.log(Level.WARNING, "files of task {0} are not in the cache any more", task.id());
                }
            } catch (RuntimeException unreadable) {
                LOG.log(Level.DEBUG, "task {0} fails when it is taken up", task.id());
            }
        }
    }

    private void takeUp(Task task) throws InterruptedException {
        List<Attempt> attempts = store.attempts(task.number());
        WaitingTask waiting = waiting(task, attempts);
        Optional<Attempt> live = task.state().attempted()
                ? attempts.stream()
                        .filter(attempt -> attempt.k() == task.attempts() && attempt.state() == Attempt.State.LIVE)
                        .findFirst()
                : Optional.empty();
        if (live.isEmpty()) {
            preparation.admit(waiting);
            return;
        }
        Optional<Node> node = nodes.node(live.get().node());
        if (node.isPresent()) {
            attach(task, waiting, live.get(), node.get());
        } else if (store.again(
                task.number(), task.attempts(), Attempt.State.LOST, FailureClass.INFRASTRUCTURE, Optional.empty())) {
            preparation.admit(waiting.after(task.attempts(), clock.instant())); // its node was removed
        } else {
            store.cancelled(task.number(), task.attempts(), Attempt.State.LOST);
        }
    }

    /// A task that cannot be read, because it is damaged or this version of the router is stricter, fails; it must not
    /// keep the router from starting.
    private void giveUp(Task task, RuntimeException unreadable) throws InterruptedException {
        LOG.log(Level.ERROR, "task " + task.id() + " cannot be taken up", unreadable);
        for (Attempt attempt : store.attempts(task.number())) {
            if (attempt.state() == Attempt.State.LIVE) {
                nodes.node(attempt.node()).ifPresent(node -> node.abandon(attempt.promptId()));
            }
        }
        Failure failure = Failure.of(
                FailureClass.REQUEST,
                "the router cannot read it any more since it was restarted: " + unreadable.getMessage());
        int k = task.state().attempted() ? task.attempts() : 0;
        if (!store.fail(task.number(), k, Attempt.State.ABANDONED, failure)) {
            store.cancelled(task.number(), k, Attempt.State.ABANDONED);
        }
    }

    private void attach(Task task, WaitingTask waiting, Attempt attempt, Node node) throws InterruptedException {
        Assignment assignment = new Assignment(
                task.number(),
                attempt.k(),
                attempt.node(),
                node.state().spec().url().toString(),
                attempt.promptId(),
                node.session().clientId());
        Run run = new Run(waiting, assignment, node, attempt.createdAt(), true, task.cancelRequested());
        store.graph(task.number()).flatMap(Recovery::parsed).ifPresent(run::sent);
        dispatcher.resume(run);
    }

    private static Optional<Workflow> parsed(String graph) {
        try {
            return Optional.of(Workflow.parse(graph));
        } catch (InvalidWorkflow damaged) {
            return Optional.empty(); // only the progress bar needs it
        }
    }

    private WaitingTask waiting(Task task, List<Attempt> attempts) throws InterruptedException {
        Requirements requires =
                store.input(task.number()).map(TaskInput::requires).orElse(Requirements.NONE);
        List<WaitingTask.Tried> tried = new ArrayList<>();
        for (Attempt attempt : attempts) {
            attempt.cause().ifPresent(cause -> tried.add(new WaitingTask.Tried(attempt.node(), cause, cause.word())));
        }
        Instant since = task.createdAt();
        return new WaitingTask(
                task,
                preparation.needs(task.number(), plans.of(task)),
                requires,
                since,
                task.notBefore(),
                task.attempts(),
                tried);
    }
}
