package dev.comfyrouter.client;

/// A file in one of a server's model folders.
///
/// @param name its path below the folder, with the separators of the server's operating system
/// @param size its length in bytes; through a symbolic link, the target's
public record ModelFile(String name, long size) {}
