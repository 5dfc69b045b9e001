package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.EventStream;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/// The event stream of a node, kept open by a thread of its own that drains it at once, whatever readers do.
///
/// Each connection has a new client id: ComfyUI turns the newer of two connections of one id deaf when the
/// older one ends.
public final class NodeSession implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeSession.class.getName());
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
    private static final Duration LOOK_UP = Duration.ofSeconds(5);

    private final Supplier<ComfyClient> client;
    private final Time time;
    private final Thread thread;
    private final ConcurrentMap<PromptId, Inbox> inboxes = new ConcurrentHashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private String clientId = newClientId(); // Guarded by `lock`.
    private boolean open; // Guarded by `lock`.
    private boolean wanted; // Guarded by `lock`.

    NodeSession(Supplier<ComfyClient> client, String name, Time time) {
        this.client = client;
        this.time = time;
        this.thread = time.thread(Thread.ofVirtual().name("node-events-" + name), this::run);
        thread.start();
    }

    /// The id under which events come now, or will when the stream is open again.
    public String clientId() {
        lock.lock();
        try {
            return clientId;
        } finally {
            lock.unlock();
        }
    }

    /// Whether events come in; whoever watches a prompt is woken when that changes.
    public boolean open() {
        lock.lock();
        try {
            return open;
        } finally {
            lock.unlock();
        }
    }

    /// Collects the events of a prompt from now on, until [#forget].
    public Inbox watch(PromptId promptId) {
        return inboxes.computeIfAbsent(promptId, ignored -> new Inbox(time));
    }

    public void forget(PromptId promptId) {
        inboxes.remove(promptId);
    }

    /// Whether somebody still has to do with a prompt on this node, be it only that its outputs are fetched.
    boolean followed() {
        return !inboxes.isEmpty();
    }

    /// Makes the reader of a prompt's events look around.
    public void wake(PromptId promptId) {
        Inbox inbox = inboxes.get(promptId);
        if (inbox != null) {
            inbox.wake();
        }
    }

    /// The node answers: keep the stream open. Or it does not: let it be.
    void want(boolean value) {
        lock.lock();
        try {
            wanted = value;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        try {
            if (!thread.join(Duration.ofSeconds(2))) {
                LOG.log(
                        Level.WARNING,
                        "the event stream of {0} did not end in time",
                        client.get().baseUrl());
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        Duration pause = Duration.ofMillis(250);
        try {
            while (true) {
                awaitWanted();
                boolean opened = listen();
                pause = opened ? Duration.ofMillis(250) : min(pause.multipliedBy(2), LONGEST_PAUSE);
                rest(Duration.ofMillis(ThreadLocalRandom.current().nextLong(pause.toMillis() + 1)));
            }
        } catch (InterruptedException stopped) {
            // closed
        }
    }

    /// Opens the stream and reads it until it is lost; tells whether it was open.
    private boolean listen() throws InterruptedException {
        boolean opened = false;
        try (EventStream stream = client.get().events(clientId())) {
            opened = true;
            set(true);
            while (true) {
                stream.poll(LOOK_UP).ifPresent(this::deliver);
            }
        } catch (ComfyException lost) {
            LOG.log(
                    Level.DEBUG,
                    "the event stream of {0} is lost: {1}",
                    client.get().baseUrl(),
                    lost.getMessage());
        } finally {
            set(false);
        }
        return opened;
    }

    private void deliver(ComfyEvent event) {
        if (event instanceof ComfyEvent.QueueStatus) {
            inboxes.values().forEach(Inbox::queueChanged);
        }
        promptOf(event).map(inboxes::get).ifPresent(inbox -> inbox.add(event));
    }

    /// Whose event it is; events that do not say are of no use here, as other clients' prompts may run on the
    /// node.
    private static Optional<PromptId> promptOf(ComfyEvent event) {
        return switch (event) {
            case ComfyEvent.OfPrompt ofPrompt -> Optional.of(ofPrompt.promptId());
            case ComfyEvent.Executing executing -> executing.promptId();
            case ComfyEvent.Preview preview -> preview.promptId();
            case ComfyEvent.QueueStatus status -> Optional.empty();
            case ComfyEvent.FeatureFlags flags -> Optional.empty();
            case ComfyEvent.Text text -> Optional.empty();
            case ComfyEvent.Unknown unknown -> Optional.empty();
            case ComfyEvent.UnknownFrame unknown -> Optional.empty();
            case ComfyEvent.Malformed malformed -> Optional.empty();
        };
    }

    private void set(boolean isOpen) {
        lock.lock();
        try {
            open = isOpen;
            if (!isOpen) {
                clientId = newClientId();
            }
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        inboxes.values().forEach(Inbox::wake);
    }

    private void awaitWanted() throws InterruptedException {
        lock.lockInterruptibly();
        try {
            while (!wanted) {
                var unused = changed.await(30, TimeUnit.SECONDS);
            }
        } finally {
            lock.unlock();
        }
    }

    private void rest(Duration pause) throws InterruptedException {
        long left = pause.toNanos();
        lock.lockInterruptibly();
        try {
            while (left > 0) {
                left = changed.awaitNanos(left);
            }
        } finally {
            lock.unlock();
        }
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    private static String newClientId() {
        return UUID.randomUUID().toString();
    }
}
