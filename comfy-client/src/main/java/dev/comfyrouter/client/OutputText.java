package dev.comfyrouter.client;

/// One text that a node of a graph showed.
///
/// @param nodeId the node of the graph
/// @param kind ComfyUI's key, mostly `text`
/// @param text the text
public record OutputText(String nodeId, String kind, String text) {}
