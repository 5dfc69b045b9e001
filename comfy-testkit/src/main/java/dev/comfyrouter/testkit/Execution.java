package dev.comfyrouter.testkit;

import java.util.Optional;

/// One prompt that was executed, to its end or until something ended it.
public record Execution(String promptId, Optional<String> clientId, Outcome outcome) {

    /// How an execution ended.
    public enum Outcome {
        SUCCESS,
        ERROR,
        INTERRUPTED
    }
}
