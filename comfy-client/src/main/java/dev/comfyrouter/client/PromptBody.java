package dev.comfyrouter.client;

import dev.comfyrouter.workflows.Workflow;
import java.util.ArrayList;

/// The body of a submission as it goes over the wire.
final class PromptBody {
    private PromptBody() {}

    static byte[] of(Submission submission) {
        return Json.write(json -> {
            json.writeStartObject();
            json.writeFieldName("prompt");
            json.writeRawValue(titled(submission.workflow()).toJson());
            json.writeStringField("prompt_id", submission.promptId().value());
            json.writeStringField("client_id", submission.clientId());
            if (submission.preview().isPresent()) {
                json.writeObjectFieldStart("extra_data");
                json.writeStringField(
                        "preview_method", submission.preview().get().wireName());
                json.writeEndObject();
            }
            json.writeEndObject();
        });
    }

    /// Every node with a title: where ComfyUI 0.14 and newer replace an old class they read it without looking whether
    /// it
    /// is there, and answer 500.
    private static Workflow titled(Workflow workflow) {
        var nodes = new ArrayList<Workflow.Node>();
        boolean changed = false;
        for (var node : workflow.nodes()) {
            boolean untitled = node.title().isEmpty();
            changed |= untitled;
            nodes.add(
                    untitled ? new Workflow.Node(node.id(), node.classType(), node.classType(), node.inputs()) : node);
        }
        return changed ? Workflow.of(nodes) : workflow;
    }
}
