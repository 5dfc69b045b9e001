package dev.comfyrouter.workflows;

import java.math.BigDecimal;

/// Flux Redux: a picture whose style and content steer the new one.
///
/// @param styleModel a file of `models/style_models`
/// @param clipVision a file of `models/clip_vision`
/// @param strength 0 to 10
public record Redux(ImageRef image, ModelRef styleModel, ModelRef clipVision, BigDecimal strength) {
    public Redux {
        strength = Parts.STRENGTH.checked("strength", Numbers.tidy(strength));
    }

    public static Redux of(ImageRef image, ModelRef styleModel, ModelRef clipVision) {
        return new Redux(image, styleModel, clipVision, BigDecimal.ONE);
    }

    public static Redux of(ImageRef image, ModelRef styleModel, ModelRef clipVision, double strength) {
        return new Redux(image, styleModel, clipVision, Numbers.tidy(strength));
    }
}
