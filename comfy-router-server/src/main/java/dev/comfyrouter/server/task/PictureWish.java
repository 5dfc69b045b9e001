package dev.comfyrouter.server.task;

import dev.comfyrouter.workflows.PictureHeader;

/// The format in which a caller wants the pictures of a task; ComfyUI itself writes PNG.
///
/// @param quality 1 to 100; of use for JPEG and WebP
public record PictureWish(PictureHeader.Format format, int quality) {}
