import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import type { Schema } from "../api.ts";
import {
  type Field,
  fields,
  label,
  nullable,
  options,
  pointer,
  resolve,
  steps,
  type Values,
  widget,
} from "../schema.ts";
import { ImageField } from "./image-field.tsx";

export type Path = readonly (string | number)[];

export interface Form {
  root: Schema;
  set: (path: Path, value: unknown) => void;
  /** Mistakes by JSON pointer, as the router named them. */
  errors: ReadonlyMap<string, string>;
}

/** The element id of a place in the form: where an error links to. */
export function fieldId(path: Path): string {
  return `field${pointer(path).replaceAll("/", "-")}`;
}

interface Props {
  form: Form;
  field: Field;
  path: Path;
  value: unknown;
}

/** One property of a JSON Schema as a form field. */
export function FormField(props: Props) {
  const { field, form, path, value } = props;
  const id = fieldId(path);
  const kind = widget(field);
  const error = form.errors.get(pointer(path));
  const described = error ? `${id}-error` : field.schema.description ? `${id}-hint` : undefined;
  const common = {
    id,
    "aria-invalid": error ? ("true" as const) : undefined,
    "aria-describedby": described,
  };
  const set = (next: unknown): void => form.set(path, next);
  const shown = value ?? field.schema.default;
  const text = shown == null ? "" : String(shown);

  if (kind === "object") {
    return (
      <fieldset class="field group" id={id} tabIndex={-1}>
        <legend>{label(field)}</legend>
        <Hint id={id} field={field} error={error} />
        <Fields
          form={form}
          schema={field.schema}
          path={path}
          values={(value as Values | undefined) ?? {}}
          unused={!used(value)}
        />
      </fieldset>
    );
  }
  if (kind === "array") return <List {...props} id={id} error={error} />;
  if (kind === "variant") return <Variant {...props} id={id} error={error} />;
  if (kind === "switch") {
    return (
      <div class="field">
        <label class="switch-line">
          <input
            type="checkbox"
            {...common}
            checked={Boolean(shown)}
            onChange={(event) => set(event.currentTarget.checked)}
          />
          {label(field)}
        </label>
        <Hint id={id} field={field} error={error} />
      </div>
    );
  }

  let input: ComponentChildren;
  switch (kind) {
    case "textarea":
      input = (
        <textarea
          {...common}
          rows={field.name === "prompt" ? 4 : 2}
          required={field.required}
          maxLength={field.schema.maxLength}
          value={text}
          onInput={(event) => set(event.currentTarget.value)}
        />
      );
      break;
    case "json":
      input = (
        <textarea
          {...common}
          class="mono"
          rows={14}
          spellcheck={false}
          required={field.required}
          value={typeof value === "string" ? value : value == null ? "" : JSON.stringify(value, null, 2)}
          onInput={(event) => set(event.currentTarget.value)}
        />
      );
      break;
    case "number":
      input = <NumberField {...props} common={common} />;
      break;
    case "seed":
      input = (
        <div class="beside">
          <input
            {...common}
            inputMode="numeric"
            pattern="\d{1,20}"
            placeholder="random"
            autocomplete="off"
            value={value == null ? "" : String(value)}
            onInput={(event) => set(event.currentTarget.value.trim() || undefined)}
          />
          <button type="button" class="small" disabled={value == null || value === ""} onClick={() => set(undefined)}>
            Random
          </button>
        </div>
      );
      break;
    case "select": {
      const names = options(field);
      input = (
        <select
          {...common}
          required={field.required}
          value={text}
          onChange={(event) => set(event.currentTarget.value || undefined)}
        >
          {(!field.required || !text) && field.schema.default === undefined && <option value="">default</option>}
          {text && !names.includes(text) && <option>{text}</option>}
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      );
      break;
    }
    case "model":
      input = <ModelField {...props} common={common} />;
      break;
    case "image":
      input = <ImageField id={id} label={label(field)} value={value} set={set} describedBy={described} />;
      break;
    default:
      input = (
        <input
          {...common}
          type={kind === "url" ? "url" : "text"}
          required={field.required}
          value={text}
          onInput={(event) => set(event.currentTarget.value || undefined)}
        />
      );
  }
  return (
    <div class={`field ${kind}`}>
      <label for={id} title={field.schema.description}>
        {label(field)}
        {field.hints.unit && <span class="dim"> {field.hints.unit}</span>}
      </label>
      {input}
      <Hint id={id} field={field} error={error} />
    </div>
  );
}

function Hint({ id, field, error }: { id: string; field: Field; error: string | undefined }) {
  if (error) {
    return (
      <p class="problem" id={`${id}-error`}>
        {error}
      </p>
    );
  }
  return field.schema.description ? (
    <p class="hint" id={`${id}-hint`}>
      {field.schema.description}
    </p>
  ) : null;
}

type Common = { id: string; "aria-invalid": "true" | undefined; "aria-describedby": string | undefined };

function NumberField({ field, form, path, value, common }: Props & { common: Common }) {
  const { slider, ...limits } = steps(field.schema, field.hints);
  const fallback = typeof field.schema.default === "number" ? field.schema.default : undefined;
  const shown = typeof value === "number" ? value : fallback;
  const set = (text: string): void => {
    const number = Number(text);
    form.set(path, text === "" || Number.isNaN(number) ? undefined : number);
  };
  return (
    <div class="beside">
      <input
        {...common}
        type="number"
        {...limits}
        required={field.required && !nullable(field.schema)}
        placeholder={fallback === undefined ? "default" : String(fallback)}
        value={shown ?? ""}
        onInput={(event) => set(event.currentTarget.value)}
      />
      {slider && (
        <input
          type="range"
          step={limits.step}
          tabIndex={-1}
          min={slider.min}
          max={slider.max}
          aria-label={`${label(field)}, slider`}
          value={shown ?? slider.min}
          onInput={(event) => set(event.currentTarget.value)}
        />
      )}
    </div>
  );
}

/** A model: one that the nodes have, or a URL that the router downloads. */
function ModelField({ field, form, path, value, common }: Props & { common: Common }) {
  const names = options(field);
  const text = typeof value === "string" ? value : "";
  const remote =
    /^https?:/i.test(text) || (typeof value === "object" && value !== null) || (names.length === 0 && text !== "");
  const asUrl = remote || text === "https://";
  const group = useId();
  return (
    <div class="model-field">
      <span class="ways switch">
        <label>
          <input type="radio" name={group} checked={!asUrl} onChange={() => form.set(path, names[0] ?? undefined)} /> On
          the nodes
        </label>
        <label>
          <input type="radio" name={group} checked={asUrl} onChange={() => form.set(path, "https://")} /> From a URL
        </label>
      </span>
      {asUrl ? (
        <input
          {...common}
          type="url"
          required={field.required}
          placeholder="https://…"
          value={text}
          onInput={(event) => form.set(path, event.currentTarget.value || "https://")}
        />
      ) : names.length === 0 ? (
        <input
          {...common}
          required={field.required}
          placeholder={field.hints.folder ? `a file in models/${field.hints.folder}` : "file name"}
          value={text}
          onInput={(event) => form.set(path, event.currentTarget.value || undefined)}
        />
      ) : (
        <select
          {...common}
          required={field.required}
          value={text}
          onChange={(event) => form.set(path, event.currentTarget.value || undefined)}
        >
          {(!field.required || !text) && <option value="">{field.required ? "choose one" : "none"}</option>}
          {text && !names.includes(text) && <option>{text}</option>}
          {names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </div>
  );
}

function List({ field, form, path, value, id, error }: Props & { id: string; error: string | undefined }) {
  const items = Array.isArray(value) ? value : [];
  const item = resolve(field.schema.items ?? {}, form.root);
  const most = field.schema.maxItems ?? Number.POSITIVE_INFINITY;
  const one = label(field).replace(/s$/, "");
  return (
    <fieldset class="field group list" id={id} tabIndex={-1}>
      <legend>{label(field)}</legend>
      <Hint id={id} field={field} error={error} />
      {items.map((entry, index) => (
        <div class="entry" key={index}>
          {item.properties ? (
            <Fields form={form} schema={item} path={[...path, index]} values={entry as Values} />
          ) : (
            <FormField
              form={form}
              field={{ name: `${one} ${index + 1}`, schema: item, required: true, hints: item["x-ui"] ?? {} }}
              path={[...path, index]}
              value={entry}
            />
          )}
          <button
            type="button"
            class="small"
            aria-label={`Remove ${one} ${index + 1}`}
            onClick={() =>
              form.set(
                path,
                items.filter((_, other) => other !== index),
              )
            }
          >
            Remove
          </button>
        </div>
      ))}
      <button
        type="button"
        class="small"
        disabled={items.length >= most}
        onClick={() => form.set(path, [...items, item.properties ? firstEntry(item, form.root) : ""])}
      >
        Add {/^[A-Z]{2}|[a-z][A-Z]/.test(one) ? one : one.toLowerCase()}
      </button>
    </fieldset>
  );
}

function firstEntry(item: Schema, root: Schema): Values {
  const values: Values = {};
  for (const field of fields(item, root)) {
    const first = widget(field) === "model" && field.required ? options(field)[0] : undefined;
    if (first !== undefined) values[field.name] = first;
  }
  return values;
}

/** A choice between shapes, told apart by the constant of their `type`. */
function Variant({ field, form, path, value, id, error }: Props & { id: string; error: string | undefined }) {
  const variants = (field.schema.oneOf ?? field.schema.anyOf ?? []).map((one) => resolve(one, form.root));
  const tag = (schema: Schema): string =>
    String(schema.properties?.["type"]?.const ?? schema.title ?? schema.type ?? "");
  const current = (value as Values | undefined)?.["type"];
  const chosen = variants.find((one) => tag(one) === current);
  return (
    <fieldset class="field group" id={id} tabIndex={-1}>
      <legend>{label(field)}</legend>
      <Hint id={id} field={field} error={error} />
      <select
        aria-label={`Kind of ${label(field).toLowerCase()}`}
        value={chosen ? tag(chosen) : ""}
        onChange={(event) =>
          form.set(path, event.currentTarget.value ? { type: event.currentTarget.value } : undefined)
        }
      >
        <option value="">none</option>
        {variants.map((one) => (
          <option key={tag(one)} value={tag(one)}>
            {one.title ?? tag(one)}
          </option>
        ))}
      </select>
      {chosen && (
        <Fields form={form} schema={chosen} path={path} values={(value as Values | undefined) ?? {}} without="type" />
      )}
    </fieldset>
  );
}

/** Whether anything is filled in: what an optional group requires, it requires only then. */
function used(value: unknown): boolean {
  if (value == null || value === "") return false;
  return typeof value === "object" ? Object.values(value).some(used) : true;
}

interface FieldsProps {
  form: Form;
  schema: Schema;
  path: Path;
  values: Values;
  without?: string;
  unused?: boolean;
}

export function Fields({ form, schema, path, values, without, unused }: FieldsProps) {
  const list = fields(schema, form.root)
    .filter((field) => field.name !== without)
    .map((field) => (unused ? { ...field, required: false } : field));
  return <FieldList form={form} list={list} path={path} values={values} />;
}

/** Fields in their order; width and height side by side with a way to swap them. */
export function FieldList(props: { form: Form; list: Field[]; path: Path; values: Values; terse?: boolean }) {
  const { form, list, path, values } = props;
  const height = list.find((field) => field.name === "height");
  return (
    <div class={props.terse ? "fields terse" : "fields"}>
      {list.map((field) => {
        if (field.name === "height" && list.some((other) => other.name === "width")) return null;
        const one = (
          <FormField
            key={field.name}
            form={form}
            field={field}
            path={[...path, field.name]}
            value={values[field.name]}
          />
        );
        if (field.name !== "width" || !height) return one;
        return (
          <div class="pair" key="size">
            {one}
            <button
              type="button"
              class="small"
              aria-label="Swap width and height"
              title="Swap"
              onClick={() => {
                const width = values["width"] ?? field.schema.default;
                form.set([...path, "width"], values["height"] ?? height.schema.default);
                form.set([...path, "height"], width);
              }}
            >
              ⇄
            </button>
            <FormField form={form} field={height} path={[...path, "height"]} value={values["height"]} />
          </div>
        );
      })}
    </div>
  );
}
