/** The router's JSON as this page reads it. Field names are those of the HTTP API; `v` grows with every change of an object. */

export type TaskStatus = "pending" | "running" | "done" | "error" | "cancelled";
export type Health = "idle" | "busy" | "offline";

export interface Picture {
  url: string;
  name?: string;
  contentType?: string;
  bytes?: number;
  sha256?: string;
  width?: number | null;
  height?: number | null;
}

export interface TaskError {
  class: string | null;
  message: string;
  node: string | null;
  details?: unknown;
}

export interface Task {
  id: string;
  v: number;
  number: number;
  type: string;
  status: TaskStatus;
  reason: string | null;
  position: number | null;
  etaSeconds: [number, number] | null;
  progress: number | null;
  phase: string | null;
  step: number | null;
  steps: number | null;
  preview: string | null;
  images: Picture[];
  imageCount: number;
  error: TaskError | null;
  warnings: string[];
  node: string | null;
  attempts: number;
  cancelRequested: boolean;
  seed: number | string | null;
  prompt: string | null;
  createdAt: string;
  startedAt: string | null;
  finishedAt: string | null;
}

export interface TimelineEntry {
  at: string;
  state: string;
  attempt: number | null;
  node: string | null;
  note: string | null;
}

export interface Attempt {
  number: number;
  node: string | null;
  promptId: string;
  startedAt: string | null;
  endedAt: string | null;
  outcome: string | null;
  error: string | null;
}

export interface TaskDetail extends Task {
  files: Picture[];
  params: Record<string, unknown>;
  timeline?: TimelineEntry[];
  attemptList?: Attempt[];
  retryOf?: string | null;
  retriedBy?: string | null;
  priority?: number;
  maxWait?: string | null;
  maxRun?: string | null;
}

export interface TaskPage {
  tasks: Task[];
  next: string | null;
  total?: number | null;
}

export interface Device {
  name: string;
  vramTotal: number | null;
  vramFree: number | null;
}

export interface Hold {
  kind: string;
  until: string | null;
  reason: string;
}

export type Minute = Health | null;

export interface ClusterNode {
  id: string;
  v: number;
  url: string;
  name: string | null;
  labels: string[];
  status: Health;
  busyWith: "own" | "foreign" | null;
  admission: "accepting" | "draining";
  hold: Hold | null;
  files: "shared" | "own" | "unknown";
  since: string;
  version: string | null;
  devices: Device[];
  running: number;
  foreignPending: number;
  lastError: string | null;
  failures: number;
  doneLastHour?: number;
  minutes?: Minute[];
  lastCheckAt?: string | null;
  removing?: boolean;
  simulated?: boolean;
  /** The id of another node that is the same ComfyUI under another address. */
  sameAs?: string | null;
}

export interface Lack {
  kind: "node" | "model" | "files";
  name: string;
  neededBy: string | null;
}

export interface NodeDetail extends ClusterNode {
  lacks?: Lack[];
  log?: { at: string; text: string }[];
}

export interface CheckResult {
  url: string;
  normalized: string;
  known: string | null;
  ok: boolean;
  version: string | null;
  devices: Device[];
  latencyMs: number | null;
  files: "shared" | "own" | "unknown";
  lacks: Lack[];
  problem: string | null;
}

export interface Download {
  id: string;
  v: number;
  name: string;
  folder: string;
  from: string;
  status: "waiting" | "running" | "failed" | "done" | "cancelled";
  bytes: number;
  size: number | null;
  rate: number;
  etaSeconds: number | null;
  tasks: number;
  taskIds: string[];
  error: string | null;
  startedAt: string;
}

export interface CacheFile {
  id: string;
  name: string;
  folder: string;
  bytes: number;
  lastUsedAt: string | null;
  uses: number;
  pinned: boolean;
  leased: number;
  from: string | null;
}

export interface CacheView {
  bytes: number;
  limit: number;
  free?: number | null;
  folders: { folder: string; bytes: number; files: number }[];
  /** In eviction order: the first goes next. */
  files: CacheFile[];
  downloads: Download[];
  problem?: string | null;
}

export interface Queue {
  pending: number;
  running: number;
  limit: number;
  oldestPendingAt: string | null;
}

export type Counts = Record<TaskStatus, number>;

export interface CacheTotals {
  bytes: number;
  limit: number;
  rate: number;
}

export interface LastHour {
  done: number;
  failed: number;
  perMinute: number[];
  p50: number | null;
  p95: number | null;
}

export interface Limits {
  pending: number;
  history: number;
  maxAttempts: number;
  maxRunSeconds: number;
  maxWaitSeconds: number;
  maxCacheBytes: number;
  maxBodyBytes: number;
}

export interface Session {
  user: string;
  env: string;
  version: string;
  build: string;
  defaultPassword: boolean;
  demo: boolean;
  limits: Limits;
  settings?: { name: string; value: string; source: string }[];
}

export interface Snapshot {
  since: string;
  now: string;
  build: string;
  nodes: ClusterNode[];
  tasks: Task[];
  downloads: Download[];
  queue: Queue;
  counts: Counts;
  cache: CacheTotals;
  lastHour: LastHour;
}

type Change<T extends { id: string; v: number }> = Partial<T> & { id: string; v: number };

export interface Delta {
  n?: Change<ClusterNode>[];
  t?: Change<Task>[];
  d?: Change<Download>[];
  /** Removed objects: `n:<id>`, `t:<id>` or `d:<id>`. */
  x?: string[];
  queue?: Queue;
  counts?: Counts;
  cache?: CacheTotals;
  lastHour?: LastHour;
}

export interface Hello {
  build: string;
  epoch: string;
  now: string;
}

export interface Notice {
  level: "info" | "warn" | "error";
  text: string;
}

export interface Bulk {
  matched: number;
  cancelled?: number;
  deleted?: number;
  already?: number;
  samples?: { id: string; number: number; prompt: string | null; type: string; status: TaskStatus }[];
}

export interface Accepted {
  id: string;
  number: number;
  url: string;
}

export interface ActivityEntry {
  id: string;
  at: string;
  kind: "act" | "state" | "notice";
  actor: string;
  object: string;
  label: string | null;
  text: string;
}

export interface Schema {
  $ref?: string;
  $defs?: Record<string, Schema>;
  type?: string | string[];
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  format?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  oneOf?: Schema[];
  anyOf?: Schema[];
  "x-ui"?: Hints;
}

export interface Hints {
  widget?: string;
  group?: string;
  order?: number;
  label?: string;
  folder?: string;
  unit?: string;
  step?: number;
  options?: string[];
  pair?: string;
}

export interface WorkflowType {
  type: string;
  title?: string;
  schema: Schema;
}
