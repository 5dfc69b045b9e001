import { useCallback, useEffect, useReducer, useState } from "preact/hooks";
import type { CacheFile, CacheView, Download } from "../api.ts";
import { closeOver, navigate, setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { nextToGo } from "../cache-order.ts";
import { bytes, count, duration, percent, plural, rate } from "../format.ts";
import { because, get, post, remove } from "../live/http.ts";
import { store, useDownload, useTask, useTopics } from "../live/live.ts";
import { Act, Bar, Empty, Skeleton, usePageTitle, When } from "../ui/bits.tsx";
import { Copy } from "../ui/copy.tsx";
import { ask, Dialog } from "../ui/dialog.tsx";
import { Choice, PickOne, Search } from "../ui/filters.tsx";
import { type Column, Grid } from "../ui/grid.tsx";
import { Facts } from "../ui/rows.tsx";
import { fail, say } from "../ui/toast.tsx";
import { Prefetch } from "./prefetch.tsx";

const GIB = 1024 ** 3;
const NEED = 8 * GIB;

const COLUMNS: Column[] = [
  { name: "name", title: "File", sort: "name" },
  { name: "folder", title: "Folder", sort: "folder" },
  { name: "size", title: "Size", sort: "size" },
  { name: "used", title: "Last use", sort: "used" },
  { name: "uses", title: "Uses", sort: "uses" },
  { name: "state", title: "State" },
];

const names = new Intl.Collator("en", { numeric: true });

/** The files as last read; rows look their own up here. */
let view: CacheView | null = null;
let reads = 0;
let going = new Set<string>();
const rows = new Map<string, CacheFile>();

function useCache(): { again: () => Promise<void>; problem: string } {
  useTopics("downloads", "cache");
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const [problem, setProblem] = useState("");
  const again = useCallback(async (): Promise<void> => {
    reads += 1;
    const mine = reads;
    try {
      const answer = await get<CacheView>("/cache");
      // An answer that was overtaken is older than what is shown.
      if (mine !== reads) return;
      view = answer;
      rows.clear();
      for (const file of view.files) rows.set(file.id, file);
      going = nextToGo(view.files, view.bytes, view.limit, NEED);
      setProblem(view.problem ? `The model list could not be read: ${view.problem}.` : "");
      store.touch("files");
      redraw(0);
    } catch (error) {
      if (mine === reads) setProblem(because("The model list could not be read", error));
    }
  }, []);
  const ended = [...store.downloads.values()].filter((download) => download.status === "done").length;
  const total = store.cache.bytes;
  useEffect(() => void again(), [ended, Math.round(total / GIB), again]);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) void again();
    }, 15_000);
    return () => clearInterval(timer);
  }, [again]);
  return { again, problem };
}

export function Models({ route }: { route: Route }) {
  useTopics("loaded");
  const { again, problem } = useCache();
  const [prefetch, setPrefetch] = useState(false);
  const q = route.query.get("q") ?? "";
  const folder = route.query.get("folder") ?? "";
  const state = route.query.get("state") ?? "";
  const sort = route.query.get("sort") ?? "";
  usePageTitle("Models");
  const files = view?.files ?? [];
  const ids = files
    .filter(
      (file) =>
        (!folder || file.folder === folder) &&
        (!state || (state === "pinned" ? file.pinned : state === "used" ? file.leased > 0 : going.has(file.id))) &&
        (!q || `${file.name} ${file.from ?? ""}`.toLowerCase().includes(q.toLowerCase())),
    )
    .map((file) => file.id);
  if (sort) ids.sort(compare(sort));
  else ids.reverse();
  const ruled = !sort && ids.some((id) => !going.has(id)) ? ids.find((id) => going.has(id)) : undefined;
  const search = location.search;
  // Together with the downloads, which stand above the files and would push them down.
  const ready = store.loaded && (view !== null || problem !== "");
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Models</h1>
        <button type="button" class="main" onClick={() => setPrefetch(true)}>
          Prefetch a URL…
        </button>
      </div>
      {ready && <Share />}
      {ready && <Downloads />}
      {ready && problem && (
        <p class="problem" role="alert">
          {problem}{" "}
          <Act small run={again}>
            Try again
          </Act>
        </p>
      )}
      {!ready || !view ? (
        !ready && <Skeleton rows={8} label="Loading models…" />
      ) : files.length === 0 ? (
        <Empty title="The cache is empty.">
          <p>Files that tasks name by URL are kept here. A model can also be fetched before anybody needs it.</p>
          <button type="button" class="main" onClick={() => setPrefetch(true)}>
            Prefetch a URL…
          </button>
        </Empty>
      ) : (
        <>
          <div class="filters">
            <Search value={q} label="Filter by name" change={(value) => setQuery({ q: value })} />
            <PickOne
              label="Folder"
              value={folder}
              options={view.folders.map((one) => one.folder)}
              change={(value) => setQuery({ folder: value })}
            />
            <Choice
              name="state"
              label="State"
              value={state}
              options={[
                ["", "All"],
                ["used", "In use"],
                ["pinned", "Pinned"],
                ["going", "Next to go"],
              ]}
              change={(value) => setQuery({ state: value })}
            />
            <span class="dim of">
              {ids.length} of {plural(files.length, "file")}
            </span>
          </div>
          {ids.length === 0 ? (
            <Empty title="No file matches.">
              <button type="button" onClick={() => setQuery({ q: null, folder: null, state: null })}>
                Clear filter
              </button>
            </Empty>
          ) : (
            <Grid
              name="models"
              label="Cached files"
              noun="file"
              columns={COLUMNS}
              ids={ids}
              view={`${q}|${folder}|${state}|${sort}`}
              Row={FileRow}
              rowName={(id) => rows.get(id)?.name ?? id}
              rowNote={(id) => (id === ruled ? `These go first when ${bytes(NEED)} more are needed` : undefined)}
              sort={sort}
              onSort={(next) => setQuery({ sort: next })}
              open={(id) => navigate(path("models", id) + search, { over: true })}
            />
          )}
        </>
      )}
      {route.id && <FileDrawer id={route.id} again={again} close={() => closeOver(path("models") + search)} />}
      {prefetch && <Prefetch known={(view?.folders ?? []).map((one) => one.folder)} close={() => setPrefetch(false)} />}
    </>
  );
}

function compare(sort: string): (a: string, b: string) => number {
  const key = sort.replace("-", "");
  const sign = sort.startsWith("-") ? -1 : 1;
  return (a, b) => {
    const one = rows.get(a);
    const other = rows.get(b);
    if (!one || !other) return 0;
    const by =
      key === "size"
        ? one.bytes - other.bytes
        : key === "uses"
          ? one.uses - other.uses
          : key === "used"
            ? Date.parse(one.lastUsedAt ?? "") - Date.parse(other.lastUsedAt ?? "")
            : key === "folder"
              ? names.compare(one.folder, other.folder)
              : 0;
    return sign * (by || names.compare(one.name, other.name));
  };
}

/** The bar by folder; the colours repeat, so every part is named below. */
function Share() {
  useTopics("cache", "files");
  const { cache } = store;
  const limit = view?.limit || cache.limit;
  const folders = [...(view?.folders ?? [])].sort((a, b) => b.bytes - a.bytes);
  return (
    <section class="share" aria-label="Use of the cache">
      <p>
        <strong>{bytes(cache.bytes)}</strong> of {bytes(limit)}
        {view?.free != null && <span class="dim">, {bytes(view.free)} free on the disk</span>}
      </p>
      <svg viewBox="0 0 1000 12" width="100%" height="12" preserveAspectRatio="none" aria-hidden="true">
        <rect class="rest" width="1000" height="12" />
        {folders.map((one, index) => {
          const before = folders.slice(0, index).reduce((sum, other) => sum + other.bytes, 0);
          return (
            <rect
              key={one.folder}
              class={`part p${index % 6}`}
              x={(before / limit) * 1000}
              width={Math.max(1, (one.bytes / limit) * 1000 - 1)}
              height="12"
            />
          );
        })}
      </svg>
      <ul class="legend">
        {folders.map((one, index) => (
          <li key={one.folder}>
            <svg viewBox="0 0 10 10" width="10" height="10" aria-hidden="true">
              <rect class={`part p${index % 6}`} width="10" height="10" />
            </svg>
            <a href={`${path("models")}?folder=${encodeURIComponent(one.folder)}`}>{one.folder}</a>{" "}
            <span class="dim">
              {bytes(one.bytes)}, {plural(one.files, "file")}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Downloads() {
  useTopics("downloads");
  const list = [...store.downloads.values()].filter((one) => one.status !== "cancelled");
  if (list.length === 0) return null;
  list.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt));
  return (
    <section aria-labelledby="downloads">
      <h2 id="downloads">Downloads</h2>
      <ul class="downloads">
        {list.map((one) => (
          <DownloadLine key={one.id} id={one.id} />
        ))}
      </ul>
    </section>
  );
}

function WaitingTask({ id }: { id: string }) {
  const task = useTask(id);
  return <a href={path("tasks", id)}>{task ? `#${task.number}` : id.slice(0, 8)}</a>;
}

function DownloadLine({ id }: { id: string }) {
  const download = useDownload(id);
  if (!download) return null;
  const share = download.size ? download.bytes / download.size : null;
  const act = async (what: "cancel" | "retry", not: string): Promise<void> => {
    try {
      await post(`/cache/downloads/${id}/${what}`);
    } catch (error) {
      fail(because(`${download.name} is not ${not}`, error));
    }
  };
  return (
    <li>
      <p class="name">
        <span class="ellipsis" title={download.name}>
          {download.name}
        </span>
        <span class="dim">
          {download.folder}, from {download.from}
        </span>
      </p>
      <p class="progress-line">
        {download.status === "failed" ? (
          <span class="bad-text">{download.error ?? "failed"}</span>
        ) : download.status === "done" ? (
          <span>Done, {bytes(download.bytes)}</span>
        ) : (
          <>
            <Bar value={download.status === "waiting" ? 0 : share} label={`Download of ${download.name}`} />
            <span>{progress(download, share)}</span>
          </>
        )}
      </p>
      {download.tasks > 0 && (
        <p class="dim">
          {plural(download.tasks, "task")} {download.tasks === 1 ? "waits" : "wait"} for it
          {download.taskIds.map((task, i) => (
            <span key={task}>
              {i === 0 ? ": " : ", "}
              <WaitingTask id={task} />
            </span>
          ))}
          {download.tasks > download.taskIds.length && download.taskIds.length > 0 && " and others"}
        </p>
      )}
      {download.status === "failed" && (
        <Act small doing="Starting…" run={() => act("retry", "started")}>
          Try again
        </Act>
      )}
      {(download.status === "running" || download.status === "waiting") && (
        <Act
          small
          doing="Cancelling…"
          label={`Cancel the download of ${download.name}`}
          run={() => act("cancel", "cancelled")}
        >
          Cancel
        </Act>
      )}
    </li>
  );
}

function progress(download: Download, share: number | null): string {
  if (download.status === "waiting") return "Waits for its turn";
  return [
    share === null ? bytes(download.bytes) : `${percent(share)} of ${bytes(download.size)}`,
    rate(download.rate),
    download.etaSeconds != null ? `${duration(download.etaSeconds)} left` : "",
  ]
    .filter(Boolean)
    .join(", ");
}

function FileRow({ id }: { id: string }) {
  useTopics("files");
  const file = rows.get(id);
  if (!file) {
    return (
      <div role="gridcell" class="c-gone">
        removed
      </div>
    );
  }
  return (
    <>
      <div role="gridcell" class="c-name" title={file.name}>
        <a href={path("models", id) + location.search} data-over="" tabIndex={-1}>
          {file.name}
        </a>
      </div>
      <div role="gridcell" class="c-folder">
        {file.folder}
      </div>
      <div role="gridcell" class="c-size">
        {bytes(file.bytes)}
      </div>
      <div role="gridcell" class="c-used">
        {file.lastUsedAt ? <When at={file.lastUsedAt} /> : <span class="dim">never</span>}
      </div>
      <div role="gridcell" class="c-uses">
        {count(file.uses)}
      </div>
      <div role="gridcell" class="c-state">
        {file.pinned && <span class="tag">pinned</span>}
        {file.leased > 0 && <span class="tag">in use</span>}
        {going.has(id) && <span class="tag wait">next to go</span>}
      </div>
    </>
  );
}

function FileDrawer({ id, again, close }: { id: string; again: () => Promise<void>; close: () => void }) {
  useTopics("files");
  const file = rows.get(id);
  if (!file) {
    return (
      <Dialog kind="drawer" title="File" close={close}>
        <div class="body">
          {view ? <Empty title="This file is gone from the cache." /> : <Skeleton rows={4} label="Loading the file…" />}
        </div>
      </Dialog>
    );
  }
  const pin = async (pinned: boolean): Promise<void> => {
    try {
      await post(`/cache/${encodeURIComponent(id)}/${pinned ? "pin" : "unpin"}`);
      say(pinned ? `Pinned ${file.name}: it stays` : `Unpinned ${file.name}`, {
        name: "Undo",
        run: () => void pin(!pinned),
      });
      await again();
    } catch (error) {
      fail(because(`${file.name} is not ${pinned ? "pinned" : "unpinned"}`, error));
    }
  };
  return (
    <Dialog kind="drawer" title={file.name} close={close}>
      <div class="body">
        <p class="lead">
          {file.pinned && <span class="tag">pinned</span>}
          {file.leased > 0 && <span class="tag">in use</span>}
          {going.has(id) && <span class="tag wait">next to go when {bytes(NEED)} more are needed</span>}
        </p>
        <div class="acts">
          <Act kind="main" run={() => pin(!file.pinned)}>
            {file.pinned ? "Unpin" : "Pin"}
          </Act>
          {file.from && <Copy text={() => file.from ?? ""}>Copy URL</Copy>}
          <span class="gap" />
          <button
            type="button"
            class="danger"
            onClick={() =>
              ask({
                title: `Delete ${file.name}?`,
                body: (
                  <p>
                    {bytes(file.bytes)} are freed.{" "}
                    {file.leased > 0
                      ? `${plural(file.leased, "task")} ${file.leased === 1 ? "uses" : "use"} it now: the router will refuse.`
                      : "It is downloaded again when a task needs it."}
                  </p>
                ),
                failed: "Not deleted",
                ways: [
                  {
                    name: "Delete the file",
                    doing: "Deleting…",
                    danger: true,
                    run: async () => {
                      await remove(`/cache/${encodeURIComponent(id)}`);
                      say(`Deleted ${file.name}`);
                      close();
                      await again();
                    },
                  },
                ],
              })
            }
          >
            Delete…
          </button>
        </div>
        <Facts
          rows={[
            ["Folder", file.folder],
            ["Size", bytes(file.bytes)],
            ["Last use", file.lastUsedAt ? <When key="used" at={file.lastUsedAt} /> : "never"],
            ["Uses", count(file.uses)],
            ["In use by", plural(file.leased, "task")],
            ["From", file.from ?? "not known"],
          ]}
        />
      </div>
    </Dialog>
  );
}
