package dev.comfyrouter.workflows;

import java.math.BigDecimal;

/// Enlarging the finished picture with an upscaling model.
///
/// @param model a file of `models/upscale_models`, or one to fetch
/// @param scale 1 to 8; the final size is the picture's size times this, whatever factor the model has
public record Upscale(ModelRef model, BigDecimal scale) {
    public Upscale {
        scale = Parts.UPSCALE_SCALE.checked("scale", Numbers.tidy(scale));
    }

    public static Upscale of(ModelRef model, double scale) {
        return new Upscale(model, Numbers.tidy(scale));
    }
}
