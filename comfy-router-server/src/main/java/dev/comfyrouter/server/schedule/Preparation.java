package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.download.Downloads;
import dev.comfyrouter.server.download.PresentFiles;
import dev.comfyrouter.server.download.RemoteFiles;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.Plan;
import dev.comfyrouter.workflows.InvalidWorkflow;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// The way of a task into the queue for nodes: at once, or when the files that it names by URL are here.
final class Preparation implements Admission, Downloads.Orderer {
    private static final Logger LOG = System.getLogger(Preparation.class.getName());

    private final TaskStore store;
    private final Downloads downloads;
    private final Plans plans;
    private final NeedsOf needsOf;
    private final Dispatcher dispatcher;
    private final InstantSource clock;

    /// The tasks whose files are on their way.
    private final ConcurrentMap<Long, WaitingTask> preparing = new ConcurrentHashMap<>();

    Preparation(
            TaskStore store,
            Downloads downloads,
            Plans plans,
            NeedsOf needsOf,
            Dispatcher dispatcher,
            InstantSource clock) {
        this.store = store;
        this.downloads = downloads;
        this.plans = plans;
        this.needsOf = needsOf;
        this.dispatcher = dispatcher;
        this.clock = clock;
    }

    @Override
    public void admit(WaitingTask task) throws InterruptedException {
        RemoteFiles files = RemoteFiles.of(plans.of(task.task()));
        if (files.isEmpty() || downloads.of(task.number()).isPresent()) {
            dispatcher.add(task);
            return;
        }
        preparing.put(task.number(), task);
        boolean first = task.attempts() == 0;
        downloads.prepare(
                new Downloads.Order(
                        task.number(),
                        task.task().id(),
                        task.rank(),
                        files,
                        first ? Optional.of(task.task().deadline()) : Optional.empty(),
                        "maxWait, "
                                + Duration.between(
                                                task.task().createdAt(),
                                                task.task().deadline())
                                        .toSeconds()
                                + " s"),
                this);
    }

    @Override
    public boolean begins(long number) throws InterruptedException {
        boolean waits = store.preparing(number);
        if (!waits) {
            preparing.remove(number);
        }
        return waits;
    }

    @Override
    public void present(long number, PresentFiles files) throws InterruptedException {
        WaitingTask task = preparing.remove(number);
        if (task == null) {
            return; // it has ended
        }
        Needs needs;
        try {
            needs = needsOf.plan(plans.of(task.task()), files);
        } catch (InvalidWorkflow misfit) {
            downloads.release(number);
            failed(
                    number,
                    Failure.of(FailureClass.REQUEST, "its pictures do not fit its parameters: " + misfit.getMessage()));
            return;
        }
        if (store.ready(number, files.sha256s())) {
            dispatcher.add(task.prepared(needs, clock.instant()));
        }
    }

    @Override
    public void failed(long number, Failure failure) throws InterruptedException {
        preparing.remove(number);
        var unused = store.fail(number, 0, Attempt.State.ENDED, failure);
    }

    /// The last task in the queue that had no attempt gives its files back, if that leaves one of them to nobody; it
    /// is prepared again after the one that is short of room.
    @Override
    public void makeRoom(long number) throws InterruptedException {
        WaitingTask starving = preparing.get(number);
        if (starving == null) {
            return; // it has ended
        }
        Optional<WaitingTask> last = dispatcher.takeLast(starving, downloads::aloneHolds);
        if (last.isPresent()) {
            LOG.log(
                    Level.INFO,
                    "task {0} gives its files back: task {1}, which is before it, has no room for its own",
                    last.get().task().id(),
                    starving.task().id());
            downloads.release(last.get().number());
            admit(last.get());
        }
    }

    /// The task has ended: nothing is fetched or kept for it any more.
    void ended(long number) {
        preparing.remove(number);
        downloads.release(number);
    }

    /// What a task needs of a node, as far as its files are here to tell.
    Needs needs(long number, Plan plan) {
        RemoteFiles files = RemoteFiles.of(plan);
        if (files.isEmpty()) {
            return needsOf.plan(plan, PresentFiles.NONE);
        }
        return downloads.of(number).map(present -> needsOf.plan(plan, present)).orElse(Needs.UNKNOWN);
    }
}
