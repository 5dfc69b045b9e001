package dev.comfyrouter.workflows;

/// One input of a node class.
///
/// @param required whether a graph must give it; ComfyUI never fills in the default of a required input by
/// itself
public record NodeInput(String name, boolean required, InputType type) {}
