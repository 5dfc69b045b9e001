package dev.comfyrouter.workflows;

/// A picture that a recipe needs in the node's `input/` folder.
///
/// @param pointer where the parameters name it, such as `/controlnets/0/image`
public record ImageUse(String pointer, ImageRef ref) {}
