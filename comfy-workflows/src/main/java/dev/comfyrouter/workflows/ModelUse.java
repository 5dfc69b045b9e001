package dev.comfyrouter.workflows;

/// A model file that a recipe needs.
///
/// @param pointer where the parameters name it, such as `/loras/0/model`
/// @param folder where its loader looks for it
public record ModelUse(String pointer, ModelFolder folder, ModelRef ref) {}
