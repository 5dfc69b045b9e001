package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.util.Optional;

/// A second pass of sampling on the enlarged latent.
///
/// @param scale 1 to 4
/// @param denoise above 0, at most 1: how much the second pass may change
/// @param steps 1 to 1000; as many as the first pass when empty
public record Hires(BigDecimal scale, BigDecimal denoise, Optional<Integer> steps) {
    public Hires {
        scale = Parts.HIRES_SCALE.checked("scale", Numbers.tidy(scale));
        denoise = Parts.DENOISE.checked("denoise", Numbers.tidy(denoise));
        steps.ifPresent(count -> Parts.STEPS.checked("steps", count));
    }

    public static Hires of(double scale) {
        return new Hires(Numbers.tidy(scale), Parts.HIRES_DENOISE, Optional.empty());
    }

    public static Hires of(double scale, double denoise, int steps) {
        return new Hires(Numbers.tidy(scale), Numbers.tidy(denoise), Optional.of(steps));
    }
}
