import type { ClusterNode, Snapshot, Task } from "../../main/web/api.ts";

/** Objects for tests: whole, with what matters given. */
export function task(given: Partial<Task> & { id: string }): Task {
  return {
    v: 1,
    number: 1,
    type: "SD15",
    status: "pending",
    reason: null,
    position: null,
    etaSeconds: null,
    progress: null,
    phase: null,
    step: null,
    steps: null,
    preview: null,
    images: [],
    imageCount: 0,
    error: null,
    warnings: [],
    node: null,
    attempts: 0,
    cancelRequested: false,
    seed: null,
    prompt: null,
    createdAt: "2026-01-01T00:00:00.000Z",
    startedAt: null,
    finishedAt: null,
    ...given,
  };
}

export function node(given: Partial<ClusterNode> & { id: string }): ClusterNode {
  return {
    v: 1,
    url: `http://${given.id}:8188`,
    name: null,
    labels: [],
    status: "idle",
    busyWith: null,
    admission: "accepting",
    hold: null,
    files: "shared",
    since: "2026-01-01T00:00:00.000Z",
    version: "0.33.0",
    devices: [],
    running: 0,
    foreignPending: 0,
    lastError: null,
    failures: 0,
    doneLastHour: 0,
    minutes: [],
    ...given,
  };
}

export function snapshot(given: Partial<Snapshot> = {}): Snapshot {
  return {
    since: "e1-1",
    now: "2026-01-01T00:00:00.000Z",
    build: "1",
    nodes: [],
    tasks: [],
    downloads: [],
    queue: { pending: 0, running: 0, limit: 25, oldestPendingAt: null },
    counts: { pending: 0, running: 0, done: 0, error: 0, cancelled: 0 },
    cache: { bytes: 0, limit: 1, rate: 0 },
    lastHour: { done: 0, failed: 0, perMinute: [], p50: null, p95: null },
    ...given,
  };
}
