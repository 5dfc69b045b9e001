package dev.comfyrouter.server.task;

import java.util.Optional;

/// One output file of a task, as kept by the router.
///
/// @param index its place among the task's files, from 0
/// @param fileName its name in the task's result directory
/// @param name the name that the node gave it
/// @param sha256 lower-case hex
/// @param size in pixels, when it is a picture
public record ResultFile(
        int index, String fileName, String name, String contentType, long bytes, String sha256, Optional<Size> size) {

    public record Size(int width, int height) {}

    /// Whether it is a picture that viewers show. SVG is not one: it is a program.
    public boolean image() {
        return contentType.startsWith("image/") && !contentType.startsWith("image/svg");
    }
}
