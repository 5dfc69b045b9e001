package dev.comfyrouter.client;

import java.util.OptionalLong;

/// What a server says it can do (0.3.45 and newer).
///
/// @param previewMetadata whether previews can say which prompt and node they belong to
/// @param maxUploadBytes the largest request body it takes
/// @param json the whole answer as received
public record Features(boolean previewMetadata, OptionalLong maxUploadBytes, String json) {}
