import type { Hints, Schema } from "./api.ts";

/** Reads a JSON Schema as a form: pure, so that it can be tested without one. */
export type Values = Record<string, unknown>;

export interface Field {
  name: string;
  schema: Schema;
  required: boolean;
  hints: Hints;
}

export interface Group {
  name: string;
  title: string;
  fields: Field[];
}

/** What people need first, in this order, whatever group the schema gives it. */
const MAIN = [
  "prompt",
  "negative_prompt",
  "checkpoint",
  "width",
  "height",
  "steps",
  "cfg_scale",
  "guidance",
  "seed",
  "workflow",
];

/** The models of a workflow that needs several. */
const PARTS = ["unet", "t5xxl", "clip", "vae"];

const TITLES: Record<string, string> = {
  main: "Main",
  loras: "LoRAs",
  controlnets: "ControlNets",
  image: "Input image",
  sampling: "Sampling",
  upscale: "Upscale",
  advanced: "Advanced",
  output: "Output",
};

export function resolve(schema: Schema, root: Schema): Schema {
  let seen = schema;
  for (let depth = 0; seen.$ref && depth < 8; depth += 1) {
    const { $ref, ...own } = seen;
    const target = $ref
      .replace(/^#\//, "")
      .split("/")
      .reduce<unknown>(
        (at, key) => (at as Record<string, unknown> | undefined)?.[key.replaceAll("~1", "/").replaceAll("~0", "~")],
        root,
      );
    if (!target) return own;
    seen = { ...(target as Schema), ...own };
  }
  return seen;
}

export function typeOf(schema: Schema): string {
  const type = Array.isArray(schema.type) ? schema.type.find((one) => one !== "null") : schema.type;
  if (type) return type;
  if (schema.enum) return "string";
  if (schema.properties) return "object";
  if (schema.items) return "array";
  return "string";
}

export function nullable(schema: Schema): boolean {
  return Array.isArray(schema.type) && schema.type.includes("null");
}

export function fields(schema: Schema, root: Schema): Field[] {
  const whole = resolve(schema, root);
  const required = new Set(whole.required ?? []);
  const list = Object.entries(whole.properties ?? {}).map(([name, property]) => {
    const resolved = resolve(property, root);
    return { name, schema: resolved, required: required.has(name), hints: resolved["x-ui"] ?? {} };
  });
  return list
    .map((field, index) => ({ field, order: field.hints.order ?? 1000 + index }))
    .sort((a, b) => a.order - b.order)
    .map(({ field }) => field);
}

function groupOf(field: Field, ways: ReadonlySet<string>): string {
  const { name, hints } = field;
  if (MAIN.includes(name) || (PARTS.includes(name) && ways.has(name))) return "main";
  if (name === "loras" || name === "controlnets") return name;
  if (/^(input_image|input_mask|mask_|denoise|kontext|redux)/.test(name)) return "image";
  if (name === "upscale" || name === "hires") return "upscale";
  return hints.group && Object.hasOwn(TITLES, hints.group) && hints.group !== "main" ? hints.group : "advanced";
}

/** Names that one of the alternatives requires. */
function ways(schema: Schema): string[][] {
  return [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])].map((way) => way.required ?? []);
}

export function groups(schema: Schema): Group[] {
  const out = new Map<string, Field[]>([["main", []]]);
  const named = new Set([...(schema.required ?? []), ...ways(schema).flat()]);
  for (const field of fields(schema, schema)) {
    const name = groupOf(field, named);
    const list = out.get(name);
    if (list) list.push(field);
    else out.set(name, [field]);
  }
  const order = Object.keys(TITLES);
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length - 1.5);
  const sorted = [...out].filter(([, list]) => list.length > 0).sort(([a], [b]) => rank(a) - rank(b));
  return sorted.map(([name, list]) => ({
    name,
    title: TITLES[name] ?? `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`,
    fields: name === "main" ? [...list].sort((a, b) => mainRank(a) - mainRank(b)) : list,
  }));
}

function mainRank(field: Field): number {
  const at = MAIN.indexOf(field.name);
  // The parts stand where a checkpoint would.
  return at >= 0 ? at : PARTS.includes(field.name) ? 2 + (PARTS.indexOf(field.name) + 1) / 10 : 500;
}

const WORDS: Record<string, string> = {
  cfg_scale: "CFG scale",
  t5xxl: "T5-XXL text encoder",
  clip: "CLIP text encoder",
  vae: "VAE",
  unet: "Diffusion model",
  loras: "LoRAs",
  controlnets: "ControlNets",
  url: "URL",
  true_cfg: "True CFG",
  unet_dtype: "Number format",
  unet_type: "Kind of Flux",
  clip_vision: "CLIP vision model",
  hires: "Second pass (hires)",
};

export function label(field: Field): string {
  if (field.hints.label) return field.hints.label;
  if (field.schema.title) return field.schema.title;
  const known = WORDS[field.name];
  if (known) return known;
  const text = field.name.replaceAll("_", " ");
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export type Widget =
  | "textarea"
  | "text"
  | "url"
  | "number"
  | "seed"
  | "select"
  | "switch"
  | "model"
  | "image"
  | "json"
  | "object"
  | "array"
  | "variant";

export function widget(field: Field): Widget {
  const { hints, schema } = field;
  if (hints.widget === "model" || hints.folder) return "model";
  if (hints.widget === "image") return "image";
  const variants = schema.oneOf ?? schema.anyOf;
  const tags = (variants ?? []).map((one) => one.properties?.["type"]?.const);
  if (tags.includes("build_in")) return "model";
  if (tags.includes("base64")) return "image";
  if (hints.widget === "json") return "json";
  if (hints.widget === "seed" || field.name === "seed") return "seed";
  if (hints.widget === "textarea") return "textarea";
  if (schema.enum || hints.options) return "select";
  if (variants && !schema.type) return "variant";
  switch (typeOf(schema)) {
    case "integer":
    case "number":
      return "number";
    case "boolean":
      return "switch";
    case "array":
      return "array";
    case "object":
      return schema.properties ? "object" : "json";
    default:
      if (schema.format === "uri") return "url";
      return (schema.maxLength ?? 0) > 500 ? "textarea" : "text";
  }
}

export interface Steps {
  min?: number;
  max?: number;
  step: number | "any";
  /** The range of a slider, when one makes sense: a wide range is cut to what is usual. */
  slider: { min: number; max: number } | null;
}

export function steps(schema: Schema, hints: Hints): Steps {
  const whole = typeOf(schema) === "integer";
  const step = hints.step ?? schema.multipleOf ?? (whole ? 1 : undefined);
  const min =
    schema.minimum ?? (schema.exclusiveMinimum !== undefined && step ? schema.exclusiveMinimum + step : undefined);
  const max =
    schema.maximum ?? (schema.exclusiveMaximum !== undefined && step ? schema.exclusiveMaximum - step : undefined);
  return {
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    step: step ?? "any",
    slider: min === undefined || max === undefined ? null : { min, max: usual(min, max, step ?? 0.01, schema.default) },
  };
}

function usual(min: number, max: number, step: number, standard: unknown): number {
  if ((max - min) / step <= 300 || typeof standard !== "number") return max;
  return Math.min(max, Math.max(Math.ceil(standard * 3), Math.ceil(min) + 10));
}

/** What was typed where JSON is wanted is none. */
export class NotJson extends Error {
  readonly pointer: string;

  constructor(pointer: string) {
    super("This is not JSON.");
    this.pointer = pointer;
  }
}

/** The values as they are sent: what was left alone or equals its default is left out. */
export function params(schema: Schema, values: Values, root: Schema = schema, at = ""): Values {
  const out: Values = {};
  const known = new Map(fields(schema, root).map((field) => [field.name, field]));
  for (const [name, value] of Object.entries(values)) {
    const field = known.get(name);
    if (!field || value === undefined || value === null || value === "") continue;
    const kind = widget(field);
    if (kind === "array" && Array.isArray(value)) {
      const item = resolve(field.schema.items ?? {}, root);
      const list = value
        .map((one, index) => (item.properties ? params(item, one as Values, root, `${at}/${name}/${index}`) : one))
        .filter((one) => one !== "");
      if (list.length > 0) out[name] = list;
    } else if (kind === "object" && typeof value === "object") {
      const inner = params(field.schema, value as Values, root, `${at}/${name}`);
      if (Object.keys(inner).length > 0) out[name] = inner;
    } else if (kind === "json" && typeof value === "string") {
      try {
        out[name] = JSON.parse(value);
      } catch {
        throw new NotJson(`${at}/${name}`);
      }
    } else if (field.required || JSON.stringify(value) !== JSON.stringify(field.schema.default)) {
      out[name] = value;
    }
  }
  return out;
}

/** A first choice of model, so that a first picture needs none: by the names people give such files. */
export function guess(type: string, name: string, options: readonly string[]): string | undefined {
  const wanted: Record<string, RegExp> = {
    t5xxl: /t5/i,
    clip: /clip_?l/i,
    vae: /(^|[^a-z])ae\.|flux/i,
    unet: /flux/i,
  };
  const pattern = wanted[name];
  if (pattern) return options.find((option) => pattern.test(option)) ?? options[0];
  const xl = options.find((option) => /xl/i.test(option));
  if (type === "SDXL") return xl ?? options[0];
  if (type === "Flux") return options.find((option) => /flux/i.test(option)) ?? options[0];
  return options.find((option) => !/xl|flux|refiner|inpaint/i.test(option)) ?? options[0];
}

/** What the form starts with: the required models are chosen. */
export function start(type: string, schema: Schema): Values {
  const values: Values = {};
  const has = (name: string): boolean => widgetOf(schema, name) !== "model" || optionsOf(schema, name).length > 0;
  const possible = ways(schema).sort((a, b) => b.length - a.length);
  const way = possible.find((names) => names.every(has)) ?? possible[0] ?? [];
  const wanted = new Set([...(schema.required ?? []), ...way]);
  for (const field of fields(schema, schema)) {
    if (widget(field) !== "model" || !wanted.has(field.name)) continue;
    const first = guess(type, field.name, optionsOf(schema, field.name));
    if (first !== undefined) values[field.name] = first;
  }
  return values;
}

function widgetOf(schema: Schema, name: string): Widget | undefined {
  const field = fields(schema, schema).find((one) => one.name === name);
  return field && widget(field);
}

export function options(field: Field): string[] {
  return field.hints.options ?? (field.schema.enum ?? []).filter((one): one is string => typeof one === "string");
}

function optionsOf(schema: Schema, name: string): string[] {
  const field = fields(schema, schema).find((one) => one.name === name);
  return field ? options(field) : [];
}

/** Values of another task for this form: models and pictures in the plain spelling the fields have. */
export function fromParams(given: Values): Values {
  const plain = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(plain);
    if (value === null || typeof value !== "object") return value;
    const object = value as Values;
    if ((object["type"] === "build_in" || object["type"] === "custom") && typeof object["name"] === "string")
      return object["name"];
    if (object["type"] === "url" && typeof object["content"] === "string") return object["content"];
    if (object["type"] === "base64" && typeof object["content"] !== "string") return undefined;
    return Object.fromEntries(Object.entries(object).map(([name, inner]) => [name, plain(inner)]));
  };
  return plain(given) as Values;
}

/** The value at a place, changed: objects and arrays on the way are copied. */
export function change(values: unknown, path: readonly (string | number)[], value: unknown): unknown {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  if (Array.isArray(values) || typeof key === "number") {
    const list = [...((values as unknown[] | undefined) ?? [])];
    list[key as number] = change(list[key as number], rest, value);
    return list;
  }
  return { ...(values as Values | undefined), [key]: change((values as Values | undefined)?.[key], rest, value) };
}

export function pointer(path: readonly (string | number)[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
