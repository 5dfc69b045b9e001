package dev.comfyrouter.server.schedule;

import dev.comfyrouter.client.PromptId;
import dev.comfyrouter.workflows.Workflow;
import dev.comfyrouter.workflows.Workflow.Input;
import java.util.LinkedHashMap;
import java.util.Map;

/// Names of output files that no other attempt has.
///
/// Nodes that share an output folder choose the same next number, and a cached rerun names the old file; so each
/// prefix gets the beginning of the prompt id. Pictures sent over the event stream would be lost with the
/// connection; they become previews, which are files.
final class OutputNames {
    private static final String PREFIX = "filename_prefix";

    private OutputNames() {}

    static Workflow unique(Workflow graph, PromptId promptId) {
        String mark = promptId.value().substring(0, 8);
        Workflow changed = graph;
        for (Workflow.Node node : graph.nodes()) {
            if (node.classType().equals("SaveImageWebsocket")) {
                Map<String, Input> inputs = new LinkedHashMap<>();
                node.input("images").ifPresent(images -> inputs.put("images", images));
                changed = changed.withClass(node.id(), "PreviewImage", inputs);
            } else if (node.inputs().get(PREFIX) instanceof Input.Text(String prefix)) {
                String unique = prefix.isEmpty() || prefix.endsWith("/") ? prefix + mark : prefix + "_" + mark;
                changed = changed.with(node.id(), PREFIX, new Input.Text(unique));
            }
        }
        return changed;
    }
}
