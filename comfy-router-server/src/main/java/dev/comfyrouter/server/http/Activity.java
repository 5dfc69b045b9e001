package dev.comfyrouter.server.http;

import dev.comfyrouter.server.node.Health;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.task.NodeId;
import io.helidon.webserver.http.ServerRequest;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.ReentrantLock;

/// The newest acts of operators and changes of nodes, in memory: what one looks up when something is odd.
final class Activity {
    private static final int KEPT = 5_000;

    private final InstantSource clock;
    private final ReentrantLock lock = new ReentrantLock();

    /// Guarded by `lock`, as are all fields below. The newest is first.
    private final Deque<Entry> entries = new ArrayDeque<>();

    private final Map<NodeId, Health> seen = new HashMap<>();
    private long last;

    /// One line.
    ///
    /// @param actor the name of a user, or `router`
    /// @param object `node:<id>`, `task:<id>`, `file:<id>` or `router`
    record Entry(long id, Instant at, Kind kind, String actor, String object, String label, String text) {}

    enum Kind {
        ACT,
        STATE,
        NOTICE
    }

    Activity(InstantSource clock) {
        this.clock = clock;
    }

    /// Whoever sent the request did something.
    void act(ServerRequest request, String object, String label, String text) {
        add(Kind.ACT, Authentication.user(request).name(), object, label, text);
    }

    /// Everybody was told something.
    void notice(Notices.Notice notice) {
        add(Kind.NOTICE, "router", notice.object(), notice.label(), notice.text());
    }

    /// Notes what has become of the nodes since the last look.
    void look(List<NodeState> nodes) {
        for (NodeState node : nodes) {
            Health now = node.health();
            Optional<Health> before = swap(node.id(), now);
            if (before.isPresent() && (before.get() == Health.OFFLINE) != (now == Health.OFFLINE)) {
                String name = node.spec().name();
                add(
                        Kind.STATE,
                        "router",
                        "node:" + node.id(),
                        name,
                        now == Health.OFFLINE
                                ? name + " went offline: " + node.checks().error()
                                : name + " is online");
            }
        }
    }

    private Optional<Health> swap(NodeId node, Health now) {
        lock.lock();
        try {
            return Optional.ofNullable(seen.put(node, now));
        } finally {
            lock.unlock();
        }
    }

    private void add(Kind kind, String actor, String object, String label, String text) {
        lock.lock();
        try {
            entries.addFirst(new Entry(++last, clock.instant(), kind, actor, object, label, text));
            if (entries.size() > KEPT) {
                entries.removeLast();
            }
        } finally {
            lock.unlock();
        }
    }

    /// Entries, newest first.
    ///
    /// @param before only older ones
    List<Entry> page(OptionalLong before, Optional<Kind> kind, Optional<String> object, int limit) {
        List<Entry> page = new ArrayList<>();
        lock.lock();
        try {
            for (Entry entry : entries) {
                if ((before.isEmpty() || entry.id() < before.getAsLong())
                        && kind.map(wanted -> wanted == entry.kind()).orElse(true)
                        && object.map(entry.object()::equals).orElse(true)) {
                    page.add(entry);
                    if (page.size() == limit) {
                        break;
                    }
                }
            }
        } finally {
            lock.unlock();
        }
        return page;
    }
}
