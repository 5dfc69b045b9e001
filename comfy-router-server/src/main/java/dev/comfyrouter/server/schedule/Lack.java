package dev.comfyrouter.server.schedule;

import dev.comfyrouter.server.node.About;
import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.server.node.NodeState;
import dev.comfyrouter.server.node.Sight;
import dev.comfyrouter.server.task.NodeId;
import dev.comfyrouter.server.task.Requirements;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/// What nodes lack for tasks of one kind, as far as is known of them: the hard filters of placement.
///
/// Many nodes have the same classes and models, and share the object that says so, so each such object is looked at
/// once.
final class Lack {
    private final Needs needs;
    private final Requirements requires;
    private final Map<NodeId, String> refusals = new HashMap<>();
    private final IdentityHashMap<Capabilities, Optional<String>> seen = new IdentityHashMap<>();

    Lack(Needs needs, Requirements requires, List<WaitingTask.Tried> tried) {
        this.needs = needs;
        this.requires = requires;
        for (WaitingTask.Tried attempt : tried) {
            if (attempt.showsUnfit()) {
                refusals.putIfAbsent(attempt.node(), attempt.message());
            }
        }
    }

    /// What a node lacks, in one sentence; empty when it fits as far as is known.
    Optional<String> of(NodeState node) {
        return what(node).map(what -> node.spec().url() + " " + what);
    }

    private Optional<String> what(NodeState node) {
        String refusal = refusals.get(node.id());
        if (refusal != null) {
            String url = node.spec().url().toString();
            return Optional.of(
                    refusal.startsWith(url) ? refusal.substring(url.length()).strip() : "refused it: " + refusal);
        }
        if (!node.spec().labels().containsAll(requires.labels())) {
            return Optional.of("does not carry the labels " + requires.labels());
        }
        if (requires.vramGiB() > 0 && node.about().isPresent() && memory(node) < requires.vramGiB()) {
            return Optional.of("has less than " + requires.vramGiB() + " GiB of video memory");
        }
        if (!needs.linked().isEmpty() && node.sight() == Sight.OWN) {
            return Optional.of(
                    LinkSight.notSeen(needs.linked().iterator().next().folder()));
        }
        if (!needs.pickles().isEmpty()
                && node.about().filter(about -> !about.loadsPicklesSafely()).isPresent()) {
            return Optional.of("has PyTorch " + node.about().get().pytorch() + ", and loading "
                    + needs.pickles().iterator().next().name()
                    + " may run code that is in it: that takes PyTorch 2.4 or newer, or a .safetensors file");
        }
        return node.about().flatMap(About::capabilities).flatMap(can -> seen.computeIfAbsent(can, this::missing));
    }

    private Optional<String> missing(Capabilities can) {
        return lowest(needs.classes().stream().filter(name -> !can.classes().contains(name)))
                .map(name -> "lacks the node class " + name)
                .or(() -> lowest(needs.models().stream()
                                .filter(model -> !has(can, model))
                                .map(Needs.Model::toString))
                        .map(name -> "lacks the model " + name));
    }

    private static Optional<String> lowest(Stream<String> names) {
        return names.min(String::compareTo);
    }

    private static boolean has(Capabilities can, Needs.Model model) {
        return !can.models().containsKey(model.folder())
                || can.spelling(model.folder(), model.name()).isPresent();
    }

    /// The video memory of a node in GiB, 0 when it is not known.
    static double memory(NodeState node) {
        return node.about().map(About::vramGiB).orElse(0.0);
    }
}
