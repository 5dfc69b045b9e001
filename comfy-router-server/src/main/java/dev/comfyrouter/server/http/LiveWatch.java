package dev.comfyrouter.server.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.store.StoreUnavailable;
import dev.comfyrouter.server.store.TaskFilter;
import dev.comfyrouter.server.store.TaskStore;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Task;
import dev.comfyrouter.server.task.TaskEvent;
import dev.comfyrouter.server.task.TaskState;
import dev.comfyrouter.server.task.TaskStatus;
import dev.comfyrouter.server.time.Stopping;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The thread that keeps the live table true while somebody looks at it: four times a second at most.
final class LiveWatch implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LiveWatch.class.getName());
    private static final Duration INTEREST = Duration.ofSeconds(60);
    private static final Duration SLOW = Duration.ofSeconds(1);
    private static final Duration RECOUNT = Duration.ofSeconds(5);
    private static final int ENDED = 200;

    /// Beyond so many waiting tasks the places of the later ones are not told.
    private static final int PLACES = 256;

    private final TaskStore store;
    private final Supplier<List<NodeState>> nodes;
    private final TaskViews views;
    private final NodeViews nodeViews;
    private final HourLog hour;
    private final Consumer<List<NodeState>> seen;
    private final LiveTable table;
    private final LiveDownloads downloads;
    private final int pendingLimit;
    private final InstantSource clock;
    private final Set<Long> dirty = ConcurrentHashMap.newKeySet();
    private final CountDownLatch closed = new CountDownLatch(1);
    private final Thread thread;

    private final ReentrantLock lock = new ReentrantLock();

    /// The tasks of the table by number. Guarded by `lock`, as are all fields below.
    private final Map<Long, Task> tasks = new TreeMap<>();

    private final Set<NodeId> known = new HashSet<>();
    private Instant wanted = Instant.EPOCH;
    private Instant slowAt = Instant.EPOCH;
    private Instant recountedAt = Instant.EPOCH;
    private boolean awake;

    /// @param seen is shown the nodes in every round, whether somebody looks or not
    LiveWatch(
            TaskStore store,
            Supplier<List<NodeState>> nodes,
            TaskViews views,
            NodeViews nodeViews,
            HourLog hour,
            Consumer<List<NodeState>> seen,
            LiveTable table,
            LiveDownloads downloads,
            int pendingLimit,
            InstantSource clock) {
        this.store = store;
        this.nodes = nodes;
        this.views = views;
        this.nodeViews = nodeViews;
        this.hour = hour;
        this.seen = seen;
        this.table = table;
        this.downloads = downloads;
        this.pendingLimit = pendingLimit;
        this.clock = clock;
        this.thread = Thread.ofPlatform().name("live-state").daemon().unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// A task has changed; on the store's thread.
    void hear(TaskEvent event) {
        dirty.add(event.number());
    }

    /// Somebody looks. Wakes up when nobody did for a while, and then knows everything before it returns.
    void look() throws InterruptedException {
        lock.lock();
        try {
            wanted = clock.instant();
            if (!awake) {
                wakeUp();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        closed.countDown();
        table.end();
        Stopping.await(thread);
    }

    private void run() {
        try {
            while (!closed.await(Sse.PACE.toNanos(), TimeUnit.NANOSECONDS)) {
                try {
                    tick();
                } catch (StoreUnavailable later) {
                    LOG.log(Level.DEBUG, "the live state waits for the store: {0}", later.getMessage());
                    beginAnew();
                } catch (RuntimeException broken) {
                    LOG.log(Level.ERROR, "a round of the live state broke; the next one begins anew", broken);
                    beginAnew();
                }
            }
        } catch (InterruptedException unwanted) {
            LOG.log(Level.ERROR, "the live state was interrupted; pages show old facts until the router is restarted");
        }
    }

    /// One round; package-private so that tests need no thread.
    void tick() throws InterruptedException {
        seen.accept(nodes.get());
        lock.lock();
        try {
            if (!awake) {
                dirty.clear(); // whoever comes first looks at everything
                return;
            }
            if (wanted.plus(INTEREST).isBefore(clock.instant())) {
                sleep();
                return;
            }
            refresh();
        } finally {
            lock.unlock();
        }
    }

    /// A round that was cut short has forgotten what was dirty: whoever looks next is told everything.
    private void beginAnew() {
        lock.lock();
        try {
            sleep();
        } finally {
            lock.unlock();
        }
    }

    private void sleep() {
        awake = false;
        tasks.clear();
        known.clear();
        downloads.forget();
        table.clear();
    }

    private void wakeUp() throws InterruptedException {
        dirty.clear();
        store.unfinished().forEach(task -> tasks.put(task.number(), task));
        store.list(TaskFilter.newest(2 * ENDED)).stream()
                .filter(task -> task.state().terminal())
                .limit(ENDED)
                .forEach(task -> tasks.put(task.number(), task));
        for (Task task : tasks.values()) {
            show(task);
        }
        slowAt = Instant.EPOCH;
        recountedAt = clock.instant();
        awake = true;
        refresh();
    }

    private void refresh() throws InterruptedException {
        Instant now = clock.instant();
        Set<Long> changed = new HashSet<>(dirty);
        dirty.removeAll(changed);
        for (long number : changed) {
            Optional<Task> task = store.task(number);
            if (task.isPresent()) {
                tasks.put(number, task.get());
                if (task.get().state().terminal()) {
                    show(task.get());
                }
            } else {
                forget(number);
            }
        }
        showLive();
        showNodes();
        downloads.show();
        if (!now.isBefore(recountedAt.plus(RECOUNT))) {
            recountedAt = now;
            dropOld();
        }
        if (!now.isBefore(slowAt.plus(SLOW))) {
            slowAt = now;
            table.aggregate("counts", counts());
            table.aggregate("cache", downloads.totals());
            table.aggregate("lastHour", Json.MAPPER.valueToTree(hour.summary()));
        }
        table.aggregate("queue", queue());
        table.publish();
    }

    private void showLive() throws InterruptedException {
        int places = 0;
        for (Task task : tasks.values()) {
            if (!task.state().terminal() && (task.state().status() == TaskStatus.RUNNING || places++ < PLACES)) {
                show(task);
            }
        }
    }

    private void show(Task task) throws InterruptedException {
        table.put("t:" + task.id(), Json.MAPPER.valueToTree(views.row(task)));
    }

    private void showNodes() {
        Set<NodeId> present = new HashSet<>();
        for (NodeState state : nodes.get()) {
            present.add(state.id());
            known.add(state.id());
            table.put("n:" + state.id(), Json.MAPPER.valueToTree(nodeViews.view(state)));
        }
        for (NodeId gone : Set.copyOf(known)) {
            if (!present.contains(gone)) {
                known.remove(gone);
                table.remove("n:" + gone);
            }
        }
    }

    /// Ended tasks leave when newer ones have come, or when they were dropped.
    private void dropOld() throws InterruptedException {
        Set<Long> kept = new HashSet<>();
        store.list(TaskFilter.newest(2 * ENDED)).stream()
                .filter(task -> task.state().terminal())
                .limit(ENDED)
                .forEach(task -> kept.add(task.number()));
        List<Long> old = new ArrayList<>();
        for (Task task : tasks.values()) {
            if (task.state().terminal() && !kept.contains(task.number())) {
                old.add(task.number());
            }
        }
        old.forEach(this::forget);
    }

    private void forget(long number) {
        Task gone = tasks.remove(number);
        if (gone != null) {
            table.remove("t:" + gone.id());
        }
    }

    private ObjectNode counts() throws InterruptedException {
        ObjectNode counts = Json.MAPPER.createObjectNode();
        Map<TaskStatus, Long> found = store.counts();
        for (TaskStatus status : TaskStatus.values()) {
            counts.put(status.word(), found.getOrDefault(status, 0L));
        }
        return counts;
    }

    private ObjectNode queue() {
        List<Task> pending = tasks.values().stream()
                .filter(task -> task.state().status() == TaskStatus.PENDING)
                .toList();
        long running = tasks.values().stream()
                .filter(task -> task.state() == TaskState.RUNNING || task.state() == TaskState.COLLECTING)
                .count();
        ObjectNode queue = Json.MAPPER.createObjectNode();
        queue.put("pending", pending.size()).put("running", running).put("limit", pendingLimit);
        queue.put(
                "oldestPendingAt",
                pending.stream()
                        .map(Task::createdAt)
                        .min(Comparator.naturalOrder())
                        .map(Json::time)
                        .orElse(null));
        return queue;
    }
}
