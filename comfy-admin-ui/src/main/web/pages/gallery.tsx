import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Picture, Task, TaskDetail } from "../api.ts";
import { link, navigate, setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { bytes, plural } from "../format.ts";
import { because } from "../live/http.ts";
import { store, useTask, useTopics } from "../live/live.ts";
import { usePagedTasks, useTaskDetail } from "../live/pages.ts";
import { Empty, Skeleton, useLeaving, usePageTitle, useSettings, When } from "../ui/bits.tsx";
import { Copy } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { PickOne, Search } from "../ui/filters.tsx";
import { Thumbnail } from "../ui/preview.tsx";
import { Facts, NodeLink } from "../ui/rows.tsx";
import { hold, visibleRange } from "../ui/window.ts";
import { readFilter, taskMatcher } from "./tasks.tsx";

const GAP = 12;
const BELOW = 44;

interface Item {
  task: Task;
  picture: Picture;
  n: number;
}

/** What the arrow keys of the lightbox go through: the gallery as it is listed now. */
let listed: { id: string; n: number }[] = [];

function key(item: Item): string {
  return `${item.task.id}/${item.n}`;
}

export function Gallery({ route }: { route: Route }) {
  useTopics("loaded", "tasks");
  usePageTitle("Gallery");
  const filter = { ...readFilter(route.query), state: "done" };
  const paged = usePagedTasks({ status: "done", type: filter.type, node: filter.node, q: filter.q, from: filter.from });
  const matches = taskMatcher(filter, store.nodes.get(filter.node)?.url);
  const items = new Map<string, Item>();
  const done = [...store.tasks.values()].filter((task) => task.images.length > 0 && matches(task));
  done.sort((a, b) => b.number - a.number);
  const types = new Set(["SD15", "SDXL", "Flux", "Graph"]);
  for (const task of done) {
    task.images.forEach((picture, n) => {
      const item = { task, picture, n };
      items.set(key(item), item);
    });
  }
  const filtered = Boolean(filter.type || filter.q || filter.node);
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Gallery</h1>
        <span class="dim of">{plural(items.size, "picture")}</span>
      </div>
      <div class="filters">
        <Search value={filter.q} label="Filter by prompt, number or node" change={(value) => setQuery({ q: value })} />
        <PickOne label="Type" value={filter.type} options={types} change={(value) => setQuery({ type: value })} />
      </div>
      {paged.error && <p class="problem">{paged.error}</p>}
      {!store.loaded || (items.size === 0 && paged.loading) ? (
        <Skeleton rows={6} label="Loading pictures…" />
      ) : items.size === 0 && filtered ? (
        <Empty title="No picture matches.">
          <button type="button" onClick={() => setQuery({ q: null, type: null, node: null })}>
            Clear filter
          </button>
        </Empty>
      ) : items.size === 0 ? (
        <Empty title="No pictures yet.">
          <p>What tasks produce is shown here.</p>
          <a class="button main" href={path("playground")}>
            Playground
          </a>
        </Empty>
      ) : (
        <Wall items={items} view={JSON.stringify(filter)} nearEnd={paged.more} />
      )}
    </>
  );
}

function Wall({ items, view, nearEnd }: { items: Map<string, Item>; view: string; nearEnd: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const large = useSettings().previews === "large";
  const [size, setSize] = useState({ width: 0, first: 0, end: 0 });
  const [inside, setInside] = useState(false);
  useLeaving(inside, box, () => setInside(false));
  const shown = useRef<{ view: string; order: readonly string[] }>({ view: "", order: [] });
  const wanted = [...items.keys()];
  let newer = 0;
  if (shown.current.view !== view || (!inside && size.first === 0)) shown.current = { view, order: wanted };
  else {
    const held = hold(shown.current.order, wanted);
    shown.current = { view, order: held.order };
    newer = held.newer;
  }
  const order = shown.current.order;
  listed = order.flatMap((one) => {
    const item = items.get(one);
    return item ? [{ id: item.task.id, n: item.n }] : [];
  });
  const columns = Math.max(1, Math.floor((size.width + GAP) / ((large ? 260 : size.width < 480 ? 140 : 180) + GAP)));
  const card = Math.floor((size.width - GAP * (columns - 1)) / columns);
  const rowHeight = card + BELOW + GAP;
  const rows = Math.ceil(order.length / columns);
  useLayoutEffect(() => {
    const measure = (): void => {
      const element = box.current;
      if (!element) return;
      const { top, width } = element.getBoundingClientRect();
      const range = visibleRange(-top, innerHeight, rowHeight, rows, 2);
      setSize((before) =>
        before.width === width && before.first === range.first && before.end === range.end
          ? before
          : { width, first: range.first, end: range.end },
      );
      if (range.end >= rows - 2) nearEnd();
    };
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [rowHeight, rows, nearEnd]);
  const from = size.first * columns;
  return (
    <div
      class="grid-frame"
      onPointerEnter={(event) => event.pointerType === "mouse" && setInside(true)}
      onPointerLeave={() => setInside(false)}
    >
      {newer > 0 && (
        <button
          type="button"
          class="newer"
          onClick={() => {
            shown.current = { view, order: wanted };
            setInside(false);
            scrollTo(0, 0);
          }}
        >
          ↑ {plural(newer, "newer picture")}
        </button>
      )}
      <div class="gallery" ref={box} role="list" aria-label="Pictures" style={{ height: `${rows * rowHeight}px` }}>
        {size.width > 0 &&
          order.slice(from, size.end * columns).map((one, offset) => {
            const item = items.get(one);
            const index = from + offset;
            const left = (index % columns) * (card + GAP);
            const top = Math.floor(index / columns) * rowHeight;
            if (!item) return null;
            return (
              <div
                key={one}
                role="listitem"
                aria-setsize={order.length}
                aria-posinset={index + 1}
                class="shot"
                style={{ width: `${card}px`, height: `${card + BELOW}px`, transform: `translate(${left}px, ${top}px)` }}
              >
                <a href={path("gallery", item.task.id, item.n)} data-over="">
                  <Thumbnail picture={item.picture} task={item.task} size={card} />
                </a>
                <p>
                  <span class="ellipsis">{item.task.prompt ?? "Workflow graph"}</span>
                  <span class="dim">
                    #{item.task.number} {item.task.type}
                  </span>
                </p>
              </div>
            );
          })}
      </div>
    </div>
  );
}

/** One picture, large, with what made it; arrow keys go on to the next. */
export function Lightbox({ id, n, close }: { id: string; n: number; close: () => void }) {
  const live = useTask(id);
  useTopics("loaded");
  const { task: detail, problem } = useTaskDetail<TaskDetail>(id, live);
  // The facts of the picture before stay until those of this one are read: only they, since no act depends on them.
  const read = useRef(detail);
  if (detail || problem) read.current = detail;
  const task = detail ?? live;
  const files: Picture[] = (detail?.files ?? live?.images ?? []).filter(
    (file) => !file.contentType || file.contentType.startsWith("image/"),
  );
  const picture = files[n];
  const among = listed.some((one) => one.id === id && one.n === n)
    ? listed
    : files.map((_, index) => ({ id, n: index }));
  const at = among.findIndex((one) => one.id === id && one.n === n);
  const go = (step: number): void => {
    const next = among[at + step];
    if (next) navigate(path("gallery", next.id, next.n), { replace: true });
  };
  // At once, not after the next paint: keys may come faster than that.
  useLayoutEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
      const next = step ? among[at + step] : undefined;
      if (!next) return;
      event.preventDefault();
      navigate(path("gallery", next.id, next.n), { replace: true });
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  });
  const given = read.current?.params ?? {};
  const facts = (["seed", "steps", "sampler", "scheduler", "cfg_scale", "guidance", "checkpoint", "unet"] as const)
    .map((name): [string, string] => [
      name.replaceAll("_", " "),
      said(given[name] ?? (name === "seed" ? task?.seed : undefined)),
    ])
    .filter(([, value]) => value !== "");
  return (
    <Dialog kind="lightbox" title={task ? `#${task.number}` : "Picture"} close={close}>
      <div class="light">
        <div class="canvas">
          {picture ? (
            <img
              key={picture.url}
              src={new URL(picture.url, location.origin).href}
              width={picture.width ?? undefined}
              height={picture.height ?? undefined}
              decoding="async"
              alt={task?.prompt ? `Result: ${task.prompt}` : `Result ${n + 1}`}
            />
          ) : problem ? (
            <p class="problem">{because("The picture could not be read", problem)}</p>
          ) : detail ? (
            <p>This picture is gone.</p>
          ) : null}
          <button
            type="button"
            class="step back"
            aria-label="Previous picture"
            disabled={at <= 0}
            onClick={() => go(-1)}
          >
            ‹
          </button>
          <button
            type="button"
            class="step on"
            aria-label="Next picture"
            disabled={at < 0 || at >= among.length - 1}
            onClick={() => go(1)}
          >
            ›
          </button>
        </div>
        <div class={store.loaded && (read.current || problem) ? "about" : "about unready"}>
          {task?.prompt && <p class="prompt-text">{task.prompt}</p>}
          <Facts
            rows={[
              ...facts.map(([name, value]): [string, ComponentChildren] => [name, <code key={name}>{value}</code>]),
              ...(picture?.width && picture.height
                ? ([["size", `${picture.width} × ${picture.height}, ${bytes(picture.bytes)}`]] as [string, string][])
                : []),
              ...(task
                ? ([
                    ["node", <NodeLink key="n" url={task.node} />],
                    ["made", <When key="w" at={task.finishedAt} />],
                  ] as [string, ComponentChildren][])
                : []),
            ]}
          />
          <div class="acts">
            {picture && (
              <a class="button main" href={picture.url} download={picture.name ?? ""}>
                Download
              </a>
            )}
            {task && task.type !== "Graph" && (
              <a class="button" href={`${path("playground")}?from=${encodeURIComponent(id)}`}>
                Edit and run
              </a>
            )}
            {picture && task && task.type !== "Graph" && (
              <a
                class="button"
                href={`${path("playground")}?type=${task.type}&input=${encodeURIComponent(picture.url)}`}
              >
                Use as input
              </a>
            )}
            <a class="button" href={path("tasks", id)}>
              Open task
            </a>
            <Copy text={link}>Copy link</Copy>
          </div>
        </div>
      </div>
    </Dialog>
  );
}

function said(value: unknown): string {
  if (value == null) return "";
  if (typeof value === "object") return String((value as Record<string, unknown>)["name"] ?? "");
  return String(value);
}
