import type { Accepted, Bulk, ClusterNode, Task } from "./api.ts";
import { navigate } from "./app/navigation.ts";
import { path } from "./app/route.ts";
import { plural, reason } from "./format.ts";
import { because, call, Problem, post, query, remove } from "./live/http.ts";
import { store } from "./live/live.ts";
import { ask } from "./ui/dialog.tsx";
import { fail, say } from "./ui/toast.tsx";
import { nodeName, TASK_WORDS } from "./words.ts";

/** What an operator can do to tasks and nodes, and how much each asks before it does it: by what it costs. */

export async function cancelTask(task: Task): Promise<void> {
  try {
    const running = task.status === "running";
    const after = await remove<Task | null>(`/workflow/${task.id}`);
    if (after?.id) store.mergeTask(after);
    if (running) say(`Cancelling #${task.number}`);
    else say(`Cancelled #${task.number}`, { name: "Run again", run: () => void runAgain(task) });
  } catch (error) {
    fail(because(`#${task.number} is not cancelled`, error));
  }
}

export async function runAgain(task: Task): Promise<Accepted | null> {
  try {
    const next = await post<Accepted>(`/workflow/${task.id}/retry`);
    say(`Queued again as #${next.number}`, { name: "Open", run: () => navigate(path("tasks", next.id)) });
    return next;
  } catch (error) {
    fail(because(`#${task.number} is not run again`, error));
    return null;
  }
}

export function deleteResult(task: Task, then: () => void): void {
  ask({
    title: `Delete #${task.number} and its result?`,
    body: <p>{plural(task.imageCount, "picture")} will be gone. This cannot be undone.</p>,
    failed: "Not deleted",
    ways: [
      {
        name: `Delete #${task.number}`,
        doing: "Deleting…",
        danger: true,
        run: async () => {
          await remove(`/workflow/${task.id}`);
          store.removeTask(task.id);
          say(`Deleted #${task.number}`);
          then();
        },
      },
    ],
  });
}

export interface TaskFilter {
  status?: string | null;
  type?: string | null;
  node?: string | null;
  q?: string | null;
  ids?: string[];
}

/** Asks the router how many tasks an act would touch, shows three of them, and only then does it. */
export async function cancelMany(filter: TaskFilter, described: string): Promise<void> {
  let dry: Bulk;
  try {
    dry = await post<Bulk>("/workflow:cancel", { ...clean(filter), dryRun: true });
  } catch (error) {
    fail(because("The tasks could not be counted", error));
    return;
  }
  if (dry.matched === 0) {
    say("No task that waits or runs is among them");
    return;
  }
  ask({
    title: `Cancel ${plural(dry.matched, "task")}?`,
    body: (
      <>
        <p>{described} Running tasks lose the work done so far.</p>
        {(dry.samples?.length ?? 0) > 0 && (
          <ul class="samples">
            {dry.samples?.map((sample) => (
              <li key={sample.id}>
                <span class="number">#{sample.number}</span> {TASK_WORDS[sample.status]?.word ?? sample.status}{" "}
                {sample.type} <span class="dim">{sample.prompt}</span>
              </li>
            ))}
            {dry.matched > (dry.samples?.length ?? 0) && (
              <li class="dim">and {dry.matched - (dry.samples?.length ?? 0)} more</li>
            )}
          </ul>
        )}
      </>
    ),
    ...(dry.matched > 100 ? { type: dry.matched } : {}),
    failed: "Not cancelled",
    ways: [
      {
        name: `Cancel ${plural(dry.matched, "task")}`,
        doing: "Cancelling…",
        danger: true,
        run: async () => {
          const done = await post<Bulk>("/workflow:cancel", { ...clean(filter), dryRun: false });
          const already = done.already ? `, ${done.already} had ended already` : "";
          say(`Cancelled ${plural(done.cancelled ?? done.matched, "task")}${already}`);
        },
      },
    ],
  });
}

function clean(filter: TaskFilter): Record<string, unknown> {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value != null && value !== ""));
}

async function nodeAct(node: ClusterNode, act: string): Promise<ClusterNode | null> {
  const after = await post<ClusterNode | null>(`/cluster/nodes/${node.id}/${act}`);
  if (after?.id) store.mergeNode(after);
  return after;
}

export async function drain(node: ClusterNode): Promise<void> {
  try {
    const after = await nodeAct(node, "drain");
    // What it is now counts: it may have got work since it was drawn.
    const works = (after ?? node).status === "busy" || store.runningOn(node.url).length > 0;
    say(works ? `Draining ${nodeName(node)}: it gets no new work` : `Drained ${nodeName(node)}, safe to stop`, {
      name: "Undo",
      run: () => void resume(node),
    });
  } catch (error) {
    fail(because(`${nodeName(node)} is not drained`, error));
  }
}

export async function resume(node: ClusterNode): Promise<void> {
  try {
    await nodeAct(node, "resume");
    const undo = node.admission === "draining" ? { name: "Undo", run: () => void drain(node) } : null;
    say(`${nodeName(node)} gets work again`, undo);
  } catch (error) {
    fail(because(`${nodeName(node)} is not resumed`, error));
  }
}

export async function checkNode(node: ClusterNode): Promise<void> {
  try {
    const after = await nodeAct(node, "check");
    if (after?.status === "offline")
      fail(`${nodeName(node)} does not answer: ${after.lastError ? reason(after.lastError) : "no reason given"}`);
    else say(`${nodeName(node)} answers`);
  } catch (error) {
    fail(because(`${nodeName(node)} is not checked`, error));
  }
}

export async function freeNode(node: ClusterNode): Promise<void> {
  try {
    await nodeAct(node, "free");
    say(`Asked ${nodeName(node)} to free its memory`);
  } catch (error) {
    fail(because(`The memory of ${nodeName(node)} is not freed`, error));
  }
}

async function removeNow(node: ClusterNode, mode: "drain" | "now" | null): Promise<void> {
  const after = await remove<ClusterNode | null>(`/cluster/nodes/${node.id}${query({ mode })}`);
  if (after?.id) store.mergeNode(after);
  else store.removeNode(node.id);
}

export function removeNode(node: ClusterNode, then: () => void = () => {}): void {
  const name = nodeName(node);
  const tasks = store.runningOn(node.url);
  if (tasks.length === 0) {
    ask({
      title: `Remove ${name}?`,
      body: <p>The router stops sending it work. ComfyUI itself keeps running, and the node can be added again.</p>,
      failed: "Not removed",
      ways: [
        {
          name: `Remove ${name}`,
          doing: "Removing…",
          danger: true,
          run: async () => {
            try {
              await removeNow(node, null);
              say(`Removed ${name}`);
              then();
            } catch (error) {
              if (!(error instanceof Problem && error.status === 409)) throw error;
              // The world has changed meanwhile: ask again with what is true now.
              const running = error.detail || "It has work now.";
              setTimeout(() => askBusy(node, running, then));
            }
          },
        },
      ],
    });
    return;
  }
  askBusy(node, `It runs ${tasks.map((task) => `#${task.number}`).join(", ")}.`, then);
}

function askBusy(node: ClusterNode, reason: string, then: () => void): void {
  const name = nodeName(node);
  const tasks = store.runningOn(node.url);
  const numbers = tasks.map((task) => `#${task.number}`).join(", ");
  ask({
    title: `Remove ${name}?`,
    body: (
      <>
        <p>{reason}</p>
        <p class="dim">
          Draining lets it finish first. Removed now, {numbers ? `${numbers} starts again` : "its work starts again"}{" "}
          elsewhere and loses what was done.
        </p>
      </>
    ),
    failed: "Not removed",
    ways: [
      {
        name: "Remove now",
        doing: "Removing…",
        danger: true,
        run: async () => {
          await removeNow(node, "now");
          say(`Removed ${name}`);
          then();
        },
      },
      {
        name: "Drain, then remove",
        doing: "Draining…",
        run: async () => {
          await removeNow(node, "drain");
          say(`${name} finishes its work and is then removed`);
          then();
        },
      },
    ],
  });
}

export function removeNodes(nodes: ClusterNode[], then: () => void): void {
  const [only] = nodes;
  if (nodes.length === 1 && only) {
    removeNode(only, then);
    return;
  }
  const busy = nodes.filter((node) => store.runningOn(node.url).length > 0);
  ask({
    title: `Remove ${plural(nodes.length, "node")}?`,
    body: (
      <p>
        {busy.length === 0
          ? "The router stops sending them work."
          : `${plural(busy.length, "node")} of them ${busy.length === 1 ? "has" : "have"} work: they finish it first.`}
      </p>
    ),
    ...(nodes.length > 100 ? { type: nodes.length } : {}),
    failed: "Not all removed",
    ways: [
      {
        name: `Remove ${plural(nodes.length, "node")}`,
        doing: "Removing…",
        danger: true,
        run: async () => {
          await each(nodes, (node) => removeNow(node, "drain"));
          say(busy.length ? `Removed, ${busy.length} after their work` : `Removed ${plural(nodes.length, "node")}`);
          then();
        },
      },
    ],
  });
}

/** Four at a time: browsers allow six connections, one of which is the stream. */
async function each<T>(items: T[], run: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const failures: unknown[] = [];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) {
      try {
        await run(item);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all([worker(), worker(), worker(), worker()]);
  if (failures.length > 0) throw failures[0];
}

export async function setAdmission(nodes: ClusterNode[], act: "drain" | "resume"): Promise<void> {
  const [only] = nodes;
  if (nodes.length === 1 && only) return act === "drain" ? drain(only) : resume(only);
  try {
    await each(nodes, async (node) => {
      await nodeAct(node, act);
    });
    const other = act === "drain" ? "resume" : "drain";
    say(`${act === "drain" ? "Draining" : "Resumed"} ${plural(nodes.length, "node")}`, {
      name: "Undo",
      run: () => void setAdmission(nodes, other),
    });
  } catch (error) {
    fail(because(act === "drain" ? "Not all are drained" : "Not all are resumed", error));
  }
}

export async function runAgainMany(tasks: Task[]): Promise<void> {
  try {
    let queued = 0;
    await each(tasks, async (task) => {
      await call("POST", `/workflow/${task.id}/retry`, {});
      queued += 1;
    });
    say(`Queued ${plural(queued, "task")} again`);
  } catch (error) {
    fail(because("Not all were queued again", error));
  }
}
