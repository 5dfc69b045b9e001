import { useRef, useState } from "preact/hooks";
import { cancelTask, removeNode, resume, runAgain } from "../acts.tsx";
import { path } from "../app/route.ts";
import { changeSettings } from "../app/settings.ts";
import { type Attention, attention } from "../attention.ts";
import { bytes, count, duration, plural, rate } from "../format.ts";
import { because, post } from "../live/http.ts";
import { store, useTask, useTopics } from "../live/live.ts";
import {
  Act,
  Bar,
  Bars,
  Chip,
  Empty,
  Icon,
  Meter,
  Skeleton,
  useLeaving,
  usePageTitle,
  useSettings,
  useTick,
} from "../ui/bits.tsx";
import { Preview, Thumbnail } from "../ui/preview.tsx";
import { NodeLink, named } from "../ui/rows.tsx";
import { fail, say } from "../ui/toast.tsx";
import { places } from "../ui/window.ts";
import { fraction, taskLabel, taskSentence } from "../words.ts";
import { addNodes } from "./add-nodes.tsx";

const SHOWN = 8;
const MOST_TILES = 60;

/** Is it well, and if not, what do I do? */
export function Overview() {
  useTopics("loaded", "nodes");
  const [still, setStill] = useState(false);
  const failedHere = store.lastHour.failed;
  usePageTitle(failedHere ? `${failedHere} failed - Overview` : "Overview");
  return (
    <>
      <h1 tabIndex={-1} class="unseen">
        Overview
      </h1>
      {!store.loaded ? (
        <Skeleton rows={8} label="Loading the overview…" />
      ) : store.nodes.size === 0 && store.tasks.size === 0 ? (
        <Empty title="No nodes yet.">
          <p>Add the address of a running ComfyUI and the router will send it work.</p>
          <button type="button" class="main" onClick={addNodes}>
            Add nodes…
          </button>
        </Empty>
      ) : (
        <>
          <Cards />
          <Needs still={still} />
          <Running still={still} point={setStill} />
        </>
      )}
    </>
  );
}

function Cards() {
  useTopics("nodes", "queue", "lastHour", "cache", "downloads");
  const now = useTick();
  const nodes = { idle: 0, busy: 0, draining: 0, offline: 0 };
  for (const node of store.nodes.values()) {
    nodes[node.status] += 1;
    if (node.admission === "draining") nodes.draining += 1;
  }
  const { queue, lastHour, cache } = store;
  let active = 0;
  for (const download of store.downloads.values()) if (download.status === "running") active += 1;
  const perMinute = lastHour.perMinute;
  const latest = perMinute[perMinute.length - 1] ?? 0;
  return (
    <section class="cards" aria-label="At a glance">
      <div class="card">
        <h2>Nodes</h2>
        <p class="big">
          <a href={`${path("nodes")}?state=idle`}>{nodes.idle} idle</a>{" "}
          <a href={`${path("nodes")}?state=busy`}>{nodes.busy} busy</a>
        </p>
        <p>
          <a href={`${path("nodes")}?drain=draining`}>{nodes.draining} draining</a>{" "}
          <a href={`${path("nodes")}?state=offline`} class={nodes.offline ? "bad-text" : ""}>
            {nodes.offline} offline
          </a>
        </p>
      </div>
      <div class="card">
        <h2>Queue</h2>
        <p class="big">
          <a href={`${path("tasks")}?state=pending`}>
            {count(queue.pending)} <span class="of">of {count(queue.limit)} places</span>
          </a>
        </p>
        <p>
          {queue.oldestPendingAt
            ? `oldest waits ${duration(Math.round((now - Date.parse(queue.oldestPendingAt)) / 1000))}`
            : "nothing waits"}
        </p>
      </div>
      <div class="card">
        <h2>Last hour</h2>
        <p class="big">
          <a href={`${path("tasks")}?state=done`}>{count(lastHour.done)} done</a>{" "}
          <a href={`${path("tasks")}?state=error`} class={lastHour.failed ? "bad-text" : ""}>
            {count(lastHour.failed)} failed
          </a>
        </p>
        <p>
          {lastHour.p50 == null
            ? "no run has ended"
            : `half in ${duration(lastHour.p50)}, 95 % in ${duration(lastHour.p95)}`}
        </p>
      </div>
      <div class="card">
        <h2>Model cache</h2>
        <p class="big">
          <a href={path("models")}>
            {bytes(cache.bytes)} <span class="of">of {bytes(cache.limit)}</span>
          </a>
        </p>
        <p class="with-meter">
          <Meter value={cache.bytes} max={cache.limit} label="Share of the cache in use" />
          <span>{active ? `${plural(active, "download")}, ${rate(cache.rate)}` : "no downloads"}</span>
        </p>
      </div>
      <div class="card chart">
        <Bars
          values={perMinute}
          label={`Done per minute in the last hour: now ${latest}, most ${Math.max(0, ...perMinute)}`}
        />
        <p>
          done per minute, last 60 min <span>most {Math.max(0, ...perMinute)}</span>
        </p>
      </div>
    </section>
  );
}

function Needs({ still }: { still: boolean }) {
  useTopics("nodes", "tasks", "downloads");
  const found = attention(store.nodes.values(), store.tasks.values(), store.downloads.values(), useTick());
  // While somebody points at the tiles below, lines neither come nor go: they would move the tiles.
  const shown = useRef<Attention[]>([]);
  if (still) {
    const now = new Map(found.map((item) => [item.key, item]));
    shown.current = shown.current.map((item) => now.get(item.key) ?? item);
  } else shown.current = found;
  const all = shown.current;
  return (
    <section aria-labelledby="needs">
      <h2 id="needs">Needs attention {found.length > 0 && <span class="dim">({found.length})</span>}</h2>
      {all.length === 0 ? (
        <p class="well">
          <Icon shape="check" /> All well.
        </p>
      ) : (
        <ul class="needs">
          {all.slice(0, SHOWN).map((item) => (
            <Need key={item.key} item={item} />
          ))}
          {all.length > SHOWN && <li class="dim rest">and {all.length - SHOWN} more in the lists</li>}
        </ul>
      )}
    </section>
  );
}

function Need({ item }: { item: Attention }) {
  const url =
    item.kind === "node" ? path("nodes", item.id) : item.kind === "task" ? path("tasks", item.id) : path("models");
  return (
    <li>
      <span class={item.severe || item.kind === "task" ? "mark bad" : "mark wait"}>
        <Icon shape={item.severe ? "cross" : item.kind === "node" ? "hand" : "triangle"} />
      </span>
      <a href={url} {...(item.kind === "task" ? { "data-over": "" } : {})}>
        {item.name}
      </a>
      <span class="text" title={named(item.text)}>
        {named(item.text)}
      </span>
      <NeedAct item={item} />
    </li>
  );
}

function NeedAct({ item }: { item: Attention }) {
  if (item.kind === "node") {
    const node = store.nodes.get(item.id);
    if (!node) return null;
    // One that is away or is another one's twin is helped by nothing else, even when it is held as well.
    if (item.severe || item.key.startsWith("twin:") || !node.hold) {
      return (
        <button type="button" class="small" onClick={() => removeNode(node)}>
          Remove…
        </button>
      );
    }
    return (
      <Act small doing="Resuming…" run={() => resume(node)}>
        Resume
      </Act>
    );
  }
  if (item.kind === "task") {
    const task = store.tasks.get(item.id);
    if (!task) return null;
    return (
      <Act
        small
        doing="Queueing…"
        run={async () => {
          await runAgain(task);
        }}
      >
        Run again
      </Act>
    );
  }
  return (
    <Act
      small
      doing="Starting…"
      run={async () => {
        try {
          await post(`/cache/downloads/${item.id}/retry`);
          say(`Downloading ${item.name} again`);
        } catch (error) {
          fail(because(`${item.name} is not downloaded`, error));
        }
      }}
    >
      Try again
    </Act>
  );
}

function Running({ still, point }: { still: boolean; point: (inside: boolean) => void }) {
  useTopics("tasks", "nodes");
  const large = useSettings().previews === "large";
  const shown = useRef<readonly string[]>([]);
  const wall = useRef<HTMLUListElement>(null);
  useLeaving(still, wall, () => point(false));
  const running = [...store.tasks.values()]
    .filter((task) => task.status === "running")
    .sort((a, b) => a.number - b.number);
  shown.current = places(
    shown.current,
    running.slice(0, MOST_TILES).map((task) => task.id),
    still,
  );
  let idle = 0;
  for (const node of store.nodes.values()) if (node.status === "idle") idle += 1;
  return (
    <section aria-labelledby="running">
      <div class="section-head">
        <h2 id="running">Running now {running.length > 0 && <span class="dim">({running.length})</span>}</h2>
        {running.length > 0 && (
          <fieldset class="switch">
            <legend class="unseen">Size of previews</legend>
            {(["small", "large"] as const).map((size) => (
              <label key={size}>
                <input
                  type="radio"
                  name="previews"
                  checked={large === (size === "large")}
                  onChange={() => changeSettings({ previews: size })}
                />
                {size === "small" ? "Small" : "Large"}
              </label>
            ))}
          </fieldset>
        )}
      </div>
      {shown.current.length === 0 ? (
        <p class="dim">
          Nothing is running.{" "}
          {idle > 0 ? `${plural(idle, "node")} ${idle === 1 ? "is" : "are"} idle.` : "No node is idle."}
        </p>
      ) : (
        <ul
          ref={wall}
          class={large ? "wall large" : "wall"}
          onPointerEnter={(event) => event.pointerType === "mouse" && point(true)}
          onPointerLeave={() => point(false)}
        >
          {shown.current.map((id) => (
            <Tile key={id} id={id} large={large} />
          ))}
        </ul>
      )}
      {running.length > MOST_TILES && (
        <p class="dim">
          {MOST_TILES} of {running.length} are shown. <a href={`${path("tasks")}?state=running`}>All that run</a>
        </p>
      )}
    </section>
  );
}

function Tile({ id, large }: { id: string; large: boolean }) {
  const task = useTask(id);
  const last = useRef(task);
  if (task) last.current = task;
  const shown = last.current;
  if (!shown) return null;
  const size = large ? 256 : 96;
  const runs = shown.status === "running";
  const picture = shown.images[0];
  return (
    <li class={runs ? "tile" : "tile ended"}>
      {!runs && picture ? (
        <Thumbnail picture={picture} task={shown} size={size} />
      ) : (
        <Preview task={shown} size={size} />
      )}
      <div class="about">
        <p>
          <a href={path("tasks", id)} data-over="">
            #{shown.number}
          </a>{" "}
          {shown.type}
        </p>
        <p class="prompt" title={shown.prompt ?? ""}>
          {shown.prompt ?? "Workflow graph"}
        </p>
        <p class="step">
          {runs ? (
            <Bar value={fraction(shown)} label={`Progress of #${shown.number}`} />
          ) : (
            <Chip label={taskLabel(shown)} />
          )}
          <span>{taskSentence(shown)}</span>
        </p>
        <p class="last">
          <NodeLink url={shown.node} />
          {runs && (
            <Act
              small
              disabled={shown.cancelRequested}
              doing="Cancelling…"
              label={`Cancel #${shown.number}`}
              run={() => cancelTask(shown)}
            >
              {shown.cancelRequested ? "Cancelling…" : "Cancel"}
            </Act>
          )}
        </p>
      </div>
    </li>
  );
}
