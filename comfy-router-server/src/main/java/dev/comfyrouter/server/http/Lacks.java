package dev.comfyrouter.server.http;

import dev.comfyrouter.server.node.Capabilities;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.NodeCatalog;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// What a node lacks: classes that the typed workflows use, and models that other nodes have.
final class Lacks {
    private static final int SHOWN = 50;

    private Lacks() {}

    /// @param kind `node` for a node class, `model` for a file
    record View(String kind, String name, Optional<String> neededBy) {}

    static List<View> of(Capabilities node, List<Capabilities> others) {
        List<View> lacks = new ArrayList<>();
        new TreeSet<>(NodeCatalog.core().classes())
                .stream()
                        .filter(name -> !node.classes().contains(name))
                        .limit(SHOWN)
                        .forEach(name -> lacks.add(new View("node", name, Optional.of("typed workflows"))));
        Set<String> missing = new TreeSet<>();
        for (Capabilities other : others) {
            for (Map.Entry<ModelFolder, Map<String, String>> folder :
                    other.models().entrySet()) {
                Set<String> own =
                        node.models().getOrDefault(folder.getKey(), Map.of()).keySet();
                folder.getValue().keySet().stream()
                        .filter(name -> !own.contains(name))
                        .forEach(name -> missing.add(folder.getKey().folder() + "/" + name));
            }
        }
        missing.stream().limit(SHOWN).forEach(name -> lacks.add(new View("model", name, Optional.empty())));
        return lacks;
    }
}
