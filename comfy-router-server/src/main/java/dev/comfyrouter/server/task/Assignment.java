package dev.comfyrouter.server.task;

import dev.comfyrouter.client.PromptId;

/// A waiting task paired with a node: what the store is asked to make an attempt of.
///
/// @param k the number of the attempt that this would be
/// @param clientId names the event stream the node sends the attempt's events to
public record Assignment(long number, int k, NodeId node, String nodeUrl, PromptId promptId, String clientId) {}
