package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.ComfyEvent;
import dev.comfyrouter.client.ComfyException;
import dev.comfyrouter.client.EventStream;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.time.Signal;
import dev.comfyrouter.server.time.Stopping;
import dev.comfyrouter.server.time.Time;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// The event stream of a node, kept open by a thread of its own that drains it at once, whatever readers do.
///
/// Each connection has a new client id: ComfyUI turns the newer of two connections of one id deaf when the
/// older one ends.
public final class NodeSession implements AutoCloseable {
    private static final Logger LOG = System.getLogger(NodeSession.class.getName());
    private static final Duration LOOK_UP = Duration.ofSeconds(5);
    private static final Duration RECHECK = Duration.ofSeconds(30);

    private final Supplier<ComfyClient> client;
    private final Time time;
    private final Thread thread;
    private final Signal wish;
    private final ConcurrentMap<PromptId, Inbox> inboxes = new ConcurrentHashMap<>();

    private final ReentrantLock lock = new ReentrantLock();
    private String clientId = newClientId(); // Guarded by `lock`.
    private boolean open; // Guarded by `lock`.
    private boolean wanted; // Guarded by `lock`.
    private long losses; // Guarded by `lock`.

    NodeSession(Supplier<ComfyClient> client, String name, Time time) {
        this.client = client;
        this.time = time;
        this.wish = time.signal();
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

    /// How often an open stream was lost: the node may have restarted then.
    long losses() {
        lock.lock();
        try {
            return losses;
        } finally {
            lock.unlock();
        }
    }

    /// The node answers: keep the stream open. Or it does not: let it be until it does.
    void want(boolean value) {
        lock.lock();
        try {
            wanted = value;
        } finally {
            lock.unlock();
        }
        wish.raise();
    }

    private boolean wanted() {
        lock.lock();
        try {
            return wanted;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
        Stopping.await(thread);
    }

    private void run() {
        var backoff = new Backoff(RandomGenerator.getDefault());
        try {
            while (true) {
                while (!wanted()) {
                    var unused = wish.await(RECHECK); // for as long as the node is away, be it days
                }
                time.pause(backoff.next(listen()));
            }
        } catch (InterruptedException stopped) {
            // closed
        }
    }

    /// Opens the stream and reads it until it is lost or not wanted; tells how long it was open.
    private Duration listen() throws InterruptedException {
        Instant opened = Instant.MAX;
        try (EventStream stream = client.get().events(clientId())) {
            opened = time.instant();
            set(true);
            while (wanted()) {
                stream.poll(LOOK_UP).ifPresent(this::deliver);
            }
        } catch (ComfyException lost) {
            LOG.log(
                    Level.DEBUG,
                    "the event stream of {0} is lost: {1}",
                    client.get().baseUrl(),
                    lost.getMessage());
        } catch (RuntimeException broken) {
            // Prompts are followed without events; the next stream may be better.
            LOG.log(Level.WARNING, "the event stream of " + client.get().baseUrl() + " broke", broken);
        } finally {
            set(false);
        }
        Instant now = time.instant();
        return opened.isBefore(now) ? Duration.between(opened, now) : Duration.ZERO;
    }

    /// Hands an event to whoever watches its prompt.
    void deliver(ComfyEvent event) {
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

    /// The stream was opened, or is lost; the next one gets another client id.
    void set(boolean isOpen) {
        lock.lock();
        try {
            losses += open && !isOpen ? 1 : 0;
            open = isOpen;
            if (!isOpen) {
                clientId = newClientId();
            }
        } finally {
            lock.unlock();
        }
        inboxes.values().forEach(Inbox::wake);
    }

    private static String newClientId() {
        return UUID.randomUUID().toString();
    }
}
