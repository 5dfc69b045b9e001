package dev.comfyrouter.workflows;

import static dev.comfyrouter.workflows.Declaration.node;

import java.util.List;

/// ComfyUI's samplers, and the schedulers, guiders and noise of its custom samplers.
final class CoreSampling {
    private CoreSampling() {}

    static List<Declaration> nodes() {
        return List.of(
                samplers(steps(
                                        node("KSampler", "sampling")
                                                .wire("model", "MODEL")
                                                .seed("seed"),
                                        20)
                                .decimal("cfg", "8.0", "0.0", "100.0", "0.1"))
                        .choice("scheduler", CoreLists.SCHEDULERS)
                        .wire("positive", "CONDITIONING")
                        .wire("negative", "CONDITIONING")
                        .wire("latent_image", "LATENT")
                        .decimal("denoise", "1.0", "0.0", "1.0", "0.01")
                        .out("LATENT"),
                samplers(steps(
                                        node("KSamplerAdvanced", "sampling")
                                                .wire("model", "MODEL")
                                                .choice("add_noise", "enable", "disable")
                                                .seed("noise_seed"),
                                        20)
                                .decimal("cfg", "8.0", "0.0", "100.0", "0.1"))
                        .choice("scheduler", CoreLists.SCHEDULERS)
                        .wire("positive", "CONDITIONING")
                        .wire("negative", "CONDITIONING")
                        .wire("latent_image", "LATENT")
                        .whole("start_at_step", 0, 0, 10000)
                        .whole("end_at_step", 10000, 0, 10000)
                        .choice("return_with_leftover_noise", "disable", "enable")
                        .out("LATENT"),
                node("SamplerCustom", "sampling/custom")
                        .wire("model", "MODEL")
                        .flag("add_noise", true)
                        .seed("noise_seed")
                        .decimal("cfg", "8.0", "0.0", "100.0", "0.1")
                        .wire("positive", "CONDITIONING")
                        .wire("negative", "CONDITIONING")
                        .wire("sampler", "SAMPLER")
                        .wire("sigmas", "SIGMAS")
                        .wire("latent_image", "LATENT")
                        .out("LATENT", "output")
                        .out("LATENT", "denoised_output"),
                node("SamplerCustomAdvanced", "sampling/custom")
                        .wire("noise", "NOISE")
                        .wire("guider", "GUIDER")
                        .wire("sampler", "SAMPLER")
                        .wire("sigmas", "SIGMAS")
                        .wire("latent_image", "LATENT")
                        .out("LATENT", "output")
                        .out("LATENT", "denoised_output"),
                samplers(node("KSamplerSelect", "sampling/custom")).out("SAMPLER"),
                node("RandomNoise", "sampling/custom").seed("noise_seed").out("NOISE"),
                node("DisableNoise", "sampling/custom").out("NOISE"),
                node("BasicGuider", "sampling/custom")
                        .wire("model", "MODEL")
                        .wire("conditioning", "CONDITIONING")
                        .out("GUIDER"),
                node("CFGGuider", "sampling/custom")
                        .wire("model", "MODEL")
                        .wire("positive", "CONDITIONING")
                        .wire("negative", "CONDITIONING")
                        .decimal("cfg", "8.0", "0.0", "100.0", "0.1")
                        .out("GUIDER"),
                node("DualCFGGuider", "sampling/custom")
                        .wire("model", "MODEL")
                        .wire("cond1", "CONDITIONING")
                        .wire("cond2", "CONDITIONING")
                        .wire("negative", "CONDITIONING")
                        .decimal("cfg_conds", "8.0", "0.0", "100.0", "0.1")
                        .decimal("cfg_cond2_negative", "8.0", "0.0", "100.0", "0.1")
                        .choice("style", "regular", "nested")
                        .out("GUIDER"),
                steps(
                                node("BasicScheduler", "sampling/custom/schedulers")
                                        .wire("model", "MODEL")
                                        .choice("scheduler", CoreLists.SCHEDULERS),
                                20)
                        .decimal("denoise", "1.0", "0.0", "1.0", "0.01")
                        .out("SIGMAS"),
                sigmaRange(steps(node("KarrasScheduler", "sampling/custom/schedulers"), 20))
                        .decimal("rho", "7.0", "0.0", "100.0", "0.01")
                        .out("SIGMAS"),
                sigmaRange(steps(node("ExponentialScheduler", "sampling/custom/schedulers"), 20))
                        .out("SIGMAS"),
                sigmaRange(steps(node("PolyexponentialScheduler", "sampling/custom/schedulers"), 20))
                        .decimal("rho", "1.0", "0.0", "100.0", "0.01")
                        .out("SIGMAS"),
                node("SDTurboScheduler", "sampling/custom/schedulers")
                        .wire("model", "MODEL")
                        .whole("steps", 1, 1, 10)
                        .decimal("denoise", "1.0", "0", "1.0", "0.01")
                        .out("SIGMAS"),
                steps(
                                node("BetaSamplingScheduler", "sampling/custom/schedulers")
                                        .wire("model", "MODEL"),
                                20)
                        .decimal("alpha", "0.6", "0.0", "50.0", "0.01")
                        .decimal("beta", "0.6", "0.0", "50.0", "0.01")
                        .out("SIGMAS"),
                steps(
                                node("AlignYourStepsScheduler", "sampling/custom/schedulers")
                                        .choice("model_type", "SD1", "SDXL", "SVD"),
                                10)
                        .decimal("denoise", "1.0", "0.0", "1.0", "0.01")
                        .out("SIGMAS"),
                node("Flux2Scheduler", "sampling/custom/schedulers")
                        .from("0.33.0")
                        .whole("steps", 20, 1, 4096)
                        .whole("width", 1024, 16, 16384, 1)
                        .whole("height", 1024, 16, 16384, 1)
                        .out("SIGMAS"),
                node("SplitSigmas", "sampling/custom/sigmas")
                        .wire("sigmas", "SIGMAS")
                        .whole("step", 0, 0, 10000)
                        .out("SIGMAS", "high_sigmas")
                        .out("SIGMAS", "low_sigmas"),
                node("SplitSigmasDenoise", "sampling/custom/sigmas")
                        .wire("sigmas", "SIGMAS")
                        .decimal("denoise", "1.0", "0.0", "1.0", "0.01")
                        .out("SIGMAS", "high_sigmas")
                        .out("SIGMAS", "low_sigmas"),
                node("FlipSigmas", "sampling/custom/sigmas")
                        .wire("sigmas", "SIGMAS")
                        .out("SIGMAS"));
    }

    private static Declaration samplers(Declaration node) {
        return node.choice("sampler_name", CoreLists.SAMPLERS).moreSince("0.33.0", CoreLists.NEWER_SAMPLERS);
    }

    private static Declaration steps(Declaration node, int standard) {
        return node.whole("steps", standard, 1, 10000);
    }

    private static Declaration sigmaRange(Declaration node) {
        return node.decimal("sigma_max", "14.614642", "0.0", "5000.0", "0.01")
                .decimal("sigma_min", "0.0291675", "0.0", "5000.0", "0.01");
    }
}
