package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.Node;
import dev.comfyrouter.server.node.NodeRegistry;
import dev.comfyrouter.server.time.Time;
import dev.comfyrouter.workflows.NodeCatalog;
import dev.comfyrouter.workflows.NodeType;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The second look at what nodes lack, before a task is told that nobody can run it: files come and go.
final class Refresher implements AutoCloseable {
    private static final Logger LOG = System.getLogger(Refresher.class.getName());
    private static final Duration PAUSE = Duration.ofSeconds(10);
    private static final Duration FORGET = Duration.ofMinutes(1);

    private final NodeRegistry nodes;
    private final Runnable looked;
    private final Time time;

    /// Since when a task is in doubt. Used by the dispatching thread alone.
    private final Map<Long, Doubt> doubts = new HashMap<>();

    private volatile Instant lookedAt = Instant.EPOCH;
    private volatile boolean looking;
    private volatile @Nullable Thread thread;

    private record Doubt(Instant since, Set<String> classes) {}

    /// @param looked hears that the nodes were looked at again
    Refresher(NodeRegistry nodes, Runnable looked, Time time) {
        this.nodes = nodes;
        this.looked = looked;
        this.time = time;
    }

    /// Whether all nodes were looked at again since this task came into doubt. If not, that begins now.
    boolean confirms(WaitingTask task, Instant now) {
        Doubt doubt = doubts.computeIfAbsent(
                task.number(), ignored -> new Doubt(now, task.needs().classes()));
        if (!lookedAt.isBefore(doubt.since())) {
            doubts.remove(task.number());
            return true;
        }
        if (!looking && Duration.between(lookedAt, now).compareTo(PAUSE) >= 0) {
            looking = true;
            Set<String> classes = doubts.values().stream()
                    .flatMap(each -> each.classes().stream())
                    .collect(Collectors.toUnmodifiableSet());
            doubts.values().removeIf(each -> Duration.between(each.since(), now).compareTo(FORGET) > 0);
            Thread started = time.thread(Thread.ofVirtual().name("refresher"), () -> look(classes, now));
            thread = started;
            started.start();
        }
        return false;
    }

    @Override
    public void close() {
        Thread last = thread;
        if (last != null) {
            last.interrupt();
        }
    }

    private void look(Set<String> classes, Instant began) {
        try {
            for (Node node : nodes.all()) {
                if (node.state().online()) {
                    look(node, classes);
                }
            }
            lookedAt = began;
        } catch (InterruptedException stopped) {
            LOG.log(Level.DEBUG, "the look at what nodes lack was given up"); // closed
        } finally {
            looking = false;
            looked.run();
        }
    }

    private static void look(Node node, Set<String> classes) throws InterruptedException {
        Optional<Capabilities> known = node.state().about().flatMap(About::capabilities);
        if (known.isEmpty()) {
            return;
        }
        try {
            List<NodeType> types = new ArrayList<>();
            for (String nodeClass : classes) {
                node.client().objectInfo(nodeClass).type(nodeClass).ifPresent(types::add);
            }
            node.learn(known.get().refreshed(classes, NodeCatalog.of(types)));
        } catch (ComfyException unreachable) {
            LOG.log(
                    Level.DEBUG,
                    "{0} was not looked at again: {1}",
                    node.state().spec(),
                    unreachable.getMessage());
        }
    }
}
