package dev.comfyrouter.workflows;

import java.util.List;
import java.util.stream.Stream;

/// The lists of names that several of ComfyUI's nodes share.
final class CoreLists {
    /// Seen in ComfyUI 0.3.64.
    static final List<String> SAMPLERS = List.of(
            "euler",
            "euler_cfg_pp",
            "euler_ancestral",
            "euler_ancestral_cfg_pp",
            "heun",
            "heunpp2",
            "dpm_2",
            "dpm_2_ancestral",
            "lms",
            "dpm_fast",
            "dpm_adaptive",
            "dpmpp_2s_ancestral",
            "dpmpp_2s_ancestral_cfg_pp",
            "dpmpp_sde",
            "dpmpp_sde_gpu",
            "dpmpp_2m",
            "dpmpp_2m_cfg_pp",
            "dpmpp_2m_sde",
            "dpmpp_2m_sde_gpu",
            "dpmpp_2m_sde_heun",
            "dpmpp_2m_sde_heun_gpu",
            "dpmpp_3m_sde",
            "dpmpp_3m_sde_gpu",
            "ddpm",
            "lcm",
            "ipndm",
            "ipndm_v",
            "deis",
            "res_multistep",
            "res_multistep_cfg_pp",
            "res_multistep_ancestral",
            "res_multistep_ancestral_cfg_pp",
            "gradient_estimation",
            "gradient_estimation_cfg_pp",
            "er_sde",
            "seeds_2",
            "seeds_3",
            "sa_solver",
            "sa_solver_pece",
            "ddim",
            "uni_pc",
            "uni_pc_bh2");

    /// Seen in ComfyUI 0.33.0.
    static final List<String> NEWER_SAMPLERS = Stream.of(
                    SAMPLERS.subList(0, 6),
                    List.of("exp_heun_2_x0", "exp_heun_2_x0_sde"),
                    SAMPLERS.subList(6, SAMPLERS.size()))
            .flatMap(List::stream)
            .toList();

    static final List<String> SCHEDULERS = List.of(
            "simple",
            "sgm_uniform",
            "karras",
            "exponential",
            "ddim_uniform",
            "beta",
            "normal",
            "linear_quadratic",
            "kl_optimal");

    static final List<String> UNION_TYPES = List.of(
            "auto",
            "openpose",
            "depth",
            "hed/pidi/scribble/ted",
            "canny/lineart/anime_lineart/mlsd",
            "normal",
            "segment",
            "tile",
            "repaint");

    static final List<String> UPSCALE_METHODS = List.of("nearest-exact", "bilinear", "area", "bicubic", "lanczos");

    static final List<String> LATENT_UPSCALE_METHODS =
            List.of("nearest-exact", "bilinear", "area", "bicubic", "bislerp");

    private CoreLists() {}
}
