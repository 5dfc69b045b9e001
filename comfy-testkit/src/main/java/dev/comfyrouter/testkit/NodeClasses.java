package dev.comfyrouter.testkit;

import dev.comfyrouter.workflows.InputType;
import dev.comfyrouter.workflows.ModelFolder;
import dev.comfyrouter.workflows.NodeType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The node classes of one server: how they are declared, what they do, and what their lists hold at the
/// moment.
final class NodeClasses {

    private final Map<String, NodeType> types;
    private final Map<String, NodeBehaviour> behaviours;
    private final Models models;
    private final FileStore files;

    NodeClasses(Map<String, NodeType> types, Map<String, NodeBehaviour> behaviours, Models models, FileStore files) {
        this.types = new LinkedHashMap<>(types);
        this.behaviours = Map.copyOf(behaviours);
        this.models = models;
        this.files = files;
    }

    List<NodeType> all() {
        return List.copyOf(types.values());
    }

    Optional<NodeType> type(String classType) {
        return Optional.ofNullable(types.get(classType));
    }

    boolean isOutputNode(String classType) {
        return type(classType).map(NodeType::outputNode).orElse(false);
    }

    int outputSlots(String classType) {
        return type(classType).map(type -> type.outputs().size()).orElse(0);
    }

    NodeBehaviour behaviour(String classType) {
        return Optional.ofNullable(behaviours.get(classType)).orElseGet(() -> Simulation.behaviour(classType));
    }

    /// The names a list input offers now; empty for inputs that are no lists.
    Optional<List<String>> options(InputType type) {
        return switch (type) {
            case InputType.Choice choice -> Optional.of(choice.options());
            case InputType.ModelFile file -> Optional.of(modelNames(file.folder()));
            case InputType.UserFile file ->
                Optional.of(Folder.of(file.directory()).map(files::names).orElse(file.names()));
            case InputType.Wire wire -> Optional.empty();
            case InputType.Text text -> Optional.empty();
            case InputType.Whole whole -> Optional.empty();
            case InputType.Decimal decimal -> Optional.empty();
            case InputType.Flag flag -> Optional.empty();
            case InputType.Other other -> Optional.empty();
        };
    }

    private List<String> modelNames(ModelFolder folder) {
        List<String> names = new ArrayList<>(models.names(folder.folder()));
        if (folder == ModelFolder.VAE) {
            // A VAE that needs no file.
            names.add("pixel_space");
        }
        return names;
    }
}
