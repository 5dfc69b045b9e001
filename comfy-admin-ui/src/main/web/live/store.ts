import type {
  CacheTotals,
  ClusterNode,
  Counts,
  Delta,
  Download,
  LastHour,
  Queue,
  Session,
  Snapshot,
  Task,
} from "../api.ts";

/** Fields whose change moves no row: they redraw their own row and nothing else. */
const LIVE = new Set([
  "v",
  "progress",
  "step",
  "steps",
  "phase",
  "preview",
  "etaSeconds",
  "devices",
  "minutes",
  "lastCheckAt",
]);

const TERMINAL = new Set(["done", "error", "cancelled"]);

/** Finished tasks beyond this are forgotten here (the server still has them). */
const MOST_TASKS = 20_000;

export interface Finished {
  done: number;
  failed: number;
  cancelled: number;
}

type Versioned = { id: string; v: number };

/**
 * What the page knows of the router. Objects are replaced, never changed; a change wakes the listeners of its own topic
 * (`task:<id>`), and of the list (`tasks`) only when a row may have to move. Listeners run once per frame.
 */
export class Store {
  readonly nodes = new Map<string, ClusterNode>();
  readonly tasks = new Map<string, Task>();
  readonly downloads = new Map<string, Download>();
  queue: Queue = { pending: 0, running: 0, limit: 0, oldestPendingAt: null };
  counts: Counts = { pending: 0, running: 0, done: 0, error: 0, cancelled: 0 };
  cache: CacheTotals = { bytes: 0, limit: 0, rate: 0 };
  lastHour: LastHour = { done: 0, failed: 0, perMinute: [], p50: null, p95: null };
  session: Session | null = null;
  loaded = false;
  /** Grows with every snapshot: lists that read pages themselves read them again. */
  generation = 0;
  /** Server clock minus ours, in milliseconds. */
  skew = 0;

  readonly #listeners = new Map<string, Set<() => void>>();
  readonly #dirty = new Set<string>();
  readonly #running = new Map<string, Set<string>>();
  readonly #byUrl = new Map<string, string>();
  #finished: Finished = { done: 0, failed: 0, cancelled: 0 };
  #loadedAt = Infinity;
  #scheduled = false;
  readonly #schedule: (run: () => void) => void;

  constructor(schedule: (run: () => void) => void) {
    this.#schedule = schedule;
  }

  listen(topic: string, listener: () => void): () => void {
    let listeners = this.#listeners.get(topic);
    if (!listeners) {
      listeners = new Set();
      this.#listeners.set(topic, listeners);
    }
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0) this.#listeners.delete(topic);
    };
  }

  touch(topic: string): void {
    this.#dirty.add(topic);
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#schedule(() => this.flush());
  }

  flush(): void {
    this.#scheduled = false;
    const topics = [...this.#dirty];
    this.#dirty.clear();
    for (const topic of topics) for (const listener of [...(this.#listeners.get(topic) ?? [])]) listener();
  }

  now(): number {
    return Date.now() + this.skew;
  }

  /** Takes a whole snapshot: what is not in it is gone. */
  replace(snapshot: Snapshot): void {
    this.skew = Date.parse(snapshot.now) - Date.now();
    this.#retain("n", this.nodes, snapshot.nodes);
    this.#retain("d", this.downloads, snapshot.downloads);
    this.#retain("t", this.tasks, snapshot.tasks);
    this.generation += 1;
    const first = !this.loaded;
    this.loaded = true;
    this.apply({
      n: snapshot.nodes,
      t: snapshot.tasks,
      d: snapshot.downloads,
      queue: snapshot.queue,
      counts: snapshot.counts,
      cache: snapshot.cache,
      lastHour: snapshot.lastHour,
    });
    if (first) {
      this.#loadedAt = Date.parse(snapshot.now);
      this.#finished = { done: 0, failed: 0, cancelled: 0 };
    }
    for (const topic of ["loaded", "generation", "nodes", "tasks", "downloads"]) this.touch(topic);
  }

  apply(delta: Delta): void {
    for (const change of delta.n ?? []) this.mergeNode(change);
    for (const change of delta.t ?? []) this.mergeTask(change);
    for (const change of delta.d ?? []) this.#merge("download", "downloads", this.downloads, change);
    for (const key of delta.x ?? []) this.#remove(key.slice(0, 1), key.slice(2));
    for (const part of ["queue", "counts", "cache", "lastHour"] as const) {
      const value = delta[part];
      if (!value) continue;
      Object.assign(this, { [part]: value });
      this.touch(part);
    }
    this.#trim();
  }

  mergeTask(change: Partial<Task> & Versioned): void {
    const before = this.tasks.get(change.id);
    if (!this.#merge("task", "tasks", this.tasks, change)) return;
    const after = this.tasks.get(change.id);
    if (!after) return;
    this.#index(before, after);
    if (TERMINAL.has(after.status) && (before ? !TERMINAL.has(before.status) : this.#isNews(after))) this.#count(after);
  }

  mergeNode(change: Partial<ClusterNode> & Versioned): void {
    this.#merge("node", "nodes", this.nodes, change);
    if (change.url) this.#byUrl.set(change.url, change.id);
  }

  removeNode(id: string): void {
    this.#remove("n", id);
  }

  removeTask(id: string): void {
    this.#remove("t", id);
  }

  /** The tasks that run on a node, lowest number first. */
  runningOn(url: string): Task[] {
    const ids = this.#running.get(url);
    if (!ids) return [];
    const tasks: Task[] = [];
    for (const id of ids) {
      const task = this.tasks.get(id);
      if (task) tasks.push(task);
    }
    return tasks.sort((a, b) => a.number - b.number);
  }

  nodeByUrl(url: string | null): ClusterNode | undefined {
    const id = url ? this.#byUrl.get(url) : undefined;
    return id === undefined ? undefined : this.nodes.get(id);
  }

  /** Whether a task that is first heard of at its end came and went between two deltas. */
  #isNews(task: Task): boolean {
    return task.finishedAt !== null && Date.parse(task.finishedAt) > this.#loadedAt;
  }

  /** How many tasks ended since the last call. */
  takeFinished(): Finished {
    const finished = this.#finished;
    this.#finished = { done: 0, failed: 0, cancelled: 0 };
    return finished;
  }

  #merge<T extends Versioned>(
    topic: string,
    list: string,
    map: Map<string, T>,
    change: Partial<T> & Versioned,
  ): boolean {
    const before = map.get(change.id);
    if (before && change.v <= before.v) return false;
    // A part of an object that is not known can only be late news about one that was removed.
    if (!before && !("createdAt" in change || "url" in change || "name" in change)) return false;
    map.set(change.id, { ...before, ...change } as T);
    this.touch(`${topic}:${change.id}`);
    const moved =
      !before || Object.entries(change).some(([key, value]) => !LIVE.has(key) && !same(value, before[key as keyof T]));
    if (moved) this.touch(list);
    return true;
  }

  #remove(kind: string, id: string): void {
    if (kind === "n") {
      const node = this.nodes.get(id);
      if (!node) return;
      this.nodes.delete(id);
      this.#byUrl.delete(node.url);
      this.touch("nodes");
      this.touch(`node:${id}`);
    } else if (kind === "d" && this.downloads.delete(id)) {
      this.touch("downloads");
      this.touch(`download:${id}`);
    } else if (kind === "t") {
      const task = this.tasks.get(id);
      if (!task) return;
      this.#index(task, undefined);
      this.tasks.delete(id);
      this.touch("tasks");
      this.touch(`task:${id}`);
    }
  }

  #retain<T extends Versioned>(kind: string, map: Map<string, T>, kept: T[]): void {
    const ids = new Set(kept.map((item) => item.id));
    for (const id of [...map.keys()]) if (!ids.has(id)) this.#remove(kind, id);
    // The epoch may be new, and its versions with it: the snapshot wins whatever its numbers.
    for (const item of kept) {
      const before = map.get(item.id);
      if (before) map.set(item.id, { ...before, v: Number.NEGATIVE_INFINITY });
    }
  }

  #index(before: Task | undefined, after: Task | undefined): void {
    const from = before?.status === "running" ? before.node : null;
    const to = after?.status === "running" ? after.node : null;
    if (from === to) return;
    if (from && before) this.#running.get(from)?.delete(before.id);
    if (to && after) {
      let ids = this.#running.get(to);
      if (!ids) {
        ids = new Set();
        this.#running.set(to, ids);
      }
      ids.add(after.id);
    }
    for (const url of [from, to]) {
      const node = this.nodeByUrl(url);
      if (node) this.touch(`node:${node.id}`);
    }
  }

  #count(task: Task): void {
    if (task.status === "done") this.#finished.done += 1;
    else if (task.status === "error") this.#finished.failed += 1;
    else this.#finished.cancelled += 1;
    this.touch("finished");
  }

  #trim(): void {
    if (this.tasks.size <= MOST_TASKS) return;
    const finished = [...this.tasks.values()].filter((task) => TERMINAL.has(task.status));
    finished.sort((a, b) => a.number - b.number);
    for (const task of finished.slice(0, this.tasks.size - MOST_TASKS)) this.#remove("t", task.id);
  }
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  return typeof a === "object" && typeof b === "object" && JSON.stringify(a) === JSON.stringify(b);
}

export function isTerminal(task: Task): boolean {
  return TERMINAL.has(task.status);
}
