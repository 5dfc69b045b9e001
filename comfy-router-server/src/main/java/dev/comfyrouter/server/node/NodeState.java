package dev.comfyrouter.server.node;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.server.task.NodeId;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;

/// Everything known of a node at one moment; its steps are methods that give the next moment.
///
/// Busy is derived from what runs there and never stored.
///
/// @param since when `health()` last changed
/// @param strikes failed checks in a row while online, good ones in a row while offline
/// @param checked whether a check has ever ended
/// @param occupant our attempt that has the node's one slot
/// @param abandoned prompts of ours that were given up and may still be alive there
/// @param foreign prompts of others that run or wait there
/// @param idleSince when the slot was last given back
/// @param warm the models that the last attempt used
/// @param leaving removed as soon as it runs nothing of ours
public record NodeState(
        NodeSpec spec,
        boolean online,
        Instant since,
        int strikes,
        boolean checked,
        String lastError,
        Optional<About> about,
        Optional<Occupant> occupant,
        Set<PromptId> abandoned,
        int foreign,
        Optional<Hold> hold,
        Instant idleSince,
        Set<String> warm,
        Sight sight,
        Leaving leaving) {
    private static final int FALL = 3;
    private static final int RISE = 2;

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
                false,
                now,
                0,
                false,
                "not checked yet",
                Optional.empty(),
                Optional.empty(),
                Set.of(),
                0,
                Optional.empty(),
                now,
                Set.of(),
                Sight.UNKNOWN,
                Leaving.NO);
    }

    public NodeId id() {
        return spec.id();
    }

    public Health health() {
        if (!online) {
            return Health.OFFLINE;
        }
        return occupant.isPresent() || !abandoned.isEmpty() || foreign > 0 ? Health.BUSY : Health.IDLE;
    }

    public boolean accepting() {
        return !spec.draining() && leaving == Leaving.NO;
    }

    public boolean held(Instant now) {
        return hold.isPresent() && now.isBefore(hold.get().until());
    }

    /// Whether its slot can be given to a task now.
    public boolean free(Instant now) {
        return online && accepting() && !held(now) && occupant.isEmpty() && abandoned.isEmpty();
    }

    /// How many of its prompts a look at its queue should find.
    int ours() {
        return (occupant.isPresent() ? 1 : 0) + abandoned.size();
    }

    NodeState good(Instant now) {
        boolean up = online || !checked || strikes + 1 >= RISE;
        return new Builder(this)
                .health(up, up ? 0 : strikes + 1, up ? "" : lastError, now)
                .build();
    }

    NodeState bad(String error, Instant now) {
        boolean up = online && strikes + 1 < FALL;
        return new Builder(this)
                .health(up, online ? strikes + 1 : 0, error, now)
                .build();
    }

    /// Offline at once: it is not a server that the router can use.
    NodeState unusable(String error, Instant now) {
        return new Builder(this).health(false, 0, error, now).build();
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

    NodeState withLeaving(Leaving changed) {
        return new Builder(this).leaving(changed).build();
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

    NodeState gone(PromptId promptId) {
        Set<PromptId> fewer = new HashSet<>(abandoned);
        fewer.remove(promptId);
        return new Builder(this).abandoned(fewer).build();
    }

    Duration occupiedFor(Instant now) {
        return occupant.map(ours -> Duration.between(ours.since(), now)).orElse(Duration.ZERO);
    }

    /// A changed copy in the making, so that a step names only what it changes.
    private static final class Builder {
        private NodeSpec spec;
        private boolean online;
        private Instant since;
        private int strikes;
        private boolean checked;
        private String lastError;
        private Optional<About> about;
        private Optional<Occupant> occupant;
        private Set<PromptId> abandoned;
        private int foreign;
        private Optional<Hold> hold;
        private Instant idleSince;
        private Set<String> warm;
        private Sight sight;
        private Leaving leaving;

        Builder(NodeState from) {
            spec = from.spec;
            online = from.online;
            since = from.since;
            strikes = from.strikes;
            checked = from.checked;
            lastError = from.lastError;
            about = from.about;
            occupant = from.occupant;
            abandoned = from.abandoned;
            foreign = from.foreign;
            hold = from.hold;
            idleSince = from.idleSince;
            warm = from.warm;
            sight = from.sight;
            leaving = from.leaving;
        }

        Builder health(boolean up, int row, String error, Instant now) {
            since = up == online && checked ? since : now;
            online = up;
            strikes = row;
            checked = true;
            lastError = error;
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

        NodeState build() {
            return new NodeState(
                    spec, online, since, strikes, checked, lastError, about, occupant, abandoned, foreign, hold,
                    idleSince, warm, sight, leaving);
        }
    }
}
