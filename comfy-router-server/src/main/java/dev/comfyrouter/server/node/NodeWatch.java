package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.SystemStats;
import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Stopping;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;

/// The thread that checks one node: is it there, what is it, and what does its queue tell.
final class NodeWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeWatch.class.getName());
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(3);
    private static final Duration SWEEP = Duration.ofSeconds(1);

    private final Node node;
    private final Duration interval;
    private final QueueWatch queue;
    private final Signal poked;
    private final Thread thread;

    private final Lookout lookout;

    /// Whether somebody wants to know anew what is known of the node.
    private volatile boolean asked;

    /// Whether the thread looks for abandoned prompts each second.
    private volatile boolean sweeping;

    /// Whether it told of itself since it last answered anew. Used by the thread alone, as are the fields below.
    private boolean known;

    private boolean capabilitiesKnown;
    private long lossesSeen;

    /// @param gone hears of each abandoned prompt that is certainly not on the node any more
    NodeWatch(Node node, Duration interval, Beacon beacon, Time time, Gone gone, Twins twins) {
        this.node = node;
        this.interval = interval;
        this.queue = new QueueWatch(node, time, gone, twins);
        this.lookout = new Lookout(beacon, time);
        this.poked = time.signal();
        this.thread = time.thread(Thread.ofVirtual().name("node-watch-" + node.id()), this::run);
    }

    void start() {
        thread.start();
    }

    /// Checks now instead of at the next turn.
    void poke() {
        poked.raise();
    }

    /// Checks now, and looks again at what was settled.
    void ask() {
        asked = true;
        poke();
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
        Stopping.await(thread);
    }

    private void run() {
        try {
            while (true) {
                checkWhateverBreaks();
                sweeping = !node.state().abandoned().isEmpty();
                if (sweeping) {
                    var unusedStale = poked.await(Duration.ZERO); // the two looks that find nothing must lie apart
                }
                var unused = poked.await(sweeping ? SWEEP : interval);
            }
        } catch (InterruptedException stopped) {
            // closed
        } finally {
            lookout.close();
        }
    }

    /// A node must not look healthy, or sick, for ever because one look at it broke.
    private void checkWhateverBreaks() throws InterruptedException {
        try {
            check();
        } catch (RuntimeException broken) {
            LOG.log(Level.ERROR, "the check of " + node.state().spec() + " broke; it is repeated", broken);
            known = false;
            node.bad("the router's check broke: " + broken);
        }
    }

    /// One check; package-private so that tests need no thread.
    void check() throws InterruptedException {
        NodeState before = node.state();
        try {
            int prompts = node.client().queueRemaining(CHECK_TIMEOUT);
            if (!known || !before.online() || lossesSeen != node.session().losses()) {
                introduce();
            }
            if (asked) {
                asked = false;
                lookout.begin();
            }
            node.see(lookout.look(node.client(), node.state().sight()));
            queue.look(prompts);
            askCapabilities();
            node.good();
        } catch (ComfyException.Unsupported tooOld) {
            known = false;
            node.unusable(tooOld.getMessage());
        } catch (ComfyException failed) {
            known = false;
            node.bad(failed.getMessage());
        }
        report(before, node.state());
    }

    /// It was away, if only for its event stream: it may be another version, with other files.
    private void introduce() throws InterruptedException {
        lossesSeen = node.session().losses();
        SystemStats stats = node.client().systemStats();
        node.learn(new About(
                stats.requireSupported(),
                stats.pytorchVersion(),
                stats.devices(),
                node.state().about().flatMap(About::capabilities)));
        known = true;
        capabilitiesKnown = false;
        lookout.begin();
    }

    /// Reads what the node can do before it gets work, or when it has none: it answers nothing else meanwhile.
    /// A node that cannot tell is not sick; any task may be tried on it.
    private void askCapabilities() throws InterruptedException {
        if (capabilitiesKnown || node.state().hasPrompts()) {
            return;
        }
        try {
            node.learn(Capabilities.of(node.client().objectInfo()));
            capabilitiesKnown = true;
        } catch (ComfyException untold) {
            LOG.log(
                    Level.DEBUG,
                    "{0} does not tell what it can do: {1}",
                    node.state().spec(),
                    untold.getMessage());
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
