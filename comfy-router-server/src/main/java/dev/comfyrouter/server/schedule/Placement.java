package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Capabilities;
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

    private final List<WaitingTask> tasks;
    private final List<NodeState> nodes;
    private final int before;
    private final Instant now;
    private final Set<NodeId> free = new HashSet<>();
    private final Map<Long, NodeState> placed = new HashMap<>();
    private final Map<Kind, Fit> fits = new HashMap<>();

    /// What of a task decides which nodes fit; most waiting tasks are of few kinds.
    private record Kind(Needs needs, Requirements requires, List<WaitingTask.Tried> tried) {}

    /// What tasks of one kind find among the nodes.
    ///
    /// @param lacking what is missing, by node; nodes that fit are not in it
    /// @param choices the nodes that were free when the pass began and fit, the best first
    /// @param warm those of them that have the models loaded
    private record Fit(Map<NodeId, String> lacking, List<NodeState> choices, Set<NodeId> warm) {}

    private Placement(List<WaitingTask> tasks, int before, List<NodeState> nodes, Instant now) {
        this.tasks = tasks;
        this.before = before;
        this.nodes = nodes;
        this.now = now;
        for (NodeState node : nodes) {
            if (node.free(now)) {
                free.add(node.id());
            }
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
        placement.place(task -> placement.waited(task).compareTo(OVERTAKING) >= 0, false);
        placement.place(task -> task.failures(FailureClass.OUT_OF_MEMORY) == 0, true); // the others want memory first
        placement.place(task -> true, false);
        return placement.decision();
    }

    private interface Choice {
        boolean takes(WaitingTask task);
    }

    private void place(Choice choice, boolean warmOnly) {
        for (WaitingTask task : tasks) {
            if (free.isEmpty()) {
                return;
            }
            if (!placed.containsKey(task.number()) && choice.takes(task)) {
                best(task, warmOnly).ifPresent(node -> {
                    free.remove(node.id());
                    placed.put(task.number(), node);
                });
            }
        }
    }

    private Optional<NodeState> best(WaitingTask task, boolean warmOnly) {
        boolean mayShare = waited(task).compareTo(OVERTAKING) >= 0;
        Fit fit = fit(task);
        for (NodeState node : fit.choices()) {
            if (free.contains(node.id())
                    && (node.foreign() == 0 || mayShare)
                    && (!warmOnly || fit.warm().contains(node.id()))) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    private Decision decision() {
        List<Pair> pairs = new ArrayList<>();
        Map<Long, String> reasons = new HashMap<>();
        Map<Long, List<String>> impossible = new HashMap<>();
        Map<Kind, String> obstacles = new HashMap<>();
        int ahead = before;
        for (WaitingTask task : tasks) {
            NodeState node = placed.get(task.number());
            if (node != null) {
                pairs.add(new Pair(task, node));
                continue;
            }
            Fit fit = fit(task);
            if (!nodes.isEmpty() && fit.lacking().size() == nodes.size()) {
                impossible.put(task.number(), List.copyOf(fit.lacking().values()));
            }
            String obstacle = obstacles.computeIfAbsent(kind(task), kind -> obstacle(kind.needs(), fit.lacking()));
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

    private static Kind kind(WaitingTask task) {
        return new Kind(task.needs(), task.requires(), task.tried());
    }

    private Fit fit(WaitingTask task) {
        return fits.computeIfAbsent(kind(task), kind -> look(task));
    }

    private Fit look(WaitingTask task) {
        Set<String> models = task.needs().modelNames();
        Map<NodeId, String> lacking = new LinkedHashMap<>();
        List<NodeState> choices = new ArrayList<>();
        Set<NodeId> warm = new HashSet<>();
        for (NodeState node : nodes) {
            Optional<String> lack = lacks(task, node);
            if (lack.isPresent()) {
                lacking.put(node.id(), lack.get());
            } else if (free.contains(node.id()) && sees(task.needs(), node)) {
                choices.add(node);
                if (!models.isEmpty() && node.warm().containsAll(models)) {
                    warm.add(node.id());
                }
            }
        }
        boolean wantsMemory = task.failures(FailureClass.OUT_OF_MEMORY) > 0;
        choices.sort(Comparator.comparing((NodeState node) -> node.foreign() > 0)
                .thenComparingDouble(node -> wantsMemory ? -memory(node) : 0)
                .thenComparing(node -> !warm.contains(node.id()))
                .thenComparingInt(NodeState::foreign)
                .thenComparing(NodeState::idleSince));
        return new Fit(lacking, choices, warm);
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

    private Duration waited(WaitingTask task) {
        return Duration.between(task.readySince(), now);
    }

    /// Before a model by URL goes to a node, it must be known to see the models folder.
    private static boolean sees(Needs needs, NodeState node) {
        return needs.linked().isEmpty() || node.sight() == Sight.SHARED;
    }

    /// What a node lacks for a task, in one sentence; empty when it fits as far as is known.
    static Optional<String> lacks(WaitingTask task, NodeState node) {
        return lack(task, node).map(what -> node.spec().url() + " " + what);
    }

    private static Optional<String> lack(WaitingTask task, NodeState node) {
        Optional<WaitingTask.Tried> refused = task.tried().stream()
                .filter(tried -> tried.node().equals(node.id()) && task.unfit().contains(node.id()))
                .findFirst();
        if (refused.isPresent()) {
            String url = node.spec().url().toString();
            String words = refused.get().message();
            return Optional.of(
                    words.startsWith(url) ? words.substring(url.length()).strip() : "refused it: " + words);
        }
        if (!node.spec().labels().containsAll(task.requires().labels())) {
            return Optional.of("does not carry the labels " + task.requires().labels());
        }
        if (task.requires().vramGiB() > 0
                && node.about().isPresent()
                && memory(node) < task.requires().vramGiB()) {
            return Optional.of("has less than " + task.requires().vramGiB() + " GiB of video memory");
        }
        if (!task.needs().linked().isEmpty() && node.sight() == Sight.OWN) {
            Needs.Model file = task.needs().linked().iterator().next();
            return Optional.of(LinkSight.notSeen(file.folder()));
        }
        if (!task.needs().pickles().isEmpty()
                && node.about().filter(about -> !about.loadsPicklesSafely()).isPresent()) {
            return Optional.of("has PyTorch " + node.about().get().pytorch() + ", and loading "
                    + task.needs().pickles().iterator().next().name()
                    + " may run code that is in it: that takes PyTorch 2.4 or newer, or a .safetensors file");
        }
        return node.about().flatMap(About::capabilities).flatMap(can -> lack(task.needs(), can));
    }

    private static Optional<String> lack(Needs needs, Capabilities can) {
        return can.classes().containsAll(needs.classes())
                        && needs.models().stream().allMatch(model -> has(can, model))
                ? Optional.empty()
                : named(needs, can);
    }

    private static boolean has(Capabilities can, Needs.Model model) {
        return !can.models().containsKey(model.folder())
                || can.spelling(model.folder(), model.name()).isPresent();
    }

    private static Optional<String> named(Needs needs, Capabilities can) {
        Optional<String> missingClass = needs.classes().stream()
                .filter(name -> !can.classes().contains(name))
                .sorted()
                .findFirst()
                .map(name -> "lacks the node class " + name);
        return missingClass.or(() -> needs.models().stream()
                .filter(model -> !has(can, model))
                .map(Needs.Model::toString)
                .sorted()
                .findFirst()
                .map(name -> "lacks the model " + name));
    }

    private static double memory(NodeState node) {
        return node.about().map(About::vramGiB).orElse(0.0);
    }
}
