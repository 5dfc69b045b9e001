import { useEffect, useRef, useState } from "preact/hooks";
import type { Picture, Task } from "../api.ts";
import { percent } from "../format.ts";
import { PreviewBudget } from "./budget.ts";

/** All previews of the page share one budget, so that a wall of them leaves the browser (and the router) idle. */
const budget = new PreviewBudget(24, 500);
const waiting = new Map<number, () => void>();
let pump = 0;
let nextTile = 1;

function turn(): void {
  pump = 0;
  const now = performance.now();
  for (const [tile, load] of [...waiting]) {
    if (!budget.take(tile, now)) continue;
    waiting.delete(tile);
    load();
  }
  if (waiting.size > 0) pump = window.setTimeout(turn, 60);
}

function request(tile: number, load: () => void): void {
  waiting.delete(tile);
  waiting.set(tile, load);
  if (!pump) pump = window.setTimeout(turn, 0);
}

const observed = new Map<Element, (visible: boolean) => void>();
const observer = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) observed.get(entry.target)?.(entry.isIntersecting);
  },
  { rootMargin: "100px" },
);

/** The newest preview of a running task: only while it is in view, decoded before it is shown. */
export function Preview({ task, size }: { task: Task; size: number }) {
  const image = useRef<HTMLImageElement>(null);
  const [tile] = useState(() => nextTile++);
  const [visible, setVisible] = useState(false);
  const [shown, setShown] = useState(false);
  const url = task.preview;
  useEffect(() => {
    const element = image.current;
    if (!element) return;
    observed.set(element, setVisible);
    observer.observe(element);
    return () => {
      observed.delete(element);
      observer.unobserve(element);
      waiting.delete(tile);
      budget.forget(tile);
    };
  }, [tile]);
  useEffect(() => {
    if (!url || !visible) return;
    let dropped = false;
    request(tile, () => {
      const next = new Image();
      next.src = new URL(url, location.origin).href;
      next.decode().then(
        () => {
          if (dropped || !image.current) return;
          image.current.src = next.src;
          setShown(true);
        },
        () => {
          // A preview that cannot be read is older news by the time it could be tried again.
        },
      );
    });
    return () => {
      dropped = true;
    };
  }, [url, visible, tile]);
  return (
    <div class="preview" style={{ width: `${size}px`, height: `${size}px` }}>
      <img
        ref={image}
        class={shown ? "shown" : ""}
        width={size}
        height={size}
        decoding="async"
        alt={shown ? `Preview of task ${task.number}, ${percent(task.progress)}` : ""}
      />
      {!shown && <span class="none">{task.phase ?? "no preview yet"}</span>}
    </div>
  );
}

/** A finished picture, small; the router makes the thumbnail. */
export function Thumbnail({ picture, task, size }: { picture: Picture; task: Task; size: number }) {
  const [missing, setMissing] = useState(false);
  return (
    <div class="preview" style={{ width: `${size}px`, height: `${size}px` }}>
      {missing ? (
        <span class="none">no thumbnail</span>
      ) : (
        <img
          class="shown"
          src={new URL(`${picture.url}/thumbnail`, location.origin).href}
          width={size}
          height={size}
          loading="lazy"
          decoding="async"
          alt={`Result of #${task.number}${task.prompt ? `: ${task.prompt}` : ""}`}
          onError={() => setMissing(true)}
        />
      )}
    </div>
  );
}
