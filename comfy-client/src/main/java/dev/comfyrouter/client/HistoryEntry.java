package dev.comfyrouter.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// What a ComfyUI server remembers of a prompt that ended.
///
/// @param promptId the prompt
/// @param outcome how it ended
/// @param result what its nodes gave, also of nodes that finished before an error
/// @param error why it failed; empty unless the outcome is `ERROR` (and ComfyUI said why)
/// @param cached ids of the nodes answered from the cache
/// @param started when it began to run, by the server's clock
/// @param ended when it ended, by the server's clock
public record HistoryEntry(
        PromptId promptId,
        Outcome outcome,
        Outputs result,
        Optional<ExecutionError> error,
        List<String> cached,
        Optional<Instant> started,
        Optional<Instant> ended) {
    public HistoryEntry {
        cached = List.copyOf(cached);
    }

    /// The files of all nodes. ComfyUI's order of output nodes changes from run to run; files of one node are in
    /// order.
    public List<OutputFile> outputs() {
        return result.files();
    }

    /// The texts of all nodes.
    public List<OutputText> texts() {
        return result.texts();
    }

    /// How long it ran on the server.
    public Optional<Duration> runTime() {
        return started.flatMap(from -> ended.map(to -> Duration.between(from, to)));
    }
}
