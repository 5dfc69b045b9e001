package dev.comfyrouter.client;

import dev.comfyrouter.workflows.Workflow;
import java.util.Optional;

/// A graph to run, with the names under which it runs.
///
/// Never submit the same prompt id twice: a second one with the same priority can kill the worker of a ComfyUI
/// server.
///
/// @param workflow the graph
/// @param promptId the name of this run, canonical (see [PromptId#of])
/// @param clientId the name of the event stream that gets its events, the one given to [ComfyClient#events];
///     never empty, because a run without one shows its progress to every client of the server
/// @param preview how previews are made (0.5.0 and newer; older servers use the method they were started with,
///     mostly none); empty for the server's own method
public record Submission(Workflow workflow, PromptId promptId, String clientId, Optional<PreviewMethod> preview) {
    public Submission {
        if (!promptId.isCanonical()) {
            throw new IllegalArgumentException(
                    "ComfyUI takes only lower-case UUIDs as prompt ids, not '" + promptId + "'");
        }
        if (clientId.isBlank()) {
            throw new IllegalArgumentException("the client id must not be blank");
        }
    }

    /// A run under a new prompt id, with previews.
    public static Submission of(Workflow workflow, String clientId) {
        return new Submission(workflow, PromptId.random(), clientId, Optional.of(PreviewMethod.AUTO));
    }
}
