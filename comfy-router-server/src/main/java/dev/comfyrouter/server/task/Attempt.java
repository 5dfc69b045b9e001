package dev.comfyrouter.server.task;

import dev.comfyrouter.client.PromptId;
import java.time.Instant;
import java.util.Optional;

/// One try of a task on one node.
///
/// @param k counts the attempts of a task from 1
/// @param cause why it did not succeed, once it has ended so
public record Attempt(
        long number,
        int k,
        NodeId node,
        PromptId promptId,
        State state,
        Instant createdAt,
        Optional<FailureClass> cause) {

    public enum State {
        /// Under way.
        LIVE,
        /// The node lost it; nothing of it can be alive there.
        LOST,
        /// Given up by the router; its prompt may still be alive on the node and is removed from it as soon as
        /// possible.
        ABANDONED,
        /// Over.
        ENDED
    }
}
