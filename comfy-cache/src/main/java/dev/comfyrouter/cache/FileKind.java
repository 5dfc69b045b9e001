package dev.comfyrouter.cache;

/// What a file is meant to be, which decides how its content is checked.
public enum FileKind {
    /// A model for ComfyUI: its name must end in an extension that ComfyUI lists, and its structure must fit
    /// that extension.
    MODEL,
    /// A picture: PNG, JPEG, WebP or GIF by content.
    IMAGE,
    /// Anything: no check of the content beyond its size and hash.
    ANY
}
