import type { ClusterNode, Task } from "./api.ts";
import { duration, host, percent, plural, range, reason } from "./format.ts";

/** The words and shapes of states, in one place. A state is shape + word + colour, never colour alone. */
export type Tone = "good" | "work" | "wait" | "bad" | "off";
export type Shape = "ring" | "dot" | "hourglass" | "cross" | "clock" | "play" | "check" | "triangle" | "dash" | "hand";

export interface Label {
  word: string;
  shape: Shape;
  tone: Tone;
}

export const TASK_WORDS: Record<Task["status"], Label> = {
  pending: { word: "Queued", shape: "clock", tone: "wait" },
  running: { word: "Running", shape: "play", tone: "work" },
  done: { word: "Done", shape: "check", tone: "good" },
  error: { word: "Failed", shape: "triangle", tone: "bad" },
  cancelled: { word: "Cancelled", shape: "dash", tone: "off" },
};

export function taskLabel(task: Task): Label {
  const label = TASK_WORDS[task.status] ?? { word: task.status, shape: "dash", tone: "off" };
  const ending = task.cancelRequested && (task.status === "pending" || task.status === "running");
  return ending ? { ...label, word: "Cancelling" } : label;
}

export function nodeLabel(node: ClusterNode): Label {
  if (node.status === "offline") {
    return { word: node.admission === "draining" ? "Offline, draining" : "Offline", shape: "cross", tone: "bad" };
  }
  if (node.admission === "draining") {
    return node.status === "busy"
      ? { word: "Busy, draining", shape: "hourglass", tone: "wait" }
      : { word: "Drained", shape: "hourglass", tone: "wait" };
  }
  if (node.hold) {
    return { word: node.status === "busy" ? "Busy, held" : "Idle, held", shape: "hand", tone: "wait" };
  }
  return node.status === "busy"
    ? { word: "Busy", shape: "dot", tone: "work" }
    : { word: "Idle", shape: "ring", tone: "good" };
}

export function nodeName(node: Pick<ClusterNode, "name" | "url">): string {
  return node.name || host(node.url);
}

/** What to do about a node whose twin is the same ComfyUI under another address. */
export function sameServer(twin: Pick<ClusterNode, "name" | "url">): string {
  return `The same ComfyUI as ${nodeName(twin)}: remove one of them`;
}

/** What a node works on, or why it gets nothing: one sentence. */
export function nodeSentence(node: ClusterNode, running: Task[], now: number): string {
  if (node.status === "offline") {
    const since = duration(Math.round((now - Date.parse(node.since)) / 1000));
    return node.lastError ? `${since}: ${reason(node.lastError)}` : since;
  }
  const tasks = running.map((task) => `#${task.number}${task.progress == null ? "" : ` ${percent(task.progress)}`}`);
  const work = tasks.join(", ");
  if (node.removing) return work ? `${work}, then removed` : "Is being removed";
  if (node.admission === "draining") {
    if (!work) return "Drained, safe to stop";
    const rest = running.length === 1 ? range(running[0]?.etaSeconds) : "";
    return `${work}, then stops${rest ? ` (${rest})` : ""}`;
  }
  if (node.hold) return `Held: ${node.hold.reason}`;
  if (work) return work;
  if (node.busyWith === "foreign") {
    return node.foreignPending > 1 ? `Work of others, ${plural(node.foreignPending, "prompt")}` : "Work of others";
  }
  return "";
}

/** Progress or reason of a task: one sentence. */
export function taskSentence(task: Task): string {
  switch (task.status) {
    case "pending": {
      if (task.cancelRequested) return "Is being cancelled";
      const parts = [task.reason ?? (task.position ? ordinal(task.position) : "Waits for a free node")];
      if (task.etaSeconds) parts.push(range(task.etaSeconds));
      return capital(parts.join(", "));
    }
    case "running": {
      const parts: string[] = [];
      if (task.step != null && task.steps) parts.push(`${task.step}/${task.steps}`);
      else if (task.phase) parts.push(task.phase);
      else if (task.progress != null) parts.push(percent(task.progress));
      if (task.etaSeconds) parts.push(`${duration(Math.round(task.etaSeconds[1]))} left`);
      return capital(parts.join(", ")) || "Started";
    }
    case "done":
      return task.imageCount === 0 ? "No pictures" : plural(task.imageCount, "picture");
    case "error":
      return task.error?.message ?? task.reason ?? "Failed";
    case "cancelled":
      return capital(task.reason ?? "");
  }
}

function capital(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}

export function ordinal(position: number): string {
  const tail = position % 100 > 10 && position % 100 < 14 ? "th" : (["th", "st", "nd", "rd"][position % 10] ?? "th");
  return position === 1 ? "Next in line" : `${position}${tail} in line`;
}

/** How long a task took, or has taken so far, in seconds; null before it started. */
export function ran(task: Task, now: number): number | null {
  if (!task.startedAt) return null;
  return ((task.finishedAt ? Date.parse(task.finishedAt) : now) - Date.parse(task.startedAt)) / 1000;
}

export function fraction(task: Task): number | null {
  if (task.progress != null) return Math.min(1, Math.max(0, task.progress));
  return task.step != null && task.steps ? Math.min(1, task.step / task.steps) : null;
}
