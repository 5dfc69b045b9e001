package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.HistoryEntry;
import dev.comfyrouter.client.QueueSnapshot;
import dev.comfyrouter.client.QueuedPrompt;
import dev.comfyrouter.server.node.Hold;
import dev.comfyrouter.server.node.Inbox;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.schedule.Ending.Why;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.TaskState;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Watches a prompt on its node until it has ended there, or is taken off.
///
/// Events are hints; the node's queue and then its history are the truth. The queue is read first: a prompt is
/// in the history before it leaves the queue.
final class Follower {
    /// How often the truth is asked for while events come, and while none can.
    private static final Duration WITH_EVENTS = Duration.ofSeconds(5);

    private static final Duration WITHOUT_EVENTS = Duration.ofSeconds(1);

    /// How soon the history is read again when an event said that the prompt is over and the history does not
    /// have it yet.
    private static final Duration HISTORY_LAG = Duration.ofMillis(50);

    private static final Duration HISTORY_PATIENCE = Duration.ofSeconds(5);
    private static final Duration REMOVAL = Duration.ofSeconds(30);

    /// So long after its attempt began a prompt may still be on its way: the submission may wait for the event stream,
    /// and without an answer the node is asked for ten seconds. A restart of the router does not shorten that.
    private static final Duration ARRIVAL = Duration.ofSeconds(12);

    private final TaskStore store;
    private final LiveBoard board;
    private final Duration silence;
    private final Duration stall;
    private final InstantSource clock;

    /// @param silence how long a node must be unreachable at least before its prompt counts as lost
    /// @param stall how long nothing may move
    Follower(TaskStore store, LiveBoard board, Duration silence, Duration stall, InstantSource clock) {
        this.store = store;
        this.board = board;
        this.silence = silence;
        this.stall = stall;
        this.clock = clock;
    }

    Ending follow(Run run, Inbox inbox) throws InterruptedException {
        return new Watch(run, inbox).untilEnd();
    }

    private final class Watch {
        private final Run run;
        private final Inbox inbox;
        private final ProgressMeter meter;
        private boolean running;
        private boolean absentBefore;
        private List<QueuedPrompt> ahead = List.of();
        private Instant moved = clock.instant();
        private @Nullable Instant saidOver;
        private @Nullable Instant unreachableSince;

        Watch(Run run, Inbox inbox) {
            this.run = run;
            this.inbox = inbox;
            this.meter = new ProgressMeter(run.graph());
        }

        Ending untilEnd() throws InterruptedException {
            boolean look = run.resumed();
            while (true) {
                Optional<Why> wish = wish();
                if (wish.isPresent()) {
                    return remove(wish.get());
                }
                if (look) {
                    Optional<Ending> ending = truth();
                    if (ending.isPresent()) {
                        return ending.get();
                    }
                }
                Optional<ComfyEvent> event = inbox.poll(patience());
                look = event.isEmpty() || take(event.get());
            }
        }

        /// Why the prompt has to leave its node, if it has to.
        private Optional<Why> wish() {
            Instant now = clock.instant();
            if (run.cancelled()) {
                return Optional.of(Why.CANCELLED);
            }
            if (run.node().state().leaving() == Leaving.NOW) {
                return Optional.of(Why.EVICTED);
            }
            if (Duration.between(run.since(), now).compareTo(run.task().task().maxRun()) > 0) {
                return Optional.of(Why.EXPIRED);
            }
            boolean still =
                    unreachableSince == null && Duration.between(moved, now).compareTo(stall) > 0;
            if (!running && (still || workerIsDead(now))) {
                return Optional.of(Why.BLOCKED);
            }
            // Of a prompt whose events go elsewhere one sees no progress; it may be well.
            return still && run.heard() ? Optional.of(Why.STALLED) : Optional.empty();
        }

        private boolean workerIsDead(Instant now) {
            NodeState node = run.node().state();
            return node.held(now)
                    && node.hold()
                            .filter(hold -> hold.kind() == Hold.Kind.STALLED)
                            .isPresent();
        }

        private Duration patience() {
            if (saidOver != null) {
                return HISTORY_LAG;
            }
            boolean heard = run.heard();
            inbox.heedQueue(!heard);
            return heard && !absentBefore && unreachableSince == null ? WITH_EVENTS : WITHOUT_EVENTS;
        }

        /// Takes an event; true when it is time to look at the truth.
        private boolean take(ComfyEvent event) throws InterruptedException {
            moved = clock.instant();
            switch (event) {
                case ComfyEvent.Executing executing
                when executing.isEndOf(run.promptId()) -> {
                    saidOver = moved;
                    return true;
                }
                case ComfyEvent.Finished finished -> {
                    saidOver = moved;
                    return false; // the history has it when `executing` without a node follows, or after a moment
                }
                case ComfyEvent.Preview preview -> board.preview(run.number(), preview.contentType(), preview.image());
                default -> {
                    if (meter.take(event)) {
                        ProgressMeter.Reading reading = meter.reading();
                        board.progress(run.number(), reading.share(), reading.phase(), reading.step(), reading.steps());
                    }
                }
            }
            begin();
            return false;
        }

        private Optional<Ending> truth() throws InterruptedException {
            try {
                Optional<Ending> ending = ask();
                if (unreachableSince != null) {
                    unreachableSince = null;
                    moved = clock.instant(); // what it did meanwhile is not known
                }
                return ending;
            } catch (ComfyException unreachable) {
                return lost(unreachable);
            }
        }

        private Optional<Ending> ask() throws InterruptedException {
            if (saidOver != null) {
                Optional<HistoryEntry> entry = run.node().client().history(run.promptId());
                if (entry.isPresent()) {
                    return Optional.of(new Ending.Finished(entry.get()));
                }
                if (Duration.between(saidOver, clock.instant()).compareTo(HISTORY_PATIENCE) < 0) {
                    return Optional.empty();
                }
                saidOver = null; // the event was wrong, or the node restarted: ask in full
            }
            QueueSnapshot queue = run.node().client().queue();
            if (queue.isRunning(run.promptId())) {
                begin();
            }
            if (queue.contains(run.promptId())) {
                absentBefore = false;
                if (!queue.isRunning(run.promptId()) && !queue.running().equals(ahead)) {
                    ahead = queue.running();
                    moved = clock.instant(); // others run before it, one after the other
                }
                return Optional.empty();
            }
            Optional<HistoryEntry> entry = run.node().client().history(run.promptId());
            if (entry.isPresent()) {
                return Optional.of(new Ending.Finished(entry.get()));
            }
            if (absentBefore && !mayArrive()) {
                return Optional.of(vanished());
            }
            absentBefore = true;
            return Optional.empty();
        }

        /// Whether a former router process may have sent it a moment ago, without hearing that it arrived.
        private boolean mayArrive() {
            return run.resumed()
                    && run.task().task().state() == TaskState.SUBMITTING
                    && clock.instant().isBefore(run.since().plus(ARRIVAL));
        }

        private void begin() throws InterruptedException {
            if (!running) {
                running = true;
                store.running(run.number(), run.k());
            }
        }

        /// In neither queue nor history: the node restarted, or somebody removed it; or the former router process
        /// never submitted it, in which case the attempt does not count.
        private Ending vanished() {
            String node = run.node().state().spec().url().toString();
            return new Ending.Failed(
                    Failure.of(
                            FailureClass.INFRASTRUCTURE, node + " has lost it: it restarted, or somebody removed it"),
                    run.resumed() ? Attempt.State.ABANDONED : Attempt.State.LOST,
                    false,
                    !run.resumed());
        }

        private Optional<Ending> lost(ComfyException unreachable) {
            Instant now = clock.instant();
            Instant since = unreachableSince;
            if (since == null) {
                unreachableSince = now;
                return Optional.empty();
            }
            Duration ran = Duration.between(run.since(), since);
            Duration tenMinutes = Duration.ofMinutes(10);
            Duration patience = ran.compareTo(tenMinutes) < 0 ? ran : tenMinutes;
            Duration longest = patience.compareTo(silence) > 0 ? patience : silence;
            return Duration.between(since, now).compareTo(longest) < 0
                    ? Optional.empty()
                    : Optional.of(new Ending.Failed(
                            Failure.of(FailureClass.INFRASTRUCTURE, unreachable.getMessage()),
                            Attempt.State.ABANDONED,
                            false,
                            true));
        }

        /// Takes the prompt off the node: exactly this one, and sees to it that it is gone.
        private Ending remove(Why why) throws InterruptedException {
            Instant end = clock.instant().plus(REMOVAL);
            while (clock.instant().isBefore(end)) {
                try {
                    var unused = run.node().client().cancel(run.promptId());
                    if (!run.node().client().queue().contains(run.promptId())) {
                        return new Ending.Removed(why, true);
                    }
                } catch (ComfyException unreachable) {
                    // the next round may reach it
                }
                rest();
            }
            return new Ending.Removed(why, false);
        }

        /// A second, or less when the prompt's end is announced.
        private void rest() throws InterruptedException {
            Instant end = clock.instant().plus(WITHOUT_EVENTS);
            Duration left = WITHOUT_EVENTS;
            while (left.isPositive()) {
                Optional<ComfyEvent> event = inbox.poll(left);
                if (event.isPresent()
                        && event.get() instanceof ComfyEvent.Executing executing
                        && executing.isEndOf(run.promptId())) {
                    return;
                }
                left = Duration.between(clock.instant(), end);
            }
        }
    }
}
