package dev.comfyrouter.workflows;

import java.math.BigDecimal;

/// A LoRA laid over the model and its text encoder.
///
/// @param model a file of `models/loras`, or one to fetch
/// @param weight -10 to 10; 1 is as its author meant it
public record Lora(ModelRef model, BigDecimal weight) {
    public Lora {
        weight = Parts.LORA_WEIGHT.checked("weight", Numbers.tidy(weight));
    }

    public static Lora of(ModelRef model) {
        return new Lora(model, BigDecimal.ONE);
    }

    public static Lora of(ModelRef model, double weight) {
        return new Lora(model, Numbers.tidy(weight));
    }

    /// A LoRA by name or URL.
    ///
    /// @param nameOrUrl see [ModelRef#of(String)]
    public static Lora of(String nameOrUrl, double weight) {
        return of(ModelRef.of(nameOrUrl), weight);
    }
}
