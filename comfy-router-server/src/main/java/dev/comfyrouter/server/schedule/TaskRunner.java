package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.Inbox;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.store.StoreUnavailable;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.ResultFile;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// The whole life of an attempt, from an assigned node to an outcome on disk, read from top to bottom.
///
/// An interrupt means "leave the prompt alone": the next router process attaches to it again. Only the wish to
/// cancel takes a prompt off its node.
final class TaskRunner {
    private static final Logger LOG = System.getLogger(TaskRunner.class.getName());
    private static final Duration STORE_PAUSE = Duration.ofSeconds(1);
    private static final Duration STALL_HOLD = Duration.ofMinutes(10);

    private final TaskStore store;
    private final LiveBoard board;
    private final Plans plans;
    private final Submitter submitter;
    private final Follower follower;
    private final Collector collector;
    private final Retry retry;
    private final Quarantine quarantine;
    private final Supplier<List<NodeState>> nodes;
    private final Time time;
    private final Admission again;

    /// @param nodes all of them, as they are now
    /// @param again takes back a task that gets another attempt
    TaskRunner(
            TaskStore store,
            LiveBoard board,
            Plans plans,
            Submitter submitter,
            Follower follower,
            Collector collector,
            Retry retry,
            Quarantine quarantine,
            Supplier<List<NodeState>> nodes,
            Time time,
            Admission again) {
        this.store = store;
        this.board = board;
        this.plans = plans;
        this.submitter = submitter;
        this.follower = follower;
        this.collector = collector;
        this.retry = retry;
        this.quarantine = quarantine;
        this.nodes = nodes;
        this.time = time;
        this.again = again;
    }

    void run(Run run) throws InterruptedException {
        Inbox inbox = run.node().session().watch(run.promptId());
        try {
            follow(run, inbox);
        } catch (StoreUnavailable unavailable) {
            throw unavailable; // the next router process goes on with it
        } catch (RuntimeException broken) {
            LOG.log(Level.ERROR, run + " met a fault of the router", broken);
            failed(
                    run,
                    new Ending.Failed(
                            Failure.of(
                                    FailureClass.INFRASTRUCTURE,
                                    "a fault of the router, of which its log tells more: " + broken),
                            Attempt.State.ABANDONED,
                            false,
                            true));
        } finally {
            run.node().session().forget(run.promptId());
        }
    }

    private void follow(Run run, Inbox inbox) throws InterruptedException {
        Optional<Ending> refused = run.resumed() ? Optional.empty() : submitter.submit(run, inbox);
        Ending ending = refused.isPresent() ? refused.get() : follower.follow(run, inbox);
        switch (ending) {
            case Ending.Finished finished -> finished(run, finished.entry());
            case Ending.Failed failed -> failed(run, failed);
            case Ending.Removed removed -> removed(run, removed);
        }
    }

    private void finished(Run run, HistoryEntry entry) throws InterruptedException {
        switch (entry.outcome()) {
            case SUCCESS -> {
                run.node().vacate(run.promptId(), run.task().needs().modelNames()); // free while the outputs come
                collect(run, entry);
            }
            case ERROR -> failed(run, ended(Failures.execution(run, entry)));
            case INTERRUPTED ->
                failed(
                        run,
                        ended(Failure.of(
                                FailureClass.INTERRUPTED,
                                "somebody interrupted it on "
                                        + run.node().state().spec().url())));
        }
    }

    private void collect(Run run, HistoryEntry entry) throws InterruptedException {
        store.collecting(run.number(), run.k());
        while (store.failing().isPresent()) {
            time.pause(STORE_PAUSE); // its outputs stay on their node: the disk may be full of such
        }
        List<ResultFile> files;
        try {
            files = collector.collect(run, entry, plans.of(run.task().task()).pictures());
        } catch (ComfyException lost) {
            failed(
                    run,
                    ended(Failure.of(
                            FailureClass.INFRASTRUCTURE, "its outputs could not be fetched: " + lost.getMessage())));
            return;
        } catch (Collector.Unkept refused) {
            failed(run, ended(Failure.of(FailureClass.EXECUTION, refused.reason())));
            return;
        }
        quarantine.succeeded(run.node());
        if (store.succeed(run.number(), run.k(), files)) {
            LOG.log(Level.INFO, "{0} is done, {1} files", run, files.size());
        } else {
            collector.discard(run);
            store.cancelled(run.number(), run.k(), Attempt.State.ENDED);
        }
    }

    private void failed(Run run, Ending.Failed ending) throws InterruptedException {
        Failure failure = ending.failure();
        if (ending.counts()) {
            quarantine.failed(run.node(), run.number(), failure.kind()); // before anybody gets the slot
        }
        leave(run, ending.attempt());
        board.reset(run.number());
        LOG.log(Level.WARNING, "{0} failed: {1}: {2}", run, failure.kind().word(), failure.message());
        if (failure.kind() == FailureClass.OUT_OF_MEMORY) {
            free(run);
        }
        if (!ending.counts()) {
            giveBack(run, ending.attempt(), failure.kind(), run.task().after(run.k(), time.instant()));
            return;
        }
        var tried = new WaitingTask.Tried(run.node().id(), failure.kind(), failure.message(), suspected(run, ending));
        switch (retry.decide(run.task(), tried, ending.fromServerError())) {
            case Retry.Verdict.Again(Optional<Duration> delay) -> {
                Instant now = time.instant();
                giveBack(
                        run,
                        ending.attempt(),
                        failure.kind(),
                        run.task().after(run.k(), tried, delay.map(now::plus), now));
            }
            case Retry.Verdict.End(FailureClass kind) -> {
                Failure last = new Failure(kind, failure.message(), failure.node(), failure.details());
                if (!store.fail(run.number(), run.k(), ending.attempt(), last)) {
                    store.cancelled(run.number(), run.k(), ending.attempt());
                }
            }
        }
    }

    /// Whether the node was lost, and for no reason that can be seen but this task.
    private boolean suspected(Run run, Ending.Failed ending) {
        return ending.failure().kind() == FailureClass.INFRASTRUCTURE
                && ending.attempt() != Attempt.State.ENDED
                && Suspicion.falls(run.node().state(), nodes.get(), time.instant());
    }

    private void removed(Run run, Ending.Removed ending) throws InterruptedException {
        Attempt.State state = ending.certain() ? Attempt.State.ENDED : Attempt.State.ABANDONED;
        LOG.log(Level.INFO, "{0} was taken off its node: {1}", run, ending.why());
        if (ending.why() == Ending.Why.STALLED || ending.why() == Ending.Why.BLOCKED) {
            hold(run); // before anybody gets the slot
        }
        leave(run, state);
        board.reset(run.number());
        switch (ending.why()) {
            case CANCELLED -> store.cancelled(run.number(), run.k(), state);
            case EVICTED, BLOCKED ->
                giveBack(run, state, FailureClass.INFRASTRUCTURE, run.task().after(run.k(), time.instant()));
            case EXPIRED -> {
                Failure expired = Failure.of(
                        FailureClass.EXPIRED,
                        "it ran longer than maxRun, "
                                + run.task().task().maxRun().toSeconds() + " s");
                if (!store.fail(run.number(), run.k(), state, expired)) {
                    store.cancelled(run.number(), run.k(), state);
                }
            }
            case STALLED ->
                failed(
                        run,
                        new Ending.Failed(
                                Failure.of(
                                        FailureClass.INFRASTRUCTURE,
                                        "nothing moved on "
                                                + run.node().state().spec().url() + " for a long time"),
                                state,
                                false,
                                true));
        }
    }

    /// Keeps work from a node on which nothing moves; the watch of the node may have said why already.
    private void hold(Run run) {
        Instant now = time.instant();
        if (!run.node().state().held(now)) {
            run.node()
                    .hold(Optional.of(
                            new Hold(Hold.Kind.STALLED, now.plus(STALL_HOLD), "nothing moved on it for a long time")));
        }
    }

    private void giveBack(Run run, Attempt.State state, FailureClass cause, WaitingTask next)
            throws InterruptedException {
        if (store.again(run.number(), run.k(), state, cause, next.notBefore())) {
            again.admit(next);
        } else {
            store.cancelled(run.number(), run.k(), state);
        }
    }

    private void leave(Run run, Attempt.State state) {
        if (state == Attempt.State.ABANDONED) {
            run.node().abandon(run.promptId());
        } else {
            run.node().vacate(run.promptId(), Set.of());
        }
    }

    private void free(Run run) throws InterruptedException {
        try {
            run.node().client().free(true, true);
        } catch (ComfyException unreachable) {
            LOG.log(Level.DEBUG, "{0}: its memory could not be freed: {1}", run, unreachable.getMessage());
        }
    }

    private static Ending.Failed ended(Failure failure) {
        return new Ending.Failed(failure, Attempt.State.ENDED, false, true);
    }
}
