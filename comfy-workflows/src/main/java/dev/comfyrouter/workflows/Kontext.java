package dev.comfyrouter.workflows;

import java.util.List;

/// Flux Kontext: pictures that the prompt speaks about and changes.
///
/// @param images one to four
public record Kontext(List<ImageRef> images) {
    public Kontext {
        images = Parts.KONTEXT_IMAGES.checked("images", List.copyOf(images));
    }

    public static Kontext of(ImageRef... images) {
        return new Kontext(List.of(images));
    }
}
