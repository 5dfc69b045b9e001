package dev.comfyrouter.testkit;

/// The value of an output that must not be used: nodes that get it do not run, and the prompt goes on without
/// them.
///
/// @param message reported once, by an `execution_error` that ends nothing; empty for silence
public record Blocked(String message) {}
