package dev.comfyrouter.workflows;

/// One output slot of a node class.
///
/// @param type ComfyUI's name of the type, such as `MODEL`; `*` fits every input
/// @param name the name shown beside the slot, usually the type again
public record NodeOutput(String type, String name) {}
