package dev.comfyrouter.workflows;

import java.math.BigDecimal;
import java.math.BigInteger;

/// How a `KSampler` samples.
///
/// @param seed 0 to 2⁶⁴−1
/// @param steps 1 to 10000
/// @param cfg 0 to 100
/// @param sampler ComfyUI's name, such as `euler`
/// @param scheduler ComfyUI's name, such as `normal`
/// @param denoise 0 to 1; below 1 the latent it starts from shows through
public record Sampling(
        BigInteger seed, int steps, BigDecimal cfg, String sampler, String scheduler, BigDecimal denoise) {

    public Sampling {
        cfg = Numbers.tidy(cfg);
        denoise = Numbers.tidy(denoise);
    }

    /// 20 steps of `euler` on the `normal` schedule with cfg 7, from pure noise.
    public static Sampling of(long seed) {
        return new Sampling(
                new BigInteger(Long.toUnsignedString(seed)),
                20,
                new BigDecimal("7.0"),
                "euler",
                "normal",
                BigDecimal.ONE);
    }

    public Sampling steps(int count) {
        return new Sampling(seed, count, cfg, sampler, scheduler, denoise);
    }

    public Sampling cfg(double scale) {
        return new Sampling(seed, steps, Numbers.tidy(scale), sampler, scheduler, denoise);
    }

    public Sampling sampler(String name, String schedule) {
        return new Sampling(seed, steps, cfg, name, schedule, denoise);
    }

    public Sampling denoise(double share) {
        return denoise(Numbers.tidy(share));
    }

    Sampling denoise(BigDecimal share) {
        return new Sampling(seed, steps, cfg, sampler, scheduler, share);
    }
}
