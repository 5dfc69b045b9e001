package dev.comfyrouter.server.task;

import java.util.List;

/// The request of a task in two spellings, with what was said about it.
///
/// @param stored what the task is rebuilt from after a restart; may hold URLs with tokens, erased when the task has
/// ended
/// @param shown what callers see
public record TaskInput(String stored, String shown, Requirements requires, List<String> warnings) {
    public TaskInput {
        warnings = List.copyOf(warnings);
    }
}
