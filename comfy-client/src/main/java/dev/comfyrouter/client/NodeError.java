package dev.comfyrouter.client;

import java.util.List;
import java.util.Optional;

/// One mistake that ComfyUI found in one node of a graph before running it.
///
/// @param nodeId the node's id in the graph
/// @param classType the node's class
/// @param type ComfyUI's word for the mistake, such as `value_not_in_list` or `required_input_missing`
/// @param message ComfyUI's sentence; the same for every mistake of the type
/// @param details what ComfyUI adds, often only the input's name; may be empty
/// @param input the input at fault, if it is one input
/// @param received what the graph gave: a text as it is, anything else as JSON
/// @param allowed what the input takes: the first options, or a range such as `1 to 10000`; empty if ComfyUI did
///     not say
/// @param dependentOutputs ids of the output nodes that will not run because of it
public record NodeError(
        String nodeId,
        String classType,
        String type,
        String message,
        String details,
        Optional<String> input,
        Optional<String> received,
        List<String> allowed,
        List<String> dependentOutputs) {
    /// How many options are kept in `allowed`.
    static final int OPTIONS_KEPT = 20;

    public NodeError {
        allowed = List.copyOf(allowed);
        dependentOutputs = List.copyOf(dependentOutputs);
    }

    /// One line for a person: node, input, what is wrong, what was given, what is allowed.
    @Override
    public String toString() {
        var line = new StringBuilder("node ")
                .append(nodeId)
                .append(" (")
                .append(classType)
                .append(")");
        input.ifPresent(name -> line.append(", input ").append(name));
        line.append(": ").append(message);
        if (!details.isEmpty() && input.filter(details::equals).isEmpty()) {
            line.append(" (").append(details).append(")");
        }
        received.ifPresent(value -> line.append("; given ").append(value));
        if (!allowed.isEmpty()) {
            line.append("; allowed ").append(String.join(", ", allowed));
        }
        return line.toString();
    }
}
