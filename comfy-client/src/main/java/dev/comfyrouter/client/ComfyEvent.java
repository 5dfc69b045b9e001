package dev.comfyrouter.client;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Something that a server tells on its event stream.
///
/// Events are hints, not facts: nothing is sent again after a lost connection, a prompt taken out of the queue
/// has no event at all, and events of other clients' prompts can arrive. The queue and the history are the truth.
public sealed interface ComfyEvent {
    /// An event about one prompt, not necessarily one of ours.
    sealed interface OfPrompt extends ComfyEvent {
        PromptId promptId();
    }

    /// How a prompt ended; the history may not have it yet. It has it when [Executing] without a node follows.
    sealed interface Finished extends OfPrompt {}

    /// How many prompts run and wait, everybody's together.
    ///
    /// @param remaining the number
    /// @param clientId the name under which the server knows this stream, in the first event only
    record QueueStatus(int remaining, Optional<String> clientId) implements ComfyEvent {}

    /// What the server can do, the answer to the first message of this stream.
    record FeatureFlags(Features features) implements ComfyEvent {}

    /// A prompt began to run.
    record ExecutionStart(PromptId promptId, Optional<Instant> at) implements OfPrompt {}

    /// Which nodes of the graph are answered from the cache; comes once for each prompt, mostly with none.
    record Cached(PromptId promptId, List<String> nodes, Optional<Instant> at) implements OfPrompt {
        public Cached {
            nodes = List.copyOf(nodes);
        }
    }

    /// A node of the graph began to run; without a node: **the prompt is over and in the history**.
    ///
    /// @param promptId absent in the one event that a server sends to a stream that was opened while a prompt
    ///     runs
    /// @param node its id, inside an expanded sub-graph one such as `12.0.0.1`; absent at the end of the prompt
    /// @param displayNode the visible node of the graph that it belongs to
    record Executing(Optional<PromptId> promptId, Optional<String> node, Optional<String> displayNode)
            implements ComfyEvent {
        /// Whether this says that the prompt is over.
        public boolean isEndOf(PromptId prompt) {
            return node.isEmpty() && promptId.filter(prompt::equals).isPresent();
        }
    }

    /// How far a node is. ComfyUI 0.9.2 and newer leave steps out.
    ///
    /// @param value from 0 or 1 up to `max`
    record Progress(PromptId promptId, String node, double value, double max) implements OfPrompt {}

    /// How far all nodes that ran so far are (0.3.45 and newer), by node id.
    record ProgressState(PromptId promptId, Map<String, NodeProgress> nodes) implements OfPrompt {
        public ProgressState {
            nodes = Map.copyOf(nodes);
        }
    }

    /// How far one node is.
    ///
    /// @param value from 0 up to `max`
    /// @param state `running`, `finished` or `error`; a node that fails has been seen to stay `running`
    /// @param displayNode the visible node of the graph that it belongs to
    /// @param parentNode the node whose expansion made it
    /// @param realNode the node of the graph it stands for
    record NodeProgress(
            double value,
            double max,
            String state,
            Optional<String> displayNode,
            Optional<String> parentNode,
            Optional<String> realNode) {}

    /// A node gave something to see; only nodes that show or save something have this event. It can come again.
    record Executed(PromptId promptId, String node, Optional<String> displayNode, Outputs output) implements OfPrompt {}

    /// A picture: a preview while sampling, or a whole picture of a `SaveImageWebsocket` node.
    ///
    /// A preview is a JPEG; a picture of `SaveImageWebsocket` is a PNG.
    ///
    /// @param promptId absent in frames without metadata (type 1), which belong to whatever prompt runs, be it
    ///     ours
    /// @param node as `promptId`
    /// @param displayNode the visible node of the graph that it belongs to
    /// @param contentType `image/jpeg`, `image/png`, or `application/octet-stream` for a format not known here
    /// @param image the encoded picture
    record Preview(
            Optional<PromptId> promptId,
            Optional<String> node,
            Optional<String> displayNode,
            String contentType,
            Bytes image)
            implements ComfyEvent {}

    /// A text that a node shows while it runs (0.3.34 and newer), sent to every client.
    record Text(String node, String text) implements ComfyEvent {}

    /// A node blocked what follows it in the graph; the prompt goes on and may succeed.
    record Blocked(PromptId promptId, ExecutionError error) implements OfPrompt {}

    record Succeeded(PromptId promptId, Optional<Instant> at) implements Finished {}

    record Failed(PromptId promptId, ExecutionError error, Optional<Instant> at) implements Finished {}

    /// Somebody interrupted the prompt.
    ///
    /// @param node the node that was running
    record Interrupted(
            PromptId promptId, Optional<String> node, String nodeType, List<String> executed, Optional<Instant> at)
            implements Finished {
        public Interrupted {
            executed = List.copyOf(executed);
        }
    }

    /// A message that this version does not know, or that does not look as its type should, as received.
    /// Extensions of ComfyUI send what they like.
    record Unknown(String type, String json) implements ComfyEvent {}

    /// A binary frame of a type that this version does not know.
    ///
    /// @param type the frame's first four bytes
    /// @param payload what follows them
    record UnknownFrame(long type, Bytes payload) implements ComfyEvent {}

    /// A message that cannot be read: not JSON, or a frame shorter than it says.
    record Malformed(String reason) implements ComfyEvent {}
}
