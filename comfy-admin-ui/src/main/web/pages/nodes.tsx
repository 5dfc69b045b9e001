import { useEffect, useMemo, useState } from "preact/hooks";
import { checkNode, drain, freeNode, removeNode, removeNodes, resume, setAdmission } from "../acts.tsx";
import type { ClusterNode, NodeDetail, Task, TaskPage } from "../api.ts";
import { closeOver, navigate, setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { bytes, deviceName, host, plural, safeLink } from "../format.ts";
import { because, get, query } from "../live/http.ts";
import { store, useNode, useTopics } from "../live/live.ts";
import { Act, Bar, Chip, Empty, Meter, Minutes, Skeleton, usePageTitle, useTick, When } from "../ui/bits.tsx";
import { Copy } from "../ui/copy.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Choice, Search } from "../ui/filters.tsx";
import { type Column, Grid } from "../ui/grid.tsx";
import { Preview } from "../ui/preview.tsx";
import { Facts } from "../ui/rows.tsx";
import { fraction, nodeLabel, nodeName, nodeSentence, sameServer, taskLabel, taskSentence } from "../words.ts";
import { addNodes } from "./add-nodes.tsx";

const COLUMNS: Column[] = [
  { name: "state", title: "State", sort: "state" },
  { name: "address", title: "Node", sort: "name" },
  { name: "gpu", title: "GPU", sort: "gpu" },
  { name: "vram", title: "VRAM free", sort: "vram" },
  { name: "hour", title: "Last hour", sort: "done" },
  { name: "work", title: "Working on" },
];

const RANK = { busy: 0, idle: 1, offline: 2 };

function matches(node: ClusterNode, state: string, drainFilter: string, q: string): boolean {
  if (state && node.status !== state) return false;
  if (drainFilter && node.admission !== drainFilter) return false;
  if (!q) return true;
  const text = `${node.name ?? ""} ${node.url} ${node.labels.join(" ")} ${node.devices.map((device) => device.name).join(" ")}`;
  return q
    .toLowerCase()
    .split(/\s+/)
    .every((word) => text.toLowerCase().includes(word));
}

const names = new Intl.Collator("en", { numeric: true });

function compare(sort: string): (a: ClusterNode, b: ClusterNode) => number {
  const byName = (a: ClusterNode, b: ClusterNode): number => names.compare(nodeName(a), nodeName(b));
  const key = sort.replace("-", "");
  const by: (a: ClusterNode, b: ClusterNode) => number =
    key === "state"
      ? (a, b) => RANK[a.status] - RANK[b.status]
      : key === "gpu"
        ? (a, b) => names.compare(deviceName(a.devices[0]?.name ?? "~"), deviceName(b.devices[0]?.name ?? "~"))
        : key === "vram"
          ? (a, b) => (a.devices[0]?.vramFree ?? -1) - (b.devices[0]?.vramFree ?? -1)
          : key === "done"
            ? (a, b) => (a.doneLastHour ?? 0) - (b.doneLastHour ?? 0)
            : byName;
  const sign = sort.startsWith("-") ? -1 : 1;
  return (a, b) => sign * by(a, b) || byName(a, b);
}

export function Nodes({ route }: { route: Route }) {
  useTopics("loaded", "nodes");
  useFreshMinutes();
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const state = route.query.get("state") ?? "";
  const drainFilter = route.query.get("drain") ?? "";
  const q = route.query.get("q") ?? "";
  const sort = route.query.get("sort") ?? "name";
  const all = [...store.nodes.values()];
  const ids = all
    .filter((node) => matches(node, state, drainFilter, q))
    .sort(compare(sort))
    .map((node) => node.id);
  const offline = all.filter((node) => node.status === "offline").length;
  usePageTitle(offline ? `${offline} offline - Nodes` : "Nodes");
  const chosen = useMemo(() => [...selected].flatMap((id) => store.nodes.get(id) ?? []), [selected, all]);
  const search = location.search;
  const filtered = Boolean(state || drainFilter || q);
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Nodes</h1>
        <button type="button" class="main" onClick={addNodes}>
          Add nodes…
        </button>
      </div>
      {!store.loaded ? (
        <Skeleton rows={8} label="Loading nodes…" />
      ) : all.length === 0 ? (
        <Empty title="No nodes yet.">
          <p>Add the address of a running ComfyUI and the router will send it work.</p>
          <button type="button" class="main" onClick={addNodes}>
            Add nodes…
          </button>
        </Empty>
      ) : (
        <>
          <div class="filters">
            <Search
              value={q}
              label="Filter by name, address, GPU or label"
              change={(value) => setQuery({ q: value })}
            />
            <Choice
              name="state"
              label="State"
              value={state}
              options={[
                ["", "All"],
                ["idle", "Idle"],
                ["busy", "Busy"],
                ["offline", "Offline", offline],
              ]}
              change={(value) => setQuery({ state: value })}
            />
            <Choice
              name="drain"
              label="Admission"
              value={drainFilter}
              options={[
                ["", "Both"],
                ["accepting", "Accepting"],
                ["draining", "Draining"],
              ]}
              change={(value) => setQuery({ drain: value })}
            />
            <span class="dim of">
              {ids.length} of {plural(all.length, "node")}
            </span>
          </div>
          {ids.length === 0 && filtered ? (
            <Empty title={`No node matches.`}>
              <p>
                {plural(all.length, "node")} {all.length === 1 ? "is" : "are"} hidden by the filter.
              </p>
              <button type="button" onClick={() => setQuery({ q: null, state: null, drain: null })}>
                Clear filter
              </button>
            </Empty>
          ) : (
            <Grid
              name="nodes"
              label="Nodes"
              noun="node"
              columns={COLUMNS}
              ids={ids}
              view={`${state}|${drainFilter}|${q}|${sort}`}
              Row={NodeRow}
              rowName={(id) => {
                const node = store.nodes.get(id);
                return node ? nodeName(node) : id;
              }}
              sort={sort}
              onSort={(next) => setQuery({ sort: next === "name" ? null : next })}
              open={(id) => navigate(path("nodes", id) + search, { over: true })}
              selection={{ ids: selected, change: setSelected }}
              onKey={(key, id) => {
                const node = store.nodes.get(id);
                if (key !== "d" || !node) return false;
                void (node.admission === "draining" ? resume(node) : drain(node));
                return true;
              }}
            />
          )}
          {chosen.length > 0 && (
            <div class="selection" role="toolbar" aria-label="Selected nodes">
              <span>{chosen.length} selected</span>
              <Act run={() => setAdmission(chosen, "drain")} doing="Draining…">
                Drain
              </Act>
              <Act run={() => setAdmission(chosen, "resume")} doing="Resuming…">
                Resume
              </Act>
              <span class="gap" />
              <button type="button" class="danger" onClick={() => removeNodes(chosen, () => setSelected(new Set()))}>
                Remove…
              </button>
              <button type="button" onClick={() => setSelected(new Set())}>
                Clear
              </button>
            </div>
          )}
        </>
      )}
      {route.id && <NodeDrawer key={route.id} id={route.id} close={() => closeOver(path("nodes") + search)} />}
    </>
  );
}

/** The strips of the last hour move on by a minute without any news: they are read once a minute. */
function useFreshMinutes(): void {
  useEffect(() => {
    const timer = setInterval(() => {
      if (document.hidden) return;
      get<{ nodes: ClusterNode[] }>("/cluster/nodes").then(
        ({ nodes }) => {
          for (const node of nodes) {
            const known = store.nodes.get(node.id);
            if (known && node.minutes) store.mergeNode({ id: node.id, v: known.v + 1e-6, minutes: node.minutes });
          }
        },
        () => {
          // The chip says that the router does not answer.
        },
      );
    }, 60_000);
    return () => clearInterval(timer);
  }, []);
}

function NodeRow({ id }: { id: string }) {
  const node = useNode(id);
  const now = useTick();
  if (!node) {
    return (
      <div role="gridcell" class="c-gone">
        removed
      </div>
    );
  }
  const device = node.devices[0];
  const offline = node.status === "offline";
  const twin = node.sameAs ? store.nodes.get(node.sameAs) : undefined;
  return (
    <>
      <div role="gridcell" class="c-state">
        <Chip label={nodeLabel(node)} />
      </div>
      <div role="gridcell" class="c-address" title={node.url}>
        <a href={path("nodes", id) + location.search} data-over="" tabIndex={-1}>
          {nodeName(node)}
        </a>
        {node.simulated && <span class="tag">simulated</span>}
        {twin && (
          <span class="tag" title={sameServer(twin)}>
            same server
          </span>
        )}
        {node.labels.map((label) => (
          <span key={label} class="tag">
            {label}
          </span>
        ))}
      </div>
      <div role="gridcell" class="c-gpu" title={device?.name ?? ""}>
        {device ? deviceName(device.name) : "-"}
        {node.devices.length > 1 && ` +${node.devices.length - 1}`}
      </div>
      <div role="gridcell" class="c-vram">
        {device?.vramFree != null && !offline ? (
          <>
            <Meter
              value={device.vramFree}
              max={device.vramTotal ?? device.vramFree}
              label="Share of VRAM that is free"
            />
            <span>{bytes(device.vramFree)}</span>
          </>
        ) : (
          "-"
        )}
      </div>
      <div role="gridcell" class="c-hour">
        <Minutes minutes={node.minutes ?? []} />
        <span>{node.doneLastHour ?? 0} done</span>
      </div>
      <div role="gridcell" class={offline ? "c-work bad-text" : "c-work"} title={node.lastError ?? ""}>
        {nodeSentence(node, store.runningOn(node.url), now) || <span class="dim">-</span>}
      </div>
    </>
  );
}

function NodeDrawer({ id, close }: { id: string; close: () => void }) {
  const node = useNode(id);
  const now = useTick();
  const [detail, setDetail] = useState<NodeDetail | null | undefined>(undefined);
  const [tasks, setTasks] = useState<Task[] | null>(null);
  const [problem, setProblem] = useState("");
  useTopics("tasks");
  useEffect(() => {
    let gone = false;
    get<NodeDetail>(`/cluster/nodes/${id}`).then(
      (answer) => !gone && setDetail(answer),
      // What the live state knows of the node is enough for the rest of the drawer.
      () => !gone && setDetail(null),
    );
    get<TaskPage>(`/workflow${query({ node: id, limit: 20 })}`).then(
      (page) => !gone && setTasks(page.tasks),
      (error) => !gone && setProblem(because("The tasks could not be read", error)),
    );
    return () => {
      gone = true;
    };
  }, [id]);
  if (!node) {
    return (
      <Dialog kind="drawer" title="Node" close={close}>
        <div class="body">
          {store.loaded ? (
            <Empty title="This node is gone.">
              <p>It has been removed from the router.</p>
            </Empty>
          ) : (
            <Skeleton rows={6} label="Loading the node…" />
          )}
        </div>
      </Dialog>
    );
  }
  const running = store.runningOn(node.url);
  const known = new Map((tasks ?? []).map((task) => [task.id, store.tasks.get(task.id) ?? task]));
  for (const task of running) known.set(task.id, task);
  const list = [...known.values()].sort((a, b) => b.number - a.number);
  // What is read comes all at once, so that none of it is pushed down by the rest.
  const read = detail !== undefined && (tasks !== null || problem !== "");
  const draining = node.admission === "draining";
  const sentence = nodeSentence(node, running, now);
  const twin = node.sameAs ? store.nodes.get(node.sameAs) : undefined;
  return (
    <Dialog kind="drawer" title={nodeName(node)} close={close}>
      <div class="body">
        <p class="lead">
          <Chip label={nodeLabel(node)} />
          {node.simulated && <span class="tag">simulated</span>}
          <span class="dim">
            for <When at={node.since} short />
          </span>
        </p>
        {sentence && <p class={node.status === "offline" ? "bad-text" : ""}>{sentence}</p>}
        <div class="acts">
          {draining ? (
            <Act kind="main" doing="Resuming…" run={() => resume(node)}>
              Resume
            </Act>
          ) : (
            <>
              {node.hold && (
                <Act kind="main" doing="Resuming…" run={() => resume(node)}>
                  Resume
                </Act>
              )}
              <Act doing="Draining…" run={() => drain(node)}>
                Drain
              </Act>
            </>
          )}
          <Act doing="Checking…" run={() => checkNode(node)}>
            Check now
          </Act>
          <Act doing="Asking…" disabled={node.status === "offline"} run={() => freeNode(node)}>
            Free memory
          </Act>
          <span class="gap" />
          <button type="button" class="danger" onClick={() => removeNode(node, close)}>
            Remove…
          </button>
        </div>
        <Minutes minutes={node.minutes ?? []} height={28} />
        <p class="dim small">last 60 min, {node.doneLastHour ?? 0} done</p>
        {running.map((task) => (
          <a key={task.id} class="now" href={path("tasks", task.id)} data-over="">
            <Preview task={task} size={96} />
            <span>
              #{task.number} {task.type}
              <br />
              <span class="dim">{task.prompt}</span>
              <br />
              <Bar value={fraction(task)} label={`Progress of #${task.number}`} /> {taskSentence(task)}
            </span>
          </a>
        ))}
        <Facts
          rows={[
            [
              "Address",
              <>
                {safeLink(node.url) ? (
                  <a href={safeLink(node.url)} target="_blank" rel="noopener noreferrer">
                    {host(node.url)}
                  </a>
                ) : (
                  node.url
                )}{" "}
                <Copy small text={() => node.url}>
                  Copy
                </Copy>
              </>,
            ],
            ["ComfyUI", node.version ?? "not known"],
            [
              "Device",
              node.devices.length === 0
                ? "not known"
                : node.devices
                    .map(
                      (device) =>
                        `${deviceName(device.name)}, ${bytes(device.vramFree)} of ${bytes(device.vramTotal)} free`,
                    )
                    .join("; "),
            ],
            [
              "Queue there",
              `${plural(node.running, "task")} of ours${node.foreignPending ? `, ${plural(node.foreignPending, "prompt")} of others` : ""}`,
            ],
            [
              "Models folder",
              node.files === "shared" ? "shared with the router" : node.files === "own" ? "its own" : "not known yet",
            ],
            ["Failures in a row", String(node.failures)],
            ...(node.labels.length ? [["Labels", node.labels.join(", ")] as [string, string]] : []),
            ...(node.lastCheckAt
              ? [["Last check", <When key="check" at={node.lastCheckAt} />] as [string, preact.JSX.Element]]
              : []),
          ]}
        />
        {twin && (
          <section>
            <h3>Warning</h3>
            <p>{sameServer(twin)}</p>
          </section>
        )}
        {node.lastError && (
          <section>
            <h3>Last error</h3>
            <pre>{node.lastError}</pre>
          </section>
        )}
        {read && detail?.lacks && detail.lacks.length > 0 && (
          <section>
            <h3>Lacks, compared with the others</h3>
            <ul class="plain-list">
              {detail.lacks.map((lack) => (
                <li key={`${lack.kind}:${lack.name}`}>
                  {lack.name} {lack.neededBy && <span class="dim">used by {lack.neededBy}</span>}
                </li>
              ))}
            </ul>
          </section>
        )}
        {read && (
          <>
            <section>
              <h3>
                Last tasks{" "}
                <a class="aside" href={`${path("tasks")}?node=${encodeURIComponent(id)}`}>
                  All tasks of this node
                </a>
              </h3>
              {problem && <p class="problem">{problem}</p>}
              {list.length === 0 && <p class="dim">It has had no task yet.</p>}
              <ul class="plain-list">
                {list.slice(0, 20).map((task) => (
                  <li key={task.id}>
                    <a href={path("tasks", task.id)} data-over="">
                      #{task.number}
                    </a>{" "}
                    <Chip label={taskLabel(task)} />{" "}
                    <span class="ellipsis">{task.status === "error" ? taskSentence(task) : task.prompt}</span>{" "}
                    <When at={task.finishedAt ?? task.startedAt ?? task.createdAt} />
                  </li>
                ))}
              </ul>
            </section>
            {detail?.log && detail.log.length > 0 && (
              <section>
                <h3>State changes</h3>
                <ul class="plain-list">
                  {detail.log.map((entry) => (
                    <li key={entry.at + entry.text}>
                      {entry.text} <When at={entry.at} />
                    </li>
                  ))}
                </ul>
              </section>
            )}
          </>
        )}
      </div>
    </Dialog>
  );
}
