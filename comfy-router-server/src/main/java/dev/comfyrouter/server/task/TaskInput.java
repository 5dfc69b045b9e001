package dev.comfyrouter.server.task;

import java.util.List;

/// The request of a task in two spellings, with what was said about it.
///
/// @param stored what the task is rebuilt from after a restart and for a retry; may hold URLs with tokens, so it is
/// neither shown nor logged, and is erased when the task is dropped
/// @param shown what callers see
public record TaskInput(String stored, String shown, Requirements requires, List<String> warnings) {
    public TaskInput {
        warnings = List.copyOf(warnings);
    }
}
