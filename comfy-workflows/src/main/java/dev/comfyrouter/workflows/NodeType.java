package dev.comfyrouter.workflows;

import java.util.List;
import java.util.Optional;

/// A node class, as `/object_info` describes it: what a graph may put into it and what comes out.
///
/// @param name the `class_type` of a graph's node
/// @param displayName the name people see; the class name where ComfyUI gives none
/// @param category the menu in which ComfyUI's own page shows it
/// @param inputs in the order of the declaration, the required ones first
/// @param outputs by slot
/// @param outputNode whether a graph that ends here has something to run
public record NodeType(
        String name,
        String displayName,
        String category,
        List<NodeInput> inputs,
        List<NodeOutput> outputs,
        boolean outputNode) {

    public NodeType {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    public Optional<NodeInput> input(String inputName) {
        return inputs.stream().filter(each -> each.name().equals(inputName)).findFirst();
    }
}
