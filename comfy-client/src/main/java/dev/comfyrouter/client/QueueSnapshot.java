package dev.comfyrouter.client;

import java.util.List;

/// What runs and what waits on a server at one moment.
///
/// @param running what runs now, none or one
/// @param pending what waits, in the order in which it will run
public record QueueSnapshot(List<QueuedPrompt> running, List<QueuedPrompt> pending) {
    public QueueSnapshot {
        running = List.copyOf(running);
        pending = List.copyOf(pending);
    }

    public boolean contains(PromptId promptId) {
        return isRunning(promptId) || isPending(promptId);
    }

    public boolean isRunning(PromptId promptId) {
        return running.stream().anyMatch(prompt -> prompt.promptId().equals(promptId));
    }

    public boolean isPending(PromptId promptId) {
        return pending.stream().anyMatch(prompt -> prompt.promptId().equals(promptId));
    }

    /// Running and waiting together, the number that [ComfyClient#queueRemaining] gives.
    public int size() {
        return running.size() + pending.size();
    }
}
