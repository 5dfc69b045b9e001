package dev.comfyrouter.client;

import java.util.Optional;

/// A prompt that waits or runs on a server.
///
/// @param promptId its id; any text if it is somebody else's
/// @param number its priority: lower runs first, and equal numbers run in the order of their ids
/// @param clientId whose event stream gets its events
public record QueuedPrompt(PromptId promptId, double number, Optional<String> clientId) {}
