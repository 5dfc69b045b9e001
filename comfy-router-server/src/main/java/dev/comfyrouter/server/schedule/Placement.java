package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.node.Health;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.Sight;
import dev.comfyrouter.server.task.FailureClass;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Which waiting task goes to which node: a pure function of the first waiting tasks, the nodes and the time.
///
/// Tasks are taken in order. A node that has a task's models loaded is preferred, then one with fewer prompts of
/// others, then the one that was idle longest. A later task of the same models may go first for as long as nobody
/// before it
/// has waited [#OVERTAKING]; so affinity saves loading and starves nobody.
final class Placement {
    /// How long a task may be overtaken by others that need no loading, or be kept from nodes that others use too.
    static final Duration OVERTAKING = Duration.ofSeconds(30);

    /// A task and the node it goes to.
    record Pair(WaitingTask task, NodeState node) {}

    /// What was decided.
    ///
    /// @param reasons why the other tasks wait, by their numbers
    /// @param impossible tasks that no known node can ever run as things are, with what each node lacks
    record Decision(List<Pair> pairs, Map<Long, String> reasons, Map<Long, List<String>> impossible) {}

    private final List<Candidate> candidates = new ArrayList<>();
    private final List<NodeState> nodes;
    private final int before;
    private final Instant now;
    private final Set<NodeId> free = new HashSet<>();
    private final Map<Long, NodeState> placed = new HashMap<>();

    /// What of a task decides which nodes fit; most waiting tasks are of few kinds.
    private record Kind(Needs needs, Requirements requires, List<WaitingTask.Tried> tried) {
        boolean wantsMemory() {
            return tried.stream().anyMatch(attempt -> attempt.cause() == FailureClass.OUT_OF_MEMORY);
        }
    }

    /// What tasks of one kind find among the nodes.
    ///
    /// @param kind whose fit it is
    /// @param lacking what is missing, by node; nodes that fit are not in it
    /// @param choices the nodes that were free when the pass began and fit, the best first
    /// @param warm those of them that have the models loaded
    private record Fit(Kind kind, Map<NodeId, String> lacking, List<NodeState> choices, Set<NodeId> warm) {}

    private record Candidate(WaitingTask task, Fit fit) {}

    private Placement(List<WaitingTask> tasks, int before, List<NodeState> nodes, Instant now) {
        this.before = before;
        this.nodes = nodes;
        this.now = now;
        List<NodeState> inOrder = nodes.stream()
                .filter(node -> node.free(now))
                .sorted(Comparator.comparingInt(NodeState::foreign).thenComparing(NodeState::idleSince))
                .toList();
        inOrder.forEach(node -> free.add(node.id()));
        Map<Kind, Fit> fits = new HashMap<>();
        for (WaitingTask task : tasks) {
            Kind kind = new Kind(task.needs(), task.requires(), task.tried());
            candidates.add(new Candidate(task, fits.computeIfAbsent(kind, each -> fit(each, inOrder))));
        }
    }

    /// @param tasks the first of those that wait, in order
    static Decision decide(List<WaitingTask> tasks, List<NodeState> nodes, Instant now) {
        return decide(tasks, 0, nodes, now);
    }

    /// @param tasks some of those that wait, in order
    /// @param before how many wait before them
    static Decision decide(List<WaitingTask> tasks, int before, List<NodeState> nodes, Instant now) {
        Placement placement = new Placement(tasks, before, nodes, now);
        placement.place(placement::waitedLong, false);
        placement.place(each -> !each.fit().kind().wantsMemory(), true); // the others want memory first
        placement.place(each -> true, false);
        return placement.decision();
    }

    private void place(Predicate<Candidate> choice, boolean warmOnly) {
        for (Candidate candidate : candidates) {
            if (free.isEmpty()) {
                return;
            }
            if (!placed.containsKey(candidate.task().number()) && choice.test(candidate)) {
                best(candidate, warmOnly).ifPresent(node -> {
                    free.remove(node.id());
                    placed.put(candidate.task().number(), node);
                });
            }
        }
    }

    private Optional<NodeState> best(Candidate candidate, boolean warmOnly) {
        Fit fit = candidate.fit();
        if (warmOnly && fit.warm().isEmpty()) {
            return Optional.empty();
        }
        boolean mayShare = waitedLong(candidate);
        for (NodeState node : fit.choices()) {
            if (free.contains(node.id())
                    && (node.foreign() == 0 || mayShare)
                    && (!warmOnly || fit.warm().contains(node.id()))) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    private boolean waitedLong(Candidate candidate) {
        return Duration.between(candidate.task().readySince(), now).compareTo(OVERTAKING) >= 0;
    }

    private Decision decision() {
        List<Pair> pairs = new ArrayList<>();
        Map<Long, String> reasons = new HashMap<>();
        Map<Long, List<String>> impossible = new HashMap<>();
        Map<Kind, String> obstacles = new HashMap<>();
        int ahead = before;
        for (Candidate candidate : candidates) {
            WaitingTask task = candidate.task();
            NodeState node = placed.get(task.number());
            if (node != null) {
                pairs.add(new Pair(task, node));
                continue;
            }
            Fit fit = candidate.fit();
            if (!nodes.isEmpty() && fit.lacking().size() == nodes.size()) {
                impossible.put(task.number(), List.copyOf(fit.lacking().values()));
            }
            String obstacle = obstacles.computeIfAbsent(fit.kind(), kind -> obstacle(kind.needs(), fit.lacking()));
            reasons.put(task.number(), reason(obstacle, ahead));
            ahead++;
        }
        return new Decision(pairs, reasons, impossible);
    }

    private static String reason(String obstacle, int ahead) {
        if (!obstacle.isEmpty()) {
            return obstacle;
        }
        return ahead == 0 ? "waits for a free node" : "waits for a free node, " + ahead + " ahead";
    }

    /// @param inOrder the free nodes, those with fewer prompts of others first, then those that were idle longer
    private Fit fit(Kind kind, List<NodeState> inOrder) {
        Lack lack = new Lack(kind.needs(), kind.requires(), kind.tried());
        Map<NodeId, String> lacking = new LinkedHashMap<>();
        for (NodeState node : nodes) {
            lack.of(node).ifPresent(what -> lacking.put(node.id(), what));
        }
        Set<String> models = kind.needs().modelNames();
        List<NodeState> choices = new ArrayList<>();
        Set<NodeId> warm = new HashSet<>();
        for (NodeState node : inOrder) {
            if (!lacking.containsKey(node.id()) && sees(kind.needs(), node)) {
                choices.add(node);
                if (!models.isEmpty() && node.warm().containsAll(models)) {
                    warm.add(node.id());
                }
            }
        }
        boolean wantsMemory = kind.wantsMemory();
        if (wantsMemory || !warm.isEmpty()) {
            choices.sort(Comparator.comparing((NodeState node) -> node.foreign() > 0)
                    .thenComparingDouble(node -> wantsMemory ? -Lack.memory(node) : 0)
                    .thenComparing(node -> !warm.contains(node.id())));
        }
        return new Fit(kind, lacking, choices, warm);
    }

    private String obstacle(Needs needs, Map<NodeId, String> lacking) {
        if (nodes.isEmpty()) {
            return "waits for a node: none is known, add one";
        }
        if (lacking.size() == nodes.size()) {
            return "no node can run it: " + String.join("; ", lacking.values());
        }
        List<NodeState> able =
                nodes.stream().filter(node -> !lacking.containsKey(node.id())).toList();
        if (able.stream().noneMatch(node -> sees(needs, node))) {
            return "waits until it is known whether "
                    + able.stream().map(node -> node.spec().url().toString()).collect(Collectors.joining(", "))
                    + (able.size() == 1 ? " sees" : " see") + " files linked into the models folder";
        }
        String these = lacking.isEmpty() ? "" : " that can run it";
        if (able.stream().allMatch(node -> node.health() == Health.OFFLINE)) {
            return able.size() == 1
                    ? "waits for " + able.getFirst().spec().url() + ", which is offline"
                    : "all " + able.size() + " nodes" + these + " are offline";
        }
        List<NodeState> online = able.stream().filter(NodeState::online).toList();
        if (online.stream().noneMatch(NodeState::accepting)) {
            return "every node" + these + " is draining";
        }
        if (online.stream().allMatch(node -> !node.accepting() || node.held(now))) {
            return "every node" + these + " is held: "
                    + online.stream()
                            .flatMap(node -> node.hold().stream())
                            .map(hold -> hold.reason())
                            .distinct()
                            .collect(Collectors.joining("; "));
        }
        return "";
    }

    /// Before a model by URL goes to a node, it must be known to see the models folder.
    private static boolean sees(Needs needs, NodeState node) {
        return needs.linked().isEmpty() || node.sight() == Sight.SHARED;
    }
}
