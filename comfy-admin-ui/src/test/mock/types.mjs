/** What GET /workflow-types answers: the three typed workflows and the raw graph, as JSON Schema with hints. */
const MODELS = {
  checkpoints: ["v1-5-pruned-emaonly.safetensors", "sd_xl_base_1.0.safetensors", "flux1-dev-fp8.safetensors"],
  loras: ["detail-tweaker.safetensors", "film-grain.safetensors"],
  vae: ["ae.safetensors", "vae-ft-mse-840000.safetensors"],
  controlnet: ["control_canny.safetensors", "control_depth.safetensors"],
  upscale_models: ["4x-UltraSharp.pth"],
  diffusion_models: ["flux1-dev.safetensors", "flux1-schnell.safetensors"],
  text_encoders: ["t5xxl_fp16.safetensors", "clip_l.safetensors"],
};

const model = (folder, description, group = "main") => ({
  type: "string",
  ...(description ? { description } : {}),
  "x-ui": { widget: "model", folder, options: MODELS[folder], group },
});
const image = (description) => ({ description, "x-ui": { widget: "image", group: "image" } });
const number = (minimum, maximum, value, step, extra = {}) => ({
  type: Number.isInteger(step) ? "integer" : "number",
  minimum,
  maximum,
  ...(value === null ? {} : { default: value }),
  "x-ui": { step, ...extra },
});

function common(size, steps, sampler, scheduler) {
  return {
    prompt: { type: "string", maxLength: 10000, "x-ui": { widget: "textarea", group: "main" } },
    negative_prompt: { type: "string", maxLength: 10000, default: "", "x-ui": { widget: "textarea", group: "main" } },
    width: number(16, 8192, size, 8, { group: "main", unit: "px" }),
    height: number(16, 8192, size, 8, { group: "main", unit: "px" }),
    steps: number(1, 150, steps, 1, { group: "main", widget: "slider" }),
    seed: {
      type: "integer",
      minimum: 0,
      description: "Empty: drawn by the router and reported.",
      "x-ui": { widget: "seed", group: "main" },
    },
    batch_size: number(1, 64, 1, 1, { group: "advanced" }),
    sampler: {
      type: "string",
      enum: ["euler", "euler_ancestral", "dpmpp_2m", "uni_pc"],
      default: sampler,
      "x-ui": { group: "advanced" },
    },
    scheduler: {
      type: "string",
      enum: ["normal", "karras", "simple", "sgm_uniform"],
      default: scheduler,
      "x-ui": { group: "advanced" },
    },
    loras: {
      type: "array",
      maxItems: 16,
      items: {
        type: "object",
        required: ["model"],
        properties: { model: model("loras"), weight: number(-10, 10, 1, 0.05) },
      },
    },
    controlnets: {
      type: "array",
      maxItems: 8,
      items: {
        type: "object",
        required: ["model", "image"],
        properties: {
          model: model("controlnet"),
          image: image("The picture that guides."),
          weight: number(0, 10, 1, 0.05),
          start_at: number(0, 1, 0, 0.01),
          end_at: number(0, 1, 1, 0.01),
          resize_mode: { type: "string", enum: ["stretch", "crop", "pad"], default: "crop" },
        },
      },
    },
    input_image: image("Starts from this picture instead of noise."),
    input_mask: image("White is painted anew. Needs an input image."),
    denoise: {
      ...number(0.01, 1, null, 0.01, { group: "image", widget: "slider" }),
      description: "1 without a picture, 0.75 with one.",
    },
    mask_grow: number(0, 256, 4, 1, { group: "image", unit: "px" }),
    upscale: {
      type: "object",
      required: ["model"],
      properties: { model: model("upscale_models"), scale: number(1, 8, 2, 0.5) },
      "x-ui": { group: "upscale" },
    },
    hires: {
      type: "object",
      properties: { scale: number(1, 4, 1.5, 0.1), denoise: number(0.01, 1, 0.5, 0.01) },
      "x-ui": { group: "upscale" },
    },
  };
}

export const types = [
  {
    type: "SD15",
    title: "SD 1.5",
    schema: {
      type: "object",
      required: ["prompt", "checkpoint"],
      properties: {
        ...common(512, 20, "euler", "normal"),
        checkpoint: model("checkpoints"),
        vae: model("vae", undefined, "advanced"),
        cfg_scale: number(0, 30, 7, 0.5, { group: "main", widget: "slider" }),
        clip_skip: number(1, 12, null, 1, { group: "advanced" }),
      },
    },
  },
  {
    type: "SDXL",
    title: "SDXL",
    schema: {
      type: "object",
      required: ["prompt", "checkpoint"],
      properties: {
        ...common(1024, 25, "dpmpp_2m", "karras"),
        checkpoint: model("checkpoints"),
        vae: model("vae", undefined, "advanced"),
        cfg_scale: number(0, 30, 6, 0.5, { group: "main", widget: "slider" }),
        refiner: {
          type: "object",
          required: ["model"],
          properties: { model: model("checkpoints"), switch_at: number(0, 1, 0.8, 0.01) },
          "x-ui": { group: "advanced" },
        },
      },
    },
  },
  {
    type: "Flux",
    title: "Flux",
    schema: {
      type: "object",
      required: ["prompt"],
      anyOf: [{ required: ["unet", "t5xxl", "clip", "vae"] }, { required: ["checkpoint"] }],
      properties: {
        ...common(1024, 20, "euler", "simple"),
        unet: model("diffusion_models"),
        t5xxl: model("text_encoders"),
        clip: model("text_encoders"),
        vae: model("vae"),
        checkpoint: model("checkpoints", "One file that holds everything, instead of the four above.", "advanced"),
        guidance: number(0, 100, 3.5, 0.1, { group: "main" }),
        true_cfg: number(1, 100, null, 0.5, { group: "advanced" }),
      },
    },
  },
  {
    type: "Graph",
    title: "Graph",
    schema: {
      type: "object",
      required: ["workflow"],
      properties: { workflow: { type: "object", description: "ComfyUI's API format.", "x-ui": { widget: "json" } } },
    },
  },
];
