import assert from "node:assert/strict";
import { test } from "node:test";
import type { Schema } from "../../main/web/api.ts";
import {
  change,
  fields,
  fromParams,
  groups,
  label,
  params,
  pointer,
  start,
  steps,
  widget,
} from "../../main/web/schema.ts";

const SCHEMA: Schema = {
  type: "object",
  required: ["prompt", "checkpoint"],
  $defs: {
    lora: {
      type: "object",
      required: ["model"],
      properties: {
        model: { type: "string", "x-ui": { widget: "model", folder: "loras" } },
        weight: { type: "number", default: 1 },
      },
    },
  },
  properties: {
    steps: { type: "integer", minimum: 1, maximum: 150, default: 20 },
    prompt: { type: "string", maxLength: 10000 },
    checkpoint: {
      type: "string",
      "x-ui": { widget: "model", folder: "checkpoints", options: ["sd_xl_base.safetensors", "v1-5.safetensors"] },
    },
    seed: { type: ["integer", "null"] },
    sampler: { enum: ["euler", "dpmpp_2m"], default: "euler" },
    loras: { type: "array", items: { $ref: "#/$defs/lora" } },
    input_image: { "x-ui": { widget: "image" } },
    hires: { type: "object", properties: { scale: { type: "number", default: 1.5 } } },
  },
};

test("each property has its kind of field", () => {
  const kinds = Object.fromEntries(fields(SCHEMA, SCHEMA).map((field) => [field.name, widget(field)]));
  assert.deepEqual(kinds, {
    steps: "number",
    prompt: "textarea",
    checkpoint: "model",
    seed: "seed",
    sampler: "select",
    loras: "array",
    input_image: "image",
    hires: "object",
  });
});

test("without hints the fields people need first come first", () => {
  assert.deepEqual(
    groups(SCHEMA).map((group) => [group.name, group.fields.map((field) => field.name)]),
    [
      ["main", ["prompt", "checkpoint", "steps", "seed"]],
      ["loras", ["loras"]],
      ["image", ["input_image"]],
      ["upscale", ["hires"]],
      ["advanced", ["sampler"]],
    ],
  );
});

test("what was left alone is not sent; what is required always is", () => {
  const values = {
    prompt: "a fox",
    checkpoint: "v1-5.safetensors",
    steps: 20,
    sampler: "dpmpp_2m",
    seed: "",
    unknown: 1,
    loras: [
      { model: "x.safetensors", weight: 1 },
      { model: "y.safetensors", weight: 0.5 },
    ],
    hires: { scale: 1.5 },
  };
  assert.deepEqual(params(SCHEMA, values), {
    prompt: "a fox",
    checkpoint: "v1-5.safetensors",
    sampler: "dpmpp_2m",
    loras: [{ model: "x.safetensors" }, { model: "y.safetensors", weight: 0.5 }],
  });
});

test("the required models are chosen at the start, by their names", () => {
  assert.deepEqual(start("SD15", SCHEMA), { checkpoint: "v1-5.safetensors" });
  assert.deepEqual(start("SDXL", SCHEMA), { checkpoint: "sd_xl_base.safetensors" });
});

test("a value changes without touching the others", () => {
  const before = { a: 1, list: [{ b: 2 }, { b: 3 }] };
  const after = change(before, ["list", 1, "b"], 9) as typeof before;
  assert.deepEqual(after, { a: 1, list: [{ b: 2 }, { b: 9 }] });
  assert.equal(after.list[0], before.list[0]);
  assert.deepEqual(before.list[1], { b: 3 });
  assert.equal(pointer(["loras", 0, "a/b"]), "/loras/0/a~1b");
});

test("another task's values fit the form", () => {
  assert.deepEqual(
    fromParams({
      checkpoint: { type: "build_in", name: "v1-5.safetensors" },
      loras: [{ model: { type: "custom", name: "https://x/y.safetensors" } }],
      input_image: { type: "base64", sha256: "ab", bytes: 3 },
    }),
    { checkpoint: "v1-5.safetensors", loras: [{ model: "https://x/y.safetensors" }], input_image: undefined },
  );
});

test("a slider covers what is usual, not what is allowed", () => {
  assert.deepEqual(steps({ type: "integer", minimum: 1, maximum: 150 }, {}).slider, { min: 1, max: 150 });
  assert.deepEqual(steps({ type: "integer", minimum: 1, maximum: 1000, default: 20 }, {}).slider, { min: 1, max: 60 });
  assert.deepEqual(steps({ type: "number", minimum: 0, maximum: 100, default: 3.5 }, { step: 0.1 }).slider, {
    min: 0,
    max: 11,
  });
  assert.equal(steps({ type: "number" }, {}).slider, null);
  assert.equal(steps({ type: "number" }, {}).step, "any");
});

test("of two ways to name models the one that the nodes can go is begun", () => {
  const file = (folder: string, ...options: string[]): Schema => ({
    anyOf: [{ type: "string" }, { type: "object", properties: { type: { const: "build_in" } } }],
    "x-ui": { folder, options },
  });
  const schema = (unets: string[]): Schema => ({
    type: "object",
    required: ["prompt"],
    oneOf: [{ required: ["checkpoint"] }, { required: ["unet", "vae"] }],
    properties: {
      prompt: { type: "string" },
      checkpoint: file("checkpoints", "flux1-fp8.safetensors"),
      unet: file("diffusion_models", ...unets),
      vae: file("vae", "ae.safetensors"),
    },
  });
  assert.deepEqual(start("Flux", schema(["flux1-dev.safetensors"])), {
    unet: "flux1-dev.safetensors",
    vae: "ae.safetensors",
  });
  assert.deepEqual(start("Flux", schema([])), { checkpoint: "flux1-fp8.safetensors" });
  assert.deepEqual(
    groups(schema([]))[0]?.fields.map((field) => field.name),
    ["prompt", "checkpoint", "unet", "vae"],
  );
});

test("labels are words", () => {
  const named = (name: string): string => label({ name, schema: {}, required: false, hints: {} });
  assert.deepEqual(["negative_prompt", "cfg_scale", "vae"].map(named), ["Negative prompt", "CFG scale", "VAE"]);
});
