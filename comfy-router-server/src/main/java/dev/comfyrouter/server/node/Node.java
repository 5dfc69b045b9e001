package dev.comfyrouter.server.node;

import dev.comfyrouter.client.ComfyClient;
import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.node.NodeState.Leaving;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.time.Time;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/// One ComfyUI server as the router knows it: the owner of its state.
public final class Node implements AutoCloseable {
    private final NodeSession session;
    private final InstantSource clock;
    private final Consumer<Node> changed;

    private final ConcurrentMap<String, String> uploads = new ConcurrentHashMap<>();
    private final Set<String> seen = ConcurrentHashMap.newKeySet();

    private final ReentrantLock lock = new ReentrantLock();
    private NodeState state; // Guarded by `lock`.
    private ComfyClient client; // Guarded by `lock`.

    Node(NodeSpec spec, ComfyClient client, Time time, Consumer<Node> changed) {
        this.client = client;
        this.session = new NodeSession(this::client, spec.id().toString(), time);
        this.clock = time;
        this.changed = changed;
        this.state = NodeState.unseen(spec, time.instant());
    }

    public NodeId id() {
        return state().id();
    }

    public NodeState state() {
        lock.lock();
        try {
            return state;
        } finally {
            lock.unlock();
        }
    }

    /// How one speaks to it now; another one when the operator changes its headers.
    public ComfyClient client() {
        lock.lock();
        try {
            return client;
        } finally {
            lock.unlock();
        }
    }

    public NodeSession session() {
        return session;
    }

    /// The pictures that lie on the node: by SHA-256, the names under which it knows them.
    public ConcurrentMap<String, String> uploads() {
        return uploads;
    }

    /// The files linked into the models folder that the node has listed with their exact size, as `folder/name`.
    public Set<String> seen() {
        return seen;
    }

    /// Takes the node's one slot for an attempt, if it is free.
    public boolean tryOccupy(NodeState.Occupant attempt) {
        return step(before -> before.free(clock.instant()) ? before.occupied(attempt) : before)
                .taken(attempt);
    }

    /// Takes the slot for an attempt that a former router process began. Of two such attempts the older one has ended
    /// here, or the newer one would not have got the slot.
    public void reoccupy(NodeState.Occupant attempt) {
        step(before ->
                before.occupant().stream().anyMatch(other -> other.since().isAfter(attempt.since()))
                        ? before
                        : before.occupied(attempt));
    }

    /// The attempt has ended; the slot is free.
    public void vacate(PromptId promptId, Set<String> models) {
        step(before -> before.vacated(promptId, models, clock.instant()));
    }

    /// The attempt was given up while its prompt may be alive here.
    public void abandon(PromptId promptId) {
        step(before -> before.abandoned(promptId, clock.instant()));
    }

    void gone(PromptId promptId) {
        step(before -> before.gone(promptId));
    }

    void good() {
        session.want(true);
        step(before -> before.good(clock.instant()));
    }

    void bad(String error) {
        NodeState after = step(before -> before.bad(error, clock.instant())).after();
        session.want(after.online());
    }

    void unusable(String error) {
        session.want(false);
        step(before -> before.unusable(error, clock.instant()));
    }

    /// It was away: it may be another version, with other files.
    void learn(About about) {
        uploads.clear();
        seen.clear();
        step(before -> before.with(about).withTwin(Optional.empty()));
    }

    /// Replaces what is known of its models and classes.
    public void learn(Capabilities capabilities) {
        step(before -> before.about()
                .map(about -> before.with(about.with(capabilities)))
                .orElse(before));
    }

    void see(Sight sight) {
        step(before -> before.sight() == sight ? before : before.withSight(sight));
    }

    void foreign(int count) {
        step(before -> before.withForeign(count));
    }

    void twin(Optional<NodeId> found) {
        step(before -> before.withTwin(found));
    }

    public void hold(Optional<Hold> hold) {
        step(before -> before.withHold(hold));
    }

    /// Takes another description. With other headers the connections are made anew, and what is under way on
    /// the old ones fails as if the network had failed.
    void describe(NodeSpec spec, Function<NodeSpec, ComfyClient> connect) {
        Step step = step(before -> before.with(spec));
        if (!step.before().spec().headers().equals(spec.headers())) {
            ComfyClient replaced = replace(connect.apply(spec));
            replaced.close();
        }
    }

    private ComfyClient replace(ComfyClient by) {
        lock.lock();
        try {
            ComfyClient replaced = client;
            client = by;
            return replaced;
        } finally {
            lock.unlock();
        }
    }

    /// Begins to leave; tells whether it does. It does not when it is in use and `how` says nothing about that.
    boolean tryLeave(Leaving how) {
        if (how == Leaving.NO && session.followed()) {
            return false;
        }
        NodeState after = step(before -> before.leave(how)).after();
        after.occupant().ifPresent(ours -> session.wake(ours.promptId()));
        return after.leaving() != Leaving.NO;
    }

    void stay() {
        step(NodeState::stay);
    }

    /// Whether it was to leave and nothing keeps it any more; results of its last task may still be fetched.
    boolean mayGo() {
        NodeState now = state();
        return now.leaving() != Leaving.NO
                && now.occupant().isEmpty()
                && (now.leaving() == Leaving.NOW || !now.needed())
                && !session.followed();
    }

    @Override
    public void close() {
        session.close();
        client().close();
    }

    private record Step(NodeState before, NodeState after) {
        boolean taken(NodeState.Occupant attempt) {
            return !before.equals(after)
                    && after.occupant().filter(attempt::equals).isPresent();
        }
    }

    private Step step(UnaryOperator<NodeState> rule) {
        Step step;
        lock.lock();
        try {
            NodeState before = state;
            state = rule.apply(before).since(before, clock.instant());
            step = new Step(before, state);
        } finally {
            lock.unlock();
        }
        if (!step.after().tellsTheSameAs(step.before())) {
            changed.accept(this); // a hint to look again; state() is the truth
        }
        return step;
    }
}
