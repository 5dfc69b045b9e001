package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.Assignment;
import dev.comfyrouter.server.task.Attempt;
import dev.comfyrouter.server.task.Failure;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.LiveBoard;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.LongPredicate;

/// The thread that decides who runs next, and the owner of all runners.
///
/// It reserves slots in memory, hands the pairs of a pass to the store in one change, and does not wait: a runner
/// starts
/// when its attempt is on disk. It is woken by a signal; a slow recheck is only the safety net.
public final class Dispatcher implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Dispatcher.class.getName());
    private static final int LOOK_AT = 64;
    private static final int LOOK_FURTHER_AT = 512;
    private static final Duration RECHECK = Duration.ofSeconds(1);
    private static final Duration STOP = Duration.ofSeconds(3);

    private final TaskStore store;
    private final NodeRegistry nodes;
    private final LiveBoard board;
    private final Time time;
    private final TaskRunner runner;
    private final Refresher refresher;
    private final WaitingQueue queue = new WaitingQueue();
    private final Signal signal;
    private final ConcurrentMap<Long, Run> runs = new ConcurrentHashMap<>();
    private final ConcurrentMap<Long, Thread> threads = new ConcurrentHashMap<>();
    private final Thread thread;
    private volatile boolean stopping;

    /// When deadlines were last looked at. Used by the dispatching thread alone.
    private Instant expiredAt = Instant.EPOCH;

    /// The task up to which the last pass looked behind the first ones. Used by the dispatching thread alone.
    private Optional<WaitingTask> lookedUpTo = Optional.empty();

    Dispatcher(
            TaskStore store, NodeRegistry nodes, LiveBoard board, TaskRunner runner, Refreshers refreshers, Time time) {
        this.store = store;
        this.nodes = nodes;
        this.board = board;
        this.time = time;
        this.signal = time.signal();
        this.runner = runner;
        this.refresher = refreshers.create(signal::raise);
        this.thread = time.thread(Thread.ofPlatform().name("dispatcher"), this::loop);
    }

    /// Makes the refresher, which rings when it has looked at the nodes again.
    interface Refreshers {
        Refresher create(Runnable looked);
    }

    void start() {
        thread.start();
    }

    /// Takes a task that waits for a node.
    public void add(WaitingTask task) {
        queue.add(task);
        signal.raise();
    }

    /// Takes a task out of the queue again: the last one behind another, of those that never had an attempt and that
    /// pass a test.
    Optional<WaitingTask> takeLast(WaitingTask before, LongPredicate test) {
        return queue.takeLast(before, test);
    }

    /// A node's state has changed.
    public void nodesChanged() {
        signal.raise();
    }

    /// The wish to cancel is on disk: takes the task out of the queue, or off its node.
    public void cancel(long number) {
        var unused = queue.remove(number);
        Run run = runs.get(number);
        if (run != null) {
            run.cancel();
        }
    }

    /// Goes on with an attempt that a former router process began.
    void resume(Run run) {
        if (run.task().task().state() != TaskState.COLLECTING) { // its prompt has ended, another may run by now
            run.node().reoccupy(new NodeState.Occupant(run.number(), run.k(), run.promptId(), run.since()));
        }
        launch(run);
    }

    /// The place of a waiting task from 1.
    public OptionalInt position(long number) {
        return queue.position(number, time.instant());
    }

    public int waiting() {
        return queue.size();
    }

    public int running() {
        return runs.size();
    }

    /// How many slots tasks could be given now.
    public int freeSlots() {
        Instant now = time.instant();
        return (int) nodes.states().stream().filter(node -> node.free(now)).count();
    }

    /// Stops deciding and lets go of all runners; prompts stay on their nodes.
    @Override
    public void close() {
        stopping = true;
        thread.interrupt();
        threads.values().forEach(Thread::interrupt);
        refresher.close();
        try {
            long end = System.nanoTime() + STOP.toNanos();
            for (Thread each : threads.values()) {
                long left = end - System.nanoTime();
                if (left <= 0 || !each.join(Duration.ofNanos(left))) {
                    LOG.log(Level.WARNING, "{0} did not end in time", each.getName());
                }
            }
            if (!thread.join(STOP)) {
                LOG.log(Level.WARNING, "the dispatcher did not end in time");
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void loop() {
        try {
            while (!stopping) {
                try {
                    dispatchOnce();
                    var unused = signal.await(RECHECK);
                } catch (RuntimeException broken) {
                    LOG.log(Level.ERROR, "a pass of the dispatcher broke; the next one comes in a second", broken);
                    time.pause(RECHECK);
                }
            }
        } catch (InterruptedException stopped) {
            LOG.log(Level.DEBUG, "the dispatcher stops");
        } catch (Error broken) {
            LOG.log(Level.ERROR, "the dispatcher has ended; restart the router", broken);
        }
    }

    /// One pass; package-private so that tests need no thread.
    void dispatchOnce() throws InterruptedException {
        Instant now = time.instant();
        nodes.removeLeft();
        if (Duration.between(expiredAt, now).compareTo(RECHECK) >= 0) {
            expiredAt = now;
            expire(now);
        }
        List<WaitingTask> first = queue.first(LOOK_AT, now);
        if (first.isEmpty() || store.failing().isPresent()) {
            return;
        }
        look(first, 0, now);
        if (first.size() == LOOK_AT && nodes.states().stream().anyMatch(node -> node.free(now))) {
            lookFurther(first.getLast(), now);
        }
    }

    /// The first tasks may all be such as no node takes now. Then those behind them get a look, some in each pass, so
    /// that a pass stays short and every task has its turn.
    private void lookFurther(WaitingTask last, Instant now) throws InterruptedException {
        List<WaitingTask> further = queue.behind(lookedUpTo.orElse(last), LOOK_FURTHER_AT);
        lookedUpTo = further.size() < LOOK_FURTHER_AT ? Optional.empty() : Optional.of(further.getLast());
        if (!further.isEmpty()) {
            int ahead = queue.position(further.getFirst().number(), now).orElse(LOOK_AT + 1) - 1;
            look(further, ahead, now);
        }
    }

    private void look(List<WaitingTask> tasks, int ahead, Instant now) throws InterruptedException {
        Placement.Decision decision = Placement.decide(tasks, ahead, nodes.states(), now);
        decision.reasons().forEach(board::waits);
        for (WaitingTask task : tasks) {
            List<String> lacking = decision.impossible().get(task.number());
            if (lacking != null && refresher.confirms(task, now)) {
                giveUp(task.number(), lacking);
            }
        }
        assign(decision.pairs(), now);
    }

    private void assign(List<Placement.Pair> pairs, Instant now) throws InterruptedException {
        Map<Long, Run> claimed = new HashMap<>();
        List<Assignment> assignments = new ArrayList<>();
        for (Placement.Pair pair : pairs) {
            Optional<Node> node = nodes.node(pair.node().id());
            int k = pair.task().attempts() + 1;
            PromptId promptId = PromptId.random();
            if (node.isEmpty()
                    || !node.get().tryOccupy(new NodeState.Occupant(pair.task().number(), k, promptId, now))) {
                continue; // the node has changed since the look at it: the next pass decides anew
            }
            if (queue.remove(pair.task().number()).isEmpty()) {
                node.get().vacate(promptId, Set.of());
                continue; // cancelled meanwhile
            }
            Assignment assignment = new Assignment(
                    pair.task().number(),
                    k,
                    pair.node().id(),
                    pair.node().spec().url().toString(),
                    promptId,
                    node.get().session().clientId());
            board.waits(pair.task().number(), ""); // it waits for no node any more
            claimed.put(pair.task().number(), new Run(pair.task(), assignment, node.get(), now, false, false));
            assignments.add(assignment);
        }
        if (!assignments.isEmpty()) {
            store.assign(assignments, taken -> launch(claimed, taken));
        }
    }

    /// On the writer's thread: starts what is on disk, and gives the slots of the others back.
    private void launch(Map<Long, Run> claimed, List<Assignment> taken) {
        taken.forEach(assignment -> {
            Run run = claimed.remove(assignment.number());
            if (run != null) {
                launch(run);
            }
        });
        claimed.values().forEach(run -> run.node().vacate(run.promptId(), Set.of()));
    }

    private void launch(Run run) {
        runs.put(run.number(), run);
        Thread started = time.thread(Thread.ofVirtual().name("task-" + run.number()), () -> live(run));
        threads.put(run.number(), started);
        started.start();
    }

    private void live(Run run) {
        try {
            if (!stopping) {
                runner.run(run);
            }
        } catch (InterruptedException stopped) {
            LOG.log(Level.DEBUG, "{0} is left on its node", run);
        } catch (RuntimeException | Error broken) {
            LOG.log(
                    stopping ? Level.DEBUG : Level.ERROR,
                    "the runner of " + run + " broke; the task goes on after a restart of the router",
                    broken);
        } finally {
            runs.remove(run.number(), run);
            threads.remove(run.number(), Thread.currentThread());
            signal.raise();
        }
    }

    private void expire(Instant now) throws InterruptedException {
        for (WaitingTask task : queue.expired(now)) {
            if (queue.remove(task.number()).isPresent()) {
                String reason = board.of(task.number()).waitReason();
                end(
                        task,
                        Failure.of(
                                FailureClass.EXPIRED,
                                "it waited longer than maxWait, "
                                        + Duration.between(
                                                        task.task().createdAt(),
                                                        task.task().deadline())
                                                .toSeconds() + " s"
                                        + (reason.isEmpty() ? "" : ": " + reason)));
            }
        }
    }

    /// Every known node was looked at afresh and lacks something.
    private void giveUp(long number, List<String> lacking) throws InterruptedException {
        Optional<WaitingTask> task = queue.remove(number);
        if (task.isPresent()) {
            end(task.get(), Failure.of(FailureClass.IMPOSSIBLE, "no node can run it: " + String.join("; ", lacking)));
        }
    }

    private void end(WaitingTask task, Failure failure) throws InterruptedException {
        LOG.log(Level.WARNING, "task {0} (#{1}) ends: {2}", task.task().id(), task.number(), failure.message());
        var unused = store.fail(task.number(), 0, Attempt.State.ENDED, failure);
    }
}
