package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.client.QueueSnapshot;
import dev.comfyrouter.client.SystemStats;
import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The thread that checks one node: is it there, what is it, who else uses it, and does anything of ours linger
/// on it.
final class NodeWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeWatch.class.getName());
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration SWEEP = Duration.ofSeconds(1);
    private static final Duration DEAD_WORKER = Duration.ofSeconds(10);
    private static final Duration STALL_HOLD = Duration.ofMinutes(10);

    private final Node node;
    private final Duration interval;
    private final InstantSource clock;
    private final Gone gone;
    private final Signal poked;
    private final Thread thread;

    /// Whether the thread looks for abandoned prompts each second.
    private volatile boolean sweeping;

    /// How often in a row an abandoned prompt was absent. Used by the thread alone, as are the fields below.
    private final Map<PromptId, Integer> absences = new HashMap<>();

    private boolean known;
    private @Nullable Instant motionlessSince;

    /// @param gone hears of each abandoned prompt that is certainly not on the node any more
    NodeWatch(Node node, Duration interval, Time time, Gone gone) {
        this.node = node;
        this.interval = interval;
        this.clock = time;
        this.poked = time.signal();
        this.gone = gone;
        this.thread = time.thread(Thread.ofVirtual().name("node-watch-" + node.id()), this::run);
    }

    void start() {
        thread.start();
    }

    /// Checks now instead of at the next turn.
    void poke() {
        poked.raise();
    }

    /// Begins to look for prompts as soon as they are given up: until they are gone, the node runs nothing else.
    void heed(NodeState now) {
        if (!sweeping && !now.abandoned().isEmpty()) {
            poke();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            if (!thread.join(Duration.ofSeconds(2))) {
                LOG.log(
                        Level.WARNING,
                        "the watch of {0} did not end in time",
                        node.state().spec());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            while (true) {
                check();
                sweeping = !node.state().abandoned().isEmpty();
                if (sweeping) {
                    var unusedStale = poked.await(Duration.ZERO); // the two looks that find nothing must lie apart
                }
                var unused = poked.await(sweeping ? SWEEP : interval);
            }
        } catch (InterruptedException stopped) {
            // closed
        }
    }

    /// One check; package-private so that tests need no thread.
    void check() throws InterruptedException {
        NodeState before = node.state();
        try {
            int prompts = node.client().queueRemaining(CHECK_TIMEOUT);
            if (!known || !before.online()) {
                introduce();
            }
            look(prompts);
            node.good();
            askCapabilities();
        } catch (ComfyException.Unsupported tooOld) {
            known = false;
            node.unusable(tooOld.getMessage());
        } catch (ComfyException failed) {
            known = false;
            node.bad(failed.getMessage());
        }
        report(before, node.state());
    }

    private void introduce() throws InterruptedException {
        SystemStats stats = node.client().systemStats();
        node.learn(new About(
                stats.requireSupported(),
                stats.pytorchVersion(),
                stats.devices(),
                node.state().about().flatMap(About::capabilities)));
        known = true;
        capabilitiesKnown = false;
    }

    private boolean capabilitiesKnown;

    /// Reads what the node can do while it has nothing else to do: it answers nothing else meanwhile.
    private void askCapabilities() throws InterruptedException {
        if (!capabilitiesKnown && node.state().health() != Health.BUSY) {
            node.learn(Capabilities.of(node.client().objectInfo()));
            capabilitiesKnown = true;
        }
    }

    /// Looks into the queue when its length is not what our own prompts explain, and removes what we gave up.
    private void look(int prompts) throws InterruptedException {
        NodeState state = node.state();
        if (prompts == state.ours() && state.abandoned().isEmpty()) {
            node.foreign(0);
            motionlessSince = null;
            return;
        }
        for (PromptId promptId : state.abandoned()) {
            var unused = node.client().cancel(promptId);
        }
        QueueSnapshot queue = node.client().queue();
        int ours = 0;
        for (PromptId promptId : state.abandoned()) {
            boolean there = queue.contains(promptId);
            ours += there ? 1 : 0;
            int absent = there ? 0 : absences.merge(promptId, 1, Integer::sum);
            if (there) {
                absences.remove(promptId);
            } else if (absent >= 2) {
                absences.remove(promptId);
                node.gone(promptId);
                gone.gone(promptId);
            }
        }
        boolean occupied = state.occupant()
                .filter(attempt -> queue.contains(attempt.promptId()))
                .isPresent();
        node.foreign(Math.max(0, queue.size() - ours - (occupied ? 1 : 0)));
        watchWorker(queue);
    }

    /// A ComfyUI whose worker thread has died answers everything and runs nothing: prompts wait, none runs.
    private void watchWorker(QueueSnapshot queue) {
        boolean motionless = queue.running().isEmpty() && !queue.pending().isEmpty();
        Instant now = clock.instant();
        Instant since = motionlessSince;
        if (!motionless) {
            motionlessSince = null;
            node.state()
                    .hold()
                    .filter(hold -> hold.kind() == Hold.Kind.STALLED)
                    .ifPresent(hold -> node.hold(Optional.empty()));
        } else if (since == null) {
            motionlessSince = now;
        } else if (Duration.between(since, now).compareTo(DEAD_WORKER) >= 0) {
            node.hold(Optional.of(new Hold(
                    Hold.Kind.STALLED,
                    now.plus(STALL_HOLD),
                    queue.pending().size()
                            + " prompts wait there and none runs: its worker has died, restart this ComfyUI")));
        }
    }

    private void report(NodeState before, NodeState after) {
        if (before.online() != after.online() || before.checks().at().isEmpty()) {
            if (after.online()) {
                LOG.log(
                        Level.INFO,
                        "node {0} is online: ComfyUI {1}",
                        after.spec().url(),
                        after.about().map(about -> about.version().toString()).orElse("?"));
            } else {
                LOG.log(
                        Level.WARNING,
                        "node {0} is offline: {1}",
                        after.spec().url(),
                        after.checks().error());
            }
        }
    }
}
