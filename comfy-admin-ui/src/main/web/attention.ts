import type { ClusterNode, Download, Task } from "./api.ts";
import { duration, reason } from "./format.ts";
import { nodeName, sameServer } from "./words.ts";

/** One line of "Needs attention": what, why, and which act helps. */
export interface Attention {
  key: string;
  kind: "node" | "task" | "download";
  id: string;
  name: string;
  text: string;
  severe: boolean;
}

const HOUR = 3_600_000;

/**
 * What needs a person, worst first: nodes away, nodes held, nodes that are one server, downloads failed, tasks failed
 * within the last hour. Failures of the same kind on the same node are one line.
 */
export function attention(
  nodes: Iterable<ClusterNode>,
  tasks: Iterable<Task>,
  downloads: Iterable<Download>,
  now: number,
): Attention[] {
  const out: Attention[] = [];
  // What is given can perhaps be gone through only once.
  const known = new Map([...nodes].map((node) => [node.id, node]));
  for (const node of known.values()) {
    if (node.status === "offline" && !node.removing) {
      const since = duration(Math.round((now - Date.parse(node.since)) / 1000));
      out.push(
        line(
          "node",
          node.id,
          nodeName(node),
          `Offline for ${since}${node.lastError ? `: ${reason(node.lastError)}` : ""}`,
          true,
        ),
      );
    }
  }
  for (const node of known.values()) {
    if (node.status !== "offline" && node.hold) {
      out.push(line("node", node.id, nodeName(node), `Gets no work: ${node.hold.reason}`, false));
    }
  }
  for (const node of known.values()) {
    const twin = node.sameAs == null ? undefined : known.get(node.sameAs);
    if (twin) out.push({ ...line("node", node.id, nodeName(node), sameServer(twin), false), key: `twin:${node.id}` });
  }
  for (const download of downloads) {
    if (download.status === "failed") {
      out.push(
        line("download", download.id, download.name, `Download failed: ${download.error ?? "no reason given"}`, false),
      );
    }
  }
  const alike = new Map<string, Task[]>();
  for (const task of tasks) {
    if (task.status !== "error" || !task.finishedAt || now - Date.parse(task.finishedAt) > HOUR) continue;
    const key = `${task.error?.class ?? ""}|${task.node ?? ""}|${task.error?.message ?? ""}`;
    const group = alike.get(key);
    if (group) group.push(task);
    else alike.set(key, [task]);
  }
  const groups = [...alike.values()].map((group) => group.sort((a, b) => b.number - a.number));
  groups.sort((a, b) => (b[0]?.number ?? 0) - (a[0]?.number ?? 0));
  for (const group of groups) {
    const newest = group[0];
    if (!newest) continue;
    const more = group.length > 1 ? ` (and ${group.length - 1} more like it)` : "";
    const message = newest.error?.message ?? "no reason given";
    out.push(line("task", newest.id, `#${newest.number}`, `Failed: ${message}${more}`, false));
  }
  return out;
}

function line(kind: Attention["kind"], id: string, name: string, text: string, severe: boolean): Attention {
  return { key: `${kind}:${id}`, kind, id, name, text, severe };
}
