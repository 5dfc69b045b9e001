import { useState } from "preact/hooks";
import { cancelMany, cancelTask, runAgain, runAgainMany } from "../acts.tsx";
import type { Task, TaskStatus } from "../api.ts";
import { link, navigate, setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { plural } from "../format.ts";
import { store, useTask, useTopics } from "../live/live.ts";
import { usePagedTasks } from "../live/pages.ts";
import { isTerminal } from "../live/store.ts";
import { Act, Chip, Empty, Skeleton, usePageTitle, When } from "../ui/bits.tsx";
import { Copy } from "../ui/copy.tsx";
import { Choice, PickOne, Search } from "../ui/filters.tsx";
import { type Column, Grid } from "../ui/grid.tsx";
import { NodeLink, TaskProgress } from "../ui/rows.tsx";
import { nodeName, TASK_WORDS, taskLabel } from "../words.ts";

const COLUMNS: Column[] = [
  { name: "number", title: "#" },
  { name: "state", title: "State" },
  { name: "type", title: "Type" },
  { name: "prompt", title: "Prompt" },
  { name: "progress", title: "Progress or reason" },
  { name: "node", title: "Node" },
  { name: "when", title: "When" },
];

const STATES: TaskStatus[] = ["pending", "running", "done", "error", "cancelled"];

export interface Filter {
  state: string;
  type: string;
  node: string;
  q: string;
  from: string;
}

export function readFilter(query: URLSearchParams): Filter {
  const read = (name: string): string => query.get(name) ?? "";
  return { state: read("state"), type: read("type"), node: read("node"), q: read("q"), from: read("from") };
}

/** The router's filter, said again here so that what is known shows at once. */
export function taskMatcher(filter: Filter, nodeUrl: string | undefined): (task: Task) => boolean {
  const states = filter.state ? new Set(filter.state.split(",")) : null;
  const words = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const from = filter.from ? Date.parse(filter.from) : Number.NaN;
  return (task) => {
    if (states && !states.has(task.status)) return false;
    if (filter.type && task.type !== filter.type) return false;
    if (filter.node && task.node !== filter.node && (nodeUrl === undefined || task.node !== nodeUrl)) return false;
    if (!Number.isNaN(from) && Date.parse(task.createdAt) < from) return false;
    if (words.length === 0) return true;
    const text = `#${task.number} ${task.id} ${task.prompt ?? ""} ${task.node ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
}

export function Tasks({ route }: { route: Route }) {
  useTopics("loaded", "tasks", "counts");
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const filter = readFilter(route.query);
  const nodeOfFilter = filter.node ? store.nodes.get(filter.node) : undefined;
  const paged = usePagedTasks({
    status: filter.state,
    type: filter.type,
    node: filter.node,
    q: filter.q,
    from: filter.from,
  });
  const matches = taskMatcher(filter, nodeOfFilter?.url);
  const found: Task[] = [];
  const types = new Set<string>(["SD15", "SDXL", "Flux", "Graph"]);
  for (const task of store.tasks.values()) {
    if (matches(task)) found.push(task);
    types.add(task.type);
  }
  found.sort((a, b) => b.number - a.number);
  const { counts } = store;
  const everything = STATES.reduce((sum, status) => sum + (counts[status] ?? 0), 0);
  const only = filter.type || filter.node || filter.q || filter.from;
  const known = only
    ? paged.total
    : filter.state
      ? filter.state.split(",").reduce((sum, s) => sum + (counts[s as TaskStatus] ?? 0), 0)
      : everything;
  const total = Math.max(found.length, known ?? 0);
  usePageTitle(counts.error && filter.state === "error" ? `${counts.error} failed - Tasks` : "Tasks");
  const chosen = [...selected].flatMap((id) => store.tasks.get(id) ?? []);
  const cancellable = chosen.filter((task) => !isTerminal(task) && !task.cancelRequested);
  const again = chosen.filter(isTerminal);
  const words = [
    filter.state ? (TASK_WORDS[filter.state as TaskStatus]?.word ?? filter.state).toLowerCase() : "",
    filter.type,
  ].filter(Boolean);
  const described =
    `${words.join(" ")} tasks${filter.node ? ` on ${nodeOfFilter ? nodeName(nodeOfFilter) : filter.node}` : ""}${filter.q ? ` that match "${filter.q}"` : ""}`.trim();
  const clear = (): void => setQuery({ state: null, type: null, node: null, q: null, from: null });
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Tasks</h1>
        <Copy text={link}>Copy link</Copy>
        <Act
          kind="danger"
          doing="Counting…"
          disabled={counts.pending === 0}
          run={() => cancelMany({ status: "pending" }, "Every task that waits is cancelled.")}
        >
          Clear queue…
        </Act>
      </div>
      <div class="filters">
        <Search
          value={filter.q}
          label="Filter by number, id, prompt or node"
          change={(value) => setQuery({ q: value })}
        />
        <Choice
          name="state"
          label="State"
          value={filter.state}
          options={[
            ["", "All"],
            ["pending", "Queued", counts.pending],
            ["running", "Running", counts.running],
            ["done", "Done"],
            ["error", "Failed", counts.error],
            ["cancelled", "Cancelled"],
          ]}
          change={(value) => setQuery({ state: value })}
        />
        <PickOne label="Type" value={filter.type} options={types} change={(value) => setQuery({ type: value })} />
        {filter.node && (
          <button type="button" class="small" onClick={() => setQuery({ node: null })}>
            on {nodeOfFilter ? nodeName(nodeOfFilter) : filter.node} <span aria-hidden="true">✕</span>
            <span class="unseen">: drop this filter</span>
          </button>
        )}
        <span class="dim of">
          {only && paged.total === null ? plural(found.length, "task") : plural(total, "task")}
        </span>
      </div>
      {paged.error && (
        <p class="problem" role="alert">
          {paged.error}{" "}
          <button type="button" class="small" onClick={paged.again}>
            Try again
          </button>
        </p>
      )}
      {!store.loaded || (found.length === 0 && paged.loading) ? (
        <Skeleton rows={10} label="Loading tasks…" />
      ) : found.length === 0 && (only || filter.state) ? (
        <Empty title={`No ${described}.`}>
          {filter.node && filter.state === "error" && counts.error > 0 && <p>{counts.error} failed elsewhere.</p>}
          <button type="button" onClick={clear}>
            Clear filter
          </button>
        </Empty>
      ) : found.length === 0 ? (
        <Empty title="No tasks yet.">
          <p>Run a first picture, or send one to the HTTP API.</p>
          <a class="button main" href={path("playground")}>
            Playground
          </a>
        </Empty>
      ) : (
        <Grid
          name="tasks"
          label="Tasks"
          noun="task"
          columns={COLUMNS}
          ids={found.map((task) => task.id)}
          view={JSON.stringify(filter)}
          Row={TaskRow}
          rowName={(id) => `#${store.tasks.get(id)?.number ?? ""}`}
          total={total}
          open={(id) => navigate(path("tasks", id), { over: true })}
          selection={{ ids: selected, change: setSelected }}
          nearEnd={paged.more}
          loadRest={paged.rest}
          onKey={(key, id) => {
            const task = store.tasks.get(id);
            if (!task) return false;
            if (key === "c" && !isTerminal(task)) void cancelTask(task);
            else if (key === "r" && isTerminal(task)) void runAgain(task);
            else return false;
            return true;
          }}
        />
      )}
      {chosen.length > 0 && (
        <div class="selection" role="toolbar" aria-label="Selected tasks">
          <span>{chosen.length} selected</span>
          {total > chosen.length && (counts.pending > 0 || counts.running > 0) && (
            <Act
              doing="Counting…"
              run={() =>
                cancelMany(
                  { status: filter.state, type: filter.type, node: filter.node, q: filter.q },
                  only || filter.state ? `All ${described} that wait or run.` : "All tasks that wait or run.",
                )
              }
            >
              Cancel all that match…
            </Act>
          )}
          <Act disabled={again.length === 0} doing="Queueing…" run={() => runAgainMany(again)}>
            Run again
          </Act>
          <span class="gap" />
          <Act
            kind="danger"
            doing="Counting…"
            disabled={cancellable.length === 0}
            run={() => cancelMany({ ids: cancellable.map((task) => task.id) }, "The selected tasks that wait or run.")}
          >
            Cancel…
          </Act>
          <button type="button" onClick={() => setSelected(new Set())}>
            Clear
          </button>
        </div>
      )}
    </>
  );
}

function TaskRow({ id }: { id: string }) {
  const task = useTask(id);
  if (!task) {
    return (
      <div role="gridcell" class="c-gone">
        no longer kept
      </div>
    );
  }
  return (
    <>
      <div role="gridcell" class="c-number">
        <a href={path("tasks", id)} data-over="" tabIndex={-1}>
          {task.number}
        </a>
      </div>
      <div role="gridcell" class="c-state">
        <Chip label={taskLabel(task)} />
      </div>
      <div role="gridcell" class="c-type">
        {task.type}
      </div>
      <div role="gridcell" class="c-prompt" title={task.prompt ?? ""}>
        {task.prompt ?? <span class="dim">workflow graph</span>}
      </div>
      <div role="gridcell" class="c-progress">
        <TaskProgress task={task} />
      </div>
      <div role="gridcell" class="c-node">
        <NodeLink url={task.node} />
      </div>
      <div role="gridcell" class="c-when">
        <When at={task.finishedAt ?? task.startedAt ?? task.createdAt} short />
      </div>
    </>
  );
}
