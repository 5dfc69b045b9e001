import type { ComponentChildren } from "preact";
import type { Task } from "../api.ts";
import { path } from "../app/route.ts";
import { host } from "../format.ts";
import { store } from "../live/live.ts";
import { fraction, nodeName, taskSentence } from "../words.ts";
import { Bar } from "./bits.tsx";

/** The node of a task as a link, or as text when it is no longer known. */
export function NodeLink({ url }: { url: string | null }) {
  if (!url) return <span class="dim">-</span>;
  const node = store.nodeByUrl(url);
  return node ? (
    <a href={path("nodes", node.id)} tabIndex={-1}>
      {nodeName(node)}
    </a>
  ) : (
    host(url)
  );
}

/** Nodes by the names that people gave them, where the router's sentence has their addresses. */
export function named(text: string): string {
  return text.replace(/https?:\/\/[^\s,;]+/g, (url) => {
    const node = store.nodeByUrl(url) ?? store.nodeByUrl(`${url}/`);
    return node ? nodeName(node) : url;
  });
}

/** Bar and sentence of a task that runs; the sentence alone for others. */
export function TaskProgress({ task }: { task: Task }) {
  const sentence = named(taskSentence(task));
  if (task.status !== "running")
    return (
      <span class={task.status === "error" ? "bad-text" : ""} title={sentence}>
        {sentence}
      </span>
    );
  return (
    <span class="progressing">
      <Bar value={fraction(task)} label={`Progress of #${task.number}`} />
      <span>{sentence}</span>
    </span>
  );
}

export function Facts({ rows }: { rows: [string, ComponentChildren][] }) {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
