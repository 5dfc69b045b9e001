package dev.comfyrouter.client;

/// One file that a node of a graph wrote or showed, as it is named on the server; [ComfyClient#view] fetches it.
///
/// The same name can hold other bytes later, and a run that was answered from ComfyUI's cache names the file of
/// an earlier run.
///
/// @param nodeId the node of the graph, inside an expanded sub-graph an id such as `12.0.0.1`
/// @param kind ComfyUI's key: `images`, `gifs`, `audio`, `video`, `3d`, `latents`, …
/// @param filename the name without directories
/// @param subfolder the directory below the folder, empty for none
/// @param type the folder: `output`, `temp` (emptied when the server starts) or `input`
public record OutputFile(String nodeId, String kind, String filename, String subfolder, String type) {}
