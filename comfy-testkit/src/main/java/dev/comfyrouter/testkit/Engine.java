package dev.comfyrouter.testkit;

import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/// What the parts of one server share: its state behind the HTTP routes and the worker.
final class Engine {

    private final Release release;
    private final NodeClasses classes;
    private final Models models;
    private final FileStore files;
    private final Painter painter;
    private final Pace pace;
    private final Pacing pacing;
    private final Faults faults;
    private final Sockets sockets;
    private final Events events;
    private final OutputCache cache;
    private final Journal journal;
    private final PromptQueue queue;
    private final Script script;
    private final Machine machine;
    private final Changes changes;
    private final AtomicInteger promptNumber = new AtomicInteger();
    private final String temporaryLetters = new Random()
            .ints(5, 'a', 'z' + 1)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    private volatile Optional<String> owner = Optional.empty();
    private volatile Optional<String> shownNode = Optional.empty();

    Engine(
            Release release,
            NodeClasses classes,
            Models models,
            FileStore files,
            Pace pace,
            Pacing pacing,
            Faults faults,
            Sockets sockets,
            OutputCache cache,
            Journal journal,
            Changes changes,
            int maxHistory,
            Script script,
            Machine machine) {
        this.machine = machine;
        this.script = script;
        this.changes = changes;
        this.release = release;
        this.classes = classes;
        this.models = models;
        this.files = files;
        this.painter = pace.painter();
        this.pace = pace;
        this.pacing = pacing;
        this.faults = faults;
        this.sockets = sockets;
        this.events = new Events(sockets);
        this.cache = cache;
        this.journal = journal;
        this.queue = new PromptQueue(maxHistory, remaining -> {
            events.broadcastStatus(remaining);
            changes.announce();
        });
    }

    Machine machine() {
        return machine;
    }

    Release release() {
        return release;
    }

    NodeClasses classes() {
        return classes;
    }

    Models models() {
        return models;
    }

    FileStore files() {
        return files;
    }

    Painter painter() {
        return painter;
    }

    Pace pace() {
        return pace;
    }

    Pacing pacing() {
        return pacing;
    }

    Faults faults() {
        return faults;
    }

    Sockets sockets() {
        return sockets;
    }

    Events events() {
        return events;
    }

    OutputCache cache() {
        return cache;
    }

    Journal journal() {
        return journal;
    }

    PromptQueue queue() {
        return queue;
    }

    Script script() {
        return script;
    }

    /// Counts submissions without an explicit number, from 0 at each start.
    AtomicInteger promptNumber() {
        return promptNumber;
    }

    /// Five letters in the names of temporary pictures, others after each start.
    String temporaryLetters() {
        return temporaryLetters;
    }

    /// Something changed that tests may wait for.
    void announce() {
        changes.announce();
    }

    void owner(Optional<String> sid) {
        owner = sid;
    }

    void shownNode(Optional<String> node) {
        shownNode = node;
    }

    /// The node that a reconnecting owner of the running prompt is told about.
    Optional<String> shownNodeFor(String sid) {
        return owner.filter(sid::equals).isPresent() ? shownNode : Optional.empty();
    }
}
