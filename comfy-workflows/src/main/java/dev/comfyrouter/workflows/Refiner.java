package dev.comfyrouter.workflows;

import java.math.BigDecimal;

/// The SDXL refiner, which does the last part of the steps.
///
/// @param model a file of `models/checkpoints`, or one to fetch
/// @param switchAt 0 to 1: the share of the steps after which the refiner takes over
public record Refiner(ModelRef model, BigDecimal switchAt) {
    public Refiner {
        switchAt = Parts.SHARE.checked("switch_at", Numbers.tidy(switchAt));
    }

    public static Refiner of(ModelRef model) {
        return new Refiner(model, Parts.SWITCH_AT);
    }

    public static Refiner of(ModelRef model, double switchAt) {
        return new Refiner(model, Numbers.tidy(switchAt));
    }
}
