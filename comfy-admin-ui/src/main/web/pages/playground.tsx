import { useCallback, useEffect, useMemo, useRef, useState } from "preact/hooks";
import { cancelTask } from "../acts.tsx";
import type { Accepted, Task, TaskDetail, WorkflowType } from "../api.ts";
import { setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { explain } from "../explain.ts";
import { duration } from "../format.ts";
import { because, call, get, Problem } from "../live/http.ts";
import { store, useTask, useTopics } from "../live/live.ts";
import { useTaskDetail } from "../live/pages.ts";
import { isTerminal } from "../live/store.ts";
import { change, fromParams, groups, label, NotJson, params, resolve, start, type Values } from "../schema.ts";
import { Act, Bar, Chip, Empty, fit, Skeleton, usePageTitle, useTick } from "../ui/bits.tsx";
import { Copy, curl } from "../ui/copy.tsx";
import { Choice } from "../ui/filters.tsx";
import { FieldList, type Form, fieldId, type Path } from "../ui/form.tsx";
import { readPicture } from "../ui/image-field.tsx";
import { Preview } from "../ui/preview.tsx";
import { NodeLink } from "../ui/rows.tsx";
import { fraction, ran, taskLabel, taskSentence } from "../words.ts";
import { addNodes } from "./add-nodes.tsx";

const DRAFTS = "comfy-router-drafts";

/** What was typed, by type: it outlives the page, and a reload after signing in again. */
const drafts = new Map<string, Values>(load());
const ranHere: string[] = [];

function load(): [string, Values][] {
  try {
    return Object.entries(JSON.parse(sessionStorage.getItem(DRAFTS) ?? "{}") as Record<string, Values>);
  } catch {
    return [];
  }
}

addEventListener("pagehide", () => {
  const kept = Object.fromEntries([...drafts].map(([type, values]) => [type, withoutPictures(values)]));
  try {
    sessionStorage.setItem(DRAFTS, JSON.stringify(kept));
  } catch {
    // Nothing is lost but the draft.
  }
});

function withoutPictures(values: Values): Values {
  return JSON.parse(
    JSON.stringify(values, (_, value) =>
      value && typeof value === "object" && (value as Values)["type"] === "base64" ? undefined : value,
    ),
  ) as Values;
}

let known: WorkflowType[] | null = null;

export function Playground({ route }: { route: Route }) {
  usePageTitle("Playground");
  useTopics("loaded");
  const [types, setTypes] = useState(known);
  const [problem, setProblem] = useState<unknown>(null);
  const [round, setRound] = useState(0);
  useEffect(() => {
    let gone = false;
    get<{ types: WorkflowType[] }>("/workflow-types").then(
      (answer) => {
        known = answer.types;
        if (!gone) setTypes(answer.types);
      },
      (error) => !gone && setProblem(error),
    );
    return () => {
      gone = true;
    };
  }, [round]);
  const wanted = route.query.get("type");
  const type = types?.find((one) => one.type === wanted) ?? types?.[0];
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Playground</h1>
      </div>
      {/* With the nodes: that there are none stands above the fields, and would push them down. */}
      {!types || !store.loaded ? (
        problem ? (
          <Empty title="The workflow types could not be read.">
            <p class="problem">{because("Not read", problem)}</p>
            <button
              type="button"
              onClick={() => {
                setProblem(null);
                setRound(round + 1);
              }}
            >
              Try again
            </button>
          </Empty>
        ) : (
          <Skeleton rows={8} label="Loading the form…" />
        )
      ) : type ? (
        <Bench
          key={type.type}
          types={types}
          type={type}
          from={route.query.get("from")}
          input={route.query.get("input")}
        />
      ) : (
        <Empty title="The router offers no workflow types." />
      )}
    </>
  );
}

interface BenchProps {
  types: WorkflowType[];
  type: WorkflowType;
  /** A task whose parameters are taken over. */
  from: string | null;
  /** A picture of the router that becomes the input image. */
  input: string | null;
}

function Bench({ types, type, from, input }: BenchProps) {
  useTopics("loaded", "nodes");
  const [values, setValues] = useState<Values>(() => drafts.get(type.type) ?? start(type.type, type.schema));
  const [errors, setErrors] = useState<ReadonlyMap<string, string>>(new Map());
  const [refusal, setRefusal] = useState("");
  const [sending, setSending] = useState(false);
  const [current, setCurrent] = useState<string | null>(ranHere[0] ?? null);
  const formElement = useRef<HTMLFormElement>(null);
  const layout = useMemo(() => groups(type.schema), [type]);

  const put = useCallback(
    (next: Values) => {
      drafts.set(type.type, next);
      setValues(next);
    },
    [type],
  );
  const latest = useRef(values);
  latest.current = values;
  const set = useCallback(
    (path: Path, value: unknown) => {
      latest.current = change(latest.current, path, value) as Values;
      put(latest.current);
      setErrors((before) => (before.size === 0 ? before : new Map()));
    },
    [put],
  );

  useEffect(() => {
    if (!from) return;
    let gone = false;
    get<TaskDetail>(`/workflow/${encodeURIComponent(from)}`).then(
      (task) => {
        if (gone) return;
        const taken = fromParams(task.params);
        drafts.set(task.type, taken);
        setQuery({ from: null, type: task.type });
        if (task.type === type.type) put(taken);
      },
      (error) => !gone && setRefusal(because("The task could not be read", error)),
    );
    return () => {
      gone = true;
    };
  }, [from, type, put]);

  useEffect(() => {
    if (!input?.startsWith("/workflow/")) return;
    let gone = false;
    fetch(new URL(input, location.origin), { headers: { "X-Comfy-Router-Page": "1" } })
      .then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Error(`the router answered ${answer.status}`))))
      .then((blob) => readPicture(new File([blob], "result", { type: blob.type })))
      .then(
        (picture) => {
          if (gone) return;
          set(["input_image"], picture);
          setQuery({ input: null });
        },
        (error) => !gone && setRefusal(because("The picture could not be read", error)),
      );
    return () => {
      gone = true;
    };
  }, [input, set]);

  const body = useCallback((): { type: string; params: Values } => {
    return { type: type.type, params: params(type.schema, latest.current) };
  }, [type]);

  const run = async (): Promise<void> => {
    if (sending) return;
    let sent: ReturnType<typeof body>;
    try {
      sent = body();
    } catch (error) {
      if (!(error instanceof NotJson)) throw error;
      setErrors(new Map([[error.pointer, error.message]]));
      setTimeout(() => focusField(error.pointer, formElement.current));
      return;
    }
    setSending(true);
    setRefusal("");
    setErrors(new Map());
    try {
      const accepted = await call<Accepted>("POST", "/workflow", sent, 120_000);
      ranHere.unshift(accepted.id);
      ranHere.splice(12);
      setCurrent(accepted.id);
    } catch (error) {
      if (error instanceof Problem && error.errors.length > 0) {
        const mistakes = new Map(error.errors.map(({ pointer, detail }) => [pointer.replace(/^\/params/, ""), detail]));
        setErrors(mistakes);
        setTimeout(() => focusField(mistakes.keys().next().value ?? "", formElement.current));
      } else if (error instanceof Problem && error.status === 429) {
        const { pending, limit } = store.queue;
        setRefusal(`The queue is full (${Math.max(pending, limit)} of ${limit}). Try again when a task has finished.`);
      } else setRefusal(because("Not sent", error));
    } finally {
      setSending(false);
    }
  };

  const form: Form = { root: type.schema, set, errors };
  const [main, ...folded] = layout;
  const noNodes = store.loaded && store.nodes.size === 0;
  return (
    <div class="bench">
      <form
        ref={formElement}
        method="dialog"
        aria-label={`${type.title ?? type.type} workflow`}
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
        onInvalidCapture={(event) => {
          if (event.target instanceof Element) unfold(event.target);
        }}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            formElement.current?.requestSubmit();
          }
        }}
      >
        <Choice
          name="type"
          label="Workflow"
          value={type.type}
          options={types.map((one): [string, string] => [one.type, one.title ?? one.type])}
          change={(value) => setQuery({ type: value })}
        />
        {noNodes && (
          <p class="warning">
            No nodes yet: a task waits until there is one.{" "}
            <button type="button" class="small" onClick={addNodes}>
              Add nodes…
            </button>
          </p>
        )}
        {main && <FieldList terse form={form} list={main.fields} path={[]} values={values} />}
        {folded.map((group) => {
          const bad = group.fields.some((field) =>
            [...errors.keys()].some((pointer) => pointer.split("/")[1] === field.name),
          );
          const used = group.fields.reduce((sum, field) => {
            const value = values[field.name];
            return sum + (Array.isArray(value) ? value.length : value == null || value === "" ? 0 : 1);
          }, 0);
          return (
            <details key={group.name} class="fold" open={bad || undefined}>
              <summary>
                {group.title} {used > 0 && <span class="dim">({used})</span>}
              </summary>
              <FieldList form={form} list={group.fields} path={[]} values={values} />
            </details>
          );
        })}
        {errors.size > 0 && (
          <div class="problem summary" role="alert">
            <p>{errors.size === 1 ? "One value is wrong:" : `${errors.size} values are wrong:`}</p>
            <ul>
              {[...errors].map(([pointer, detail]) => (
                <li key={pointer}>
                  <button type="button" class="link" onClick={() => focusField(pointer, formElement.current)}>
                    {name(type, pointer)}
                  </button>
                  : {detail}
                </li>
              ))}
            </ul>
          </div>
        )}
        {refusal && (
          <p class="problem" role="alert">
            {refusal}
          </p>
        )}
        <div class="acts run">
          <button type="submit" class="main" aria-disabled={sending ? "true" : undefined}>
            {sending ? "Sending…" : "Run"}
          </button>
          <kbd>Ctrl+Enter</kbd>
          <span class="gap" />
          <Copy text={() => curl("POST", "/workflow", store.session?.user ?? "", safe(body))}>Copy as curl</Copy>
          <Copy text={() => JSON.stringify(safe(body), null, 2)}>Copy JSON</Copy>
          <button
            type="button"
            onClick={() => {
              setErrors(new Map());
              setRefusal("");
              put(start(type.type, type.schema));
            }}
          >
            Reset
          </button>
        </div>
      </form>
      <section class="result" aria-label="Result">
        {current ? <Result id={current} /> : <p class="stage vacant">The picture appears here, step by step.</p>}
        {ranHere.length > 1 && (
          <p class="history">
            <span class="dim">Earlier:</span>{" "}
            {ranHere
              .filter((id) => id !== current)
              .map((id) => (
                <button key={id} type="button" class="link" onClick={() => setCurrent(id)}>
                  #{store.tasks.get(id)?.number ?? "…"}
                </button>
              ))}
          </p>
        )}
      </section>
    </div>
  );
}

function safe(body: () => unknown): unknown {
  try {
    return body();
  } catch {
    return {};
  }
}

/** A field inside something that is folded can neither be seen nor focused. */
function unfold(element: Element): void {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement?.closest("details") ?? null)
    fold.open = true;
}

function focusField(pointer: string, form: HTMLFormElement | null): void {
  let keys = pointer.split("/").slice(1);
  while (keys.length > 0) {
    const element = form?.querySelector<HTMLElement>(`#${CSS.escape(fieldId(keys))}`);
    if (element) {
      unfold(element);
      element.focus();
      return;
    }
    keys = keys.slice(0, -1);
  }
}

function name(type: WorkflowType, pointer: string): string {
  const [first, ...rest] = pointer.split("/").slice(1);
  const property = first === undefined ? undefined : type.schema.properties?.[first];
  if (!property || first === undefined) return pointer.replace(/^\//, "") || "The request";
  const schema = resolve(property, type.schema);
  const title = label({ name: first, schema, required: false, hints: schema["x-ui"] ?? {} });
  return rest.length ? `${title} ${rest.map((key) => (/^\d+$/.test(key) ? Number(key) + 1 : key)).join(" ")}` : title;
}

function Result({ id }: { id: string }) {
  const live = useTask(id);
  const { task: detail, problem } = useTaskDetail<TaskDetail>(id, live);
  const task: Task | null = live ?? detail;
  if (!task) {
    return problem ? (
      <p class="problem">{because("The task could not be read", problem)}</p>
    ) : (
      <Skeleton rows={4} label="Loading the task…" />
    );
  }
  const images = (detail?.files ?? task.images).filter(
    (file) => !file.contentType || file.contentType.startsWith("image/"),
  );
  return (
    <>
      <p class="lead" role="status">
        <a href={path("tasks", id)} data-over="">
          #{task.number}
        </a>
        <Chip label={taskLabel(task)} />
        <NodeLink url={task.node} />
        <Took task={task} />
      </p>
      <div class="stage">
        {task.status === "done" && images.length > 0 ? (
          images.slice(0, 4).map((picture, n) => (
            <a key={picture.url} href={path("gallery", id, n)} data-over="">
              <img
                src={new URL(picture.url, location.origin).href}
                width={picture.width ?? 512}
                height={picture.height ?? 512}
                style={fit(picture)}
                decoding="async"
                alt={`Result ${n + 1} of #${task.number}`}
              />
            </a>
          ))
        ) : task.status === "running" ? (
          <Preview task={task} size={512} />
        ) : task.status === "error" && task.error ? (
          <div class="failure">
            <p>{explain(task.error)}</p>
            <p class="bad-text">{task.error.message}</p>
          </div>
        ) : (
          <div class="preview waiting">
            <span class="none">{taskSentence(task)}</span>
          </div>
        )}
      </div>
      {task.status === "running" && (
        <p class="progress-line">
          <Bar value={fraction(task)} label={`Progress of #${task.number}`} />
          <span>{taskSentence(task)}</span>
        </p>
      )}
      {task.seed != null && task.status === "done" && (
        <p class="dim">
          seed <code>{String(task.seed)}</code>
        </p>
      )}
      <div class="acts">
        {!isTerminal(task) && (
          <Act doing="Cancelling…" disabled={task.cancelRequested} run={() => cancelTask(task)}>
            {task.cancelRequested ? "Cancelling…" : "Cancel"}
          </Act>
        )}
        <a class="button" href={path("tasks", id)} data-over="">
          Open task
        </a>
        {images[0] && task.status === "done" && (
          <a class="button" href={images[0].url} download={images[0].name ?? ""}>
            Download
          </a>
        )}
      </div>
    </>
  );
}

function Took({ task }: { task: Task }) {
  const now = useTick();
  const seconds = ran(task, now);
  if (seconds === null) return null;
  return <span class="dim">{duration(task.finishedAt ? seconds : Math.floor(seconds))}</span>;
}
