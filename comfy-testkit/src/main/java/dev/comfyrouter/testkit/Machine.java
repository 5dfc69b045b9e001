package dev.comfyrouter.testkit;

/// The computer that a server says it runs on.
///
/// @param videoMemory of its GPU, in bytes
/// @param pytorch the version of PyTorch
record Machine(long videoMemory, String pytorch) {}
