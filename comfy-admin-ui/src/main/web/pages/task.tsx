import { useEffect, useState } from "preact/hooks";
import { cancelTask, deleteResult, runAgain } from "../acts.tsx";
import type { Attempt, Picture, Task, TaskDetail, TimelineEntry } from "../api.ts";
import { navigate } from "../app/navigation.ts";
import { path } from "../app/route.ts";
import { explain } from "../explain.ts";
import { bytes, clockTime, duration, host, plural } from "../format.ts";
import { because, get, Problem, Unanswered } from "../live/http.ts";
import { store, useTask, useTopics } from "../live/live.ts";
import { useTaskDetail } from "../live/pages.ts";
import { isTerminal } from "../live/store.ts";
import { Act, Bar, Chip, Empty, fit, Skeleton, usePageTitle, useTick, When } from "../ui/bits.tsx";
import { Copy, curl } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Preview } from "../ui/preview.tsx";
import { Facts, NodeLink, named } from "../ui/rows.tsx";
import { fraction, ran, taskLabel, taskSentence } from "../words.ts";

export function TaskPage({ id }: { id: string }) {
  const task = useTask(id);
  usePageTitle(task ? `#${task.number} ${taskLabel(task).word.toLowerCase()} - Tasks` : "Task");
  return (
    <article class="task-page">
      <p class="crumb">
        <a href={path("tasks")}>Tasks</a>
      </p>
      <h1 tabIndex={-1}>{task ? `#${task.number}` : "Task"}</h1>
      <TaskView id={id} gone={() => navigate(path("tasks"))} />
    </article>
  );
}

export function TaskDrawer({ id, close }: { id: string; close: () => void }) {
  const task = useTask(id);
  return (
    <Dialog kind="drawer" title={task ? `Task #${task.number}` : "Task"} close={close}>
      <div class="body">
        <TaskView id={id} gone={close} />
      </div>
    </Dialog>
  );
}

function TaskView({ id, gone }: { id: string; gone: () => void }) {
  const live = useTask(id);
  useTopics("loaded");
  const { task: detail, problem } = useTaskDetail<TaskDetail>(id, live);
  const task: Task | null = live ?? detail;
  // Together, with the names of the nodes, so that what is known first is not moved by what is known next.
  if (!task || !store.loaded || (!detail && !problem)) {
    if (problem instanceof Problem && (problem.status === 404 || problem.status === 410)) {
      const kept = store.session?.limits?.history;
      return (
        <Empty title={problem.status === 410 ? "This task is gone." : "There is no such task."}>
          <p>
            {problem.detail ||
              (kept ? `The router keeps the last ${kept} results.` : "The router keeps only the newest results.")}
          </p>
          <a class="button" href={path("tasks")}>
            Tasks
          </a>
        </Empty>
      );
    }
    if (problem) return <p class="problem">{because("The task could not be read", problem)}</p>;
    return <Skeleton rows={6} label="Loading the task…" />;
  }
  const ended = isTerminal(task);
  const seconds = ran(task, store.now());
  return (
    <div class="task">
      <p class="lead">
        <Chip label={taskLabel(task)} />
        <span>{task.type}</span>
        {task.node && <NodeLink url={task.node} />}
        {task.attempts > 1 && <span class="dim">{plural(task.attempts, "attempt")}</span>}
        {/* What grows by itself is last, and alone: it would push what follows. */}
        {seconds != null && <Ran task={task} />}
        {task.status !== "running" && (
          <span class="dim">
            <When at={task.createdAt} />
          </span>
        )}
      </p>
      {task.prompt && <p class="prompt-text">{task.prompt}</p>}
      {!ended && (
        <p class="progress-line">
          {task.status === "running" && <Bar value={fraction(task)} label={`Progress of #${task.number}`} />}
          <span>{named(taskSentence(task))}</span>
        </p>
      )}
      {task.status === "error" && task.error && (
        <div class="failure">
          <p>{explain(task.error)}</p>
          <p class="bad-text">{named(task.error.message)}</p>
          {detail?.error?.details != null && (
            <details>
              <summary>What ComfyUI said</summary>
              <pre>
                {typeof detail.error.details === "string"
                  ? detail.error.details
                  : JSON.stringify(detail.error.details, null, 2)}
              </pre>
            </details>
          )}
        </div>
      )}
      {task.warnings?.map((warning) => (
        <p key={warning} class="warning">
          {warning}
        </p>
      ))}
      <div class="acts">
        {!ended ? (
          <Act doing="Cancelling…" disabled={task.cancelRequested} run={() => cancelTask(task)}>
            {task.cancelRequested ? "Cancelling…" : "Cancel"}
          </Act>
        ) : (
          <Act
            kind="main"
            doing="Queueing…"
            run={async () => {
              const next = await runAgain(task);
              if (next) navigate(path("tasks", next.id));
            }}
          >
            Run again
          </Act>
        )}
        {task.type !== "Graph" && (
          <a class="button" href={`${path("playground")}?from=${encodeURIComponent(id)}`}>
            Edit and run
          </a>
        )}
        {detail && (
          <Copy
            text={() =>
              curl("POST", "/workflow", store.session?.user ?? "", { type: task.type, params: detail.params })
            }
          >
            Copy as curl
          </Copy>
        )}
        <span class="gap" />
        {ended && (
          <button type="button" class="danger" onClick={() => deleteResult(task, gone)}>
            Delete…
          </button>
        )}
      </div>
      <div class={pictured(task) ? "split pictured" : "split"}>
        {task.status === "running" && (
          <div class="stage">
            <Preview task={task} size={512} />
          </div>
        )}
        {task.status === "done" && <Results id={id} files={detail?.files ?? task.images} task={task} />}
        <div class="told">
          {detail?.timeline && detail.timeline.length > 0 && <Timeline entries={detail.timeline} ended={ended} />}
          {detail?.attemptList && detail.attemptList.length > 0 && <Attempts attempts={detail.attemptList} />}
          {detail && <Parameters detail={detail} />}
          <Graph id={id} />
        </div>
      </div>
    </div>
  );
}

/** Whether there is a picture beside which the rest may stand. */
function pictured(task: Task): boolean {
  return task.status === "running" || (task.status === "done" && task.images.length > 0);
}

function Ran({ task }: { task: Task }) {
  const seconds = ran(task, useTick());
  return (
    <span class="dim">
      {task.finishedAt ? `took ${duration(seconds)}` : `runs for ${duration(Math.floor(seconds ?? 0))}`}
    </span>
  );
}

function Results({ id, files, task }: { id: string; files: Picture[]; task: Task }) {
  const images = files.filter((file) => !file.contentType || file.contentType.startsWith("image/"));
  const others = files.filter((file) => file.contentType && !file.contentType.startsWith("image/"));
  if (files.length === 0) return <p class="dim">It left no files.</p>;
  return (
    <section>
      <h2 class="unseen">Result</h2>
      <div class={images.length > 1 ? "results many" : "results"}>
        {images.map((picture, n) => (
          <figure key={picture.url}>
            <a href={path("gallery", id, n)} data-over="">
              <img
                src={new URL(picture.url, location.origin).href}
                width={picture.width ?? 512}
                height={picture.height ?? 512}
                style={fit(picture)}
                loading="lazy"
                decoding="async"
                alt={`Result ${n + 1} of #${task.number}${task.prompt ? `: ${task.prompt}` : ""}`}
              />
            </a>
            <figcaption>
              {picture.width && picture.height ? `${picture.width} × ${picture.height}, ` : ""}
              {picture.bytes != null ? bytes(picture.bytes) : ""}{" "}
              <a href={picture.url} download={picture.name ?? `${task.number}-${n}`}>
                Download
              </a>
            </figcaption>
          </figure>
        ))}
      </div>
      {others.length > 0 && (
        <ul class="plain-list">
          {others.map((file) => (
            <li key={file.url}>
              <a href={file.url} download={file.name ?? ""}>
                {file.name ?? file.url}
              </a>{" "}
              <span class="dim">
                {file.contentType}, {bytes(file.bytes)}
              </span>
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}

const STEPS: Record<string, string> = {
  accepted: "Queued",
  preparing: "Fetching files",
  ready: "Waiting for a node",
  submitting: "Being sent",
  submitted: "Sent",
  running: "Running",
  collecting: "Fetching the result",
  backoff: "Waiting before the next try",
  cancelling: "Being cancelled",
  done: "Done",
  error: "Failed",
  cancelled: "Cancelled",
};

/** How a step and its node are put together. */
const WHERE: Record<string, string> = { submitting: "to", submitted: "to", collecting: "from" };

function Timeline({ entries, ended }: { entries: TimelineEntry[]; ended: boolean }) {
  const now = useTick();
  return (
    <section>
      <h2>Timeline</h2>
      <ol class="timeline">
        {entries.map((entry, index) => {
          const next = entries[index + 1];
          const last = next === undefined;
          const until = next ? Date.parse(next.at) : now;
          const seconds = (until - Date.parse(entry.at)) / 1000;
          return (
            <li key={`${entry.at} ${entry.state} ${index}`} class={last && !ended ? "current" : ""}>
              <span class="clock">{clockTime(Date.parse(entry.at))}</span>
              <span>
                {STEPS[entry.state] ?? entry.state}
                {entry.node && entry.state !== "done"
                  ? ` ${WHERE[entry.state] ?? "on"} ${host(named(entry.node))}`
                  : ""}
                {entry.attempt != null && entry.attempt > 1 ? `, attempt ${entry.attempt}` : ""}
                {entry.note ? <span class="dim">. {named(entry.note)}</span> : null}
              </span>
              <span class="took">{last && ended ? "" : duration(last ? Math.floor(seconds) : seconds)}</span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}

function Attempts({ attempts }: { attempts: Attempt[] }) {
  if (attempts.length < 2 && !attempts[0]?.error) return null;
  return (
    <section>
      <h2>Attempts</h2>
      <ol class="plain-list">
        {attempts.map((attempt) => (
          <li key={attempt.number}>
            <span>
              {attempt.number} on <NodeLink url={attempt.node} />: {attempt.outcome ?? "runs"}
              {attempt.error && attempt.error !== attempt.outcome ? (
                <span class="dim">, {named(attempt.error)}</span>
              ) : null}
            </span>
          </li>
        ))}
      </ol>
    </section>
  );
}

function Parameters({ detail }: { detail: TaskDetail }) {
  const rows = Object.entries(detail.params).filter(([name]) => name !== "workflow" && name !== "prompt");
  const seed = detail.params["seed"] ?? detail.seed;
  return (
    <section>
      <h2>
        Parameters{" "}
        <Copy small text={() => JSON.stringify({ type: detail.type, params: detail.params }, null, 2)}>
          Copy JSON
        </Copy>
      </h2>
      <Facts
        rows={[
          ...(seed == null || "seed" in detail.params
            ? []
            : ([["seed", <code key="s">{String(seed)}</code>]] as [string, preact.JSX.Element][])),
          ...rows.map(([name, value]): [string, preact.JSX.Element] => [name, <code key={name}>{show(value)}</code>]),
        ]}
      />
      {(detail.retryOf || detail.retriedBy) && (
        <p class="dim">
          {detail.retryOf && (
            <>
              Runs <a href={path("tasks", detail.retryOf)}>an earlier task</a> again.{" "}
            </>
          )}
          {detail.retriedBy && (
            <>
              Was <a href={path("tasks", detail.retriedBy)}>run again</a>.
            </>
          )}
        </p>
      )}
    </section>
  );
}

function show(value: unknown): string {
  if (value === "") return "(empty)";
  if (typeof value === "string") return value;
  if (value === null || typeof value !== "object") return String(value);
  return JSON.stringify(value, null, 1).replace(/\s*\n\s*/g, " ");
}

/** The exact graph of the last attempt: read only when somebody opens it. */
function Graph({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const [text, setText] = useState("");
  const [problem, setProblem] = useState("");
  useEffect(() => {
    if (!open || text) return;
    get<unknown>(`/workflow/${id}/graph`).then(
      (graph) => setText(JSON.stringify(graph, null, 2)),
      (error) =>
        setProblem(
          error instanceof Unanswered || !(error instanceof Problem) || (error.status !== 404 && error.status !== 409)
            ? because("The graph could not be read", error)
            : "It has not been sent to a node yet.",
        ),
    );
  }, [open, text, id]);
  return (
    <details class="graph" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>The ComfyUI prompt of the last attempt</summary>
      {problem ? (
        <p class="dim">{problem}</p>
      ) : text ? (
        <>
          <Copy small text={() => text}>
            Copy JSON
          </Copy>
          <pre>{text}</pre>
        </>
      ) : (
        <p class="dim">Loading…</p>
      )}
    </details>
  );
}
