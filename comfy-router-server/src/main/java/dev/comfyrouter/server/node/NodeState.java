package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.NodeId;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Everything known of a node at one moment; its steps are methods that give the next moment.
///
/// Busy is derived from what runs there and never stored.
///
/// @param since when `health()` last changed
/// @param occupant our attempt that has the node's one slot
/// @param abandoned prompts of ours that were given up and may still be alive there
/// @param foreign prompts of others that run or wait there
/// @param idleSince when the slot was last given back
/// @param warm the models that the last attempt used
/// @param leaving removed as soon as it runs nothing of ours
/// @param twin another node that is the same ComfyUI, as [Twins] found out
public record NodeState(
        NodeSpec spec,
        Checks checks,
        Instant since,
        Optional<About> about,
        Optional<Occupant> occupant,
        Set<PromptId> abandoned,
        int foreign,
        Optional<Hold> hold,
        Instant idleSince,
        Set<String> warm,
        Sight sight,
        Leaving leaving,
        Optional<NodeId> twin) {
    /// Our attempt on a node.
    public record Occupant(long task, int attempt, PromptId promptId, Instant since) {}

    /// Whether and how the node is being removed.
    public enum Leaving {
        NO,
        /// When its task has ended.
        DRAINED,
        /// At once: its task goes back to the queue.
        NOW
    }

    static NodeState unseen(NodeSpec spec, Instant now) {
        return new NodeState(
                spec,
                Checks.NONE,
                now,
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                0,
                Optional.empty(),
                now,
                Set.of(),
                Sight.UNKNOWN,
                Leaving.NO,
                Optional.empty());
    }

    public NodeId id() {
        return spec.id();
    }

    public boolean online() {
        return checks.online();
    }

    public Health health() {
        if (!online()) {
            return Health.OFFLINE;
        }
        return hasPrompts() ? Health.BUSY : Health.IDLE;
    }

    /// Whether prompts run or wait there as far as is known, ours or others'.
    boolean hasPrompts() {
        return occupant.isPresent() || !abandoned.isEmpty() || foreign > 0;
    }

    public boolean accepting() {
        return !spec.draining() && leaving == Leaving.NO;
    }

    public boolean held(Instant now) {
        return hold.isPresent() && now.isBefore(hold.get().until());
    }

    /// Whether its slot can be given to a task now.
    public boolean free(Instant now) {
        return online() && accepting() && !held(now) && occupant.isEmpty() && abandoned.isEmpty();
    }

    /// Whether its removal would hurt a task, or leave a prompt of ours behind that could still be taken off.
    boolean needed() {
        return occupant.isPresent() || (online() && !abandoned.isEmpty());
    }

    /// Whether this prompt was sent to it and may be alive there.
    boolean holds(PromptId promptId) {
        return abandoned.contains(promptId)
                || occupant.filter(ours -> ours.promptId().equals(promptId)).isPresent();
    }

    /// How many of its prompts a look at its queue should find.
    int ours() {
        return (occupant.isPresent() ? 1 : 0) + abandoned.size();
    }

    NodeState good(Instant now) {
        return new Builder(this).checks(checks.good(now)).build();
    }

    NodeState bad(String error, Instant now) {
        return new Builder(this).checks(checks.bad(error, now)).build();
    }

    /// Offline at once: it is not a server that the router can use.
    NodeState unusable(String error, Instant now) {
        return new Builder(this).checks(checks.unusable(error, now)).build();
    }

    /// The same, with the moment noted if its health is another than before.
    NodeState since(NodeState before, Instant now) {
        return health() == before.health() ? this : new Builder(this).since(now).build();
    }

    /// Whether nothing but the time of the last check is another.
    boolean tellsTheSameAs(NodeState other) {
        return checks.saysTheSameAs(other.checks)
                && new Builder(this).checks(other.checks).build().equals(other);
    }

    NodeState with(NodeSpec changed) {
        return new Builder(this).spec(changed).build();
    }

    NodeState with(About known) {
        return new Builder(this).about(Optional.of(known)).build();
    }

    NodeState withForeign(int count) {
        return count == foreign ? this : new Builder(this).foreign(count).build();
    }

    NodeState withHold(Optional<Hold> changed) {
        return new Builder(this).hold(changed).build();
    }

    NodeState withSight(Sight seen) {
        return new Builder(this).sight(seen).build();
    }

    NodeState withTwin(Optional<NodeId> found) {
        return new Builder(this).twin(found).build();
    }

    /// Begins to leave; stays as it is when it is needed and nobody said what to do about that.
    NodeState leave(Leaving how) {
        if (how != Leaving.NO) {
            return new Builder(this).leaving(how).build();
        }
        return needed() ? this : new Builder(this).leaving(Leaving.DRAINED).build();
    }

    NodeState stay() {
        return new Builder(this).leaving(Leaving.NO).build();
    }

    NodeState occupied(Occupant attempt) {
        return new Builder(this).occupant(Optional.of(attempt)).build();
    }

    /// The slot is free again; `models` are what the attempt left loaded.
    NodeState vacated(PromptId promptId, Set<String> models, Instant now) {
        if (occupant.filter(ours -> ours.promptId().equals(promptId)).isEmpty()) {
            return this;
        }
        return new Builder(this)
                .occupant(Optional.empty())
                .idleSince(now)
                .warm(models.isEmpty() ? warm : models)
                .build();
    }

    /// The attempt was given up, but its prompt may be alive here.
    NodeState abandoned(PromptId promptId, Instant now) {
        Set<PromptId> more = new HashSet<>(abandoned);
        more.add(promptId);
        return new Builder(vacated(promptId, Set.of(), now)).abandoned(more).build();
    }

    /// A given-up prompt is not there any more. With the last of them a stall has ended, too: what stood still
    /// has left.
    NodeState gone(PromptId promptId) {
        Set<PromptId> fewer = new HashSet<>(abandoned);
        if (!fewer.remove(promptId)) {
            return this;
        }
        return new Builder(this)
                .abandoned(fewer)
                .hold(hold.filter(still -> still.kind() != Hold.Kind.STALLED || !fewer.isEmpty()))
                .build();
    }

    /// A changed copy in the making, so that a step names only what it changes.
    private static final class Builder {
        private NodeSpec spec;
        private Checks checks;
        private Instant since;
        private Optional<About> about;
        private Optional<Occupant> occupant;
        private Set<PromptId> abandoned;
        private int foreign;
        private Optional<Hold> hold;
        private Instant idleSince;
        private Set<String> warm;
        private Sight sight;
        private Leaving leaving;
        private Optional<NodeId> twin;

        Builder(NodeState from) {
            spec = from.spec;
            checks = from.checks;
            since = from.since;
            about = from.about;
            occupant = from.occupant;
            abandoned = from.abandoned;
            foreign = from.foreign;
            hold = from.hold;
            idleSince = from.idleSince;
            warm = from.warm;
            sight = from.sight;
            leaving = from.leaving;
            twin = from.twin;
        }

        Builder checks(Checks value) {
            checks = value;
            return this;
        }

        Builder since(Instant value) {
            since = value;
            return this;
        }

        Builder spec(NodeSpec value) {
            spec = value;
            return this;
        }

        Builder about(Optional<About> value) {
            about = value;
            return this;
        }

        Builder occupant(Optional<Occupant> value) {
            occupant = value;
            return this;
        }

        Builder abandoned(Set<PromptId> value) {
            abandoned = Set.copyOf(value);
            return this;
        }

        Builder foreign(int value) {
            foreign = value;
            return this;
        }

        Builder hold(Optional<Hold> value) {
            hold = value;
            return this;
        }

        Builder idleSince(Instant value) {
            idleSince = value;
            return this;
        }

        Builder warm(Set<String> value) {
            warm = Set.copyOf(value);
            return this;
        }

        Builder sight(Sight value) {
            sight = value;
            return this;
        }

        Builder leaving(Leaving value) {
            leaving = value;
            return this;
        }

        Builder twin(Optional<NodeId> value) {
            twin = value;
            return this;
        }

        NodeState build() {
            return new NodeState(
                    spec, checks, since, about, occupant, abandoned, foreign, hold, idleSince, warm, sight, leaving,
                    twin);
        }
    }
}
