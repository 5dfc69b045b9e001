import type { ComponentChildren } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { attention } from "../attention.ts";
import { age, clockTime, plural } from "../format.ts";
import { store, stream, useLink, useTopics } from "../live/live.ts";
import { useTick } from "../ui/bits.tsx";
import { type PageName, path } from "./route.ts";

const QUIET = 5_000;
const UNREACHABLE = 30_000;

const TABS: { page: PageName; name: string }[] = [
  { page: "overview", name: "Overview" },
  { page: "nodes", name: "Nodes" },
  { page: "tasks", name: "Tasks" },
  { page: "gallery", name: "Gallery" },
  { page: "models", name: "Models" },
  { page: "playground", name: "Playground" },
  { page: "activity", name: "Activity" },
  { page: "settings", name: "Settings" },
];

/** Name, pages, how fresh the data is: what surrounds every page. */
export function Shell(props: { page: PageName; help: () => void; ready: boolean; children: ComponentChildren }) {
  useTopics("session");
  return (
    <>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="shell">
        <a class="brand" href={path("overview")}>
          <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
            <path class="line" d="M1.5 8h4M5.5 8l5-5h4M5.5 8h9M5.5 8l5 5h4" />
          </svg>
          <span>Comfy Router</span>
          <span class="env">{store.session?.env}</span>
        </a>
        <Tabs page={props.page} />
        <div class="tools">
          <LiveChip />
          <Pause />
          <button type="button" class="quiet" aria-label="Help and keys" title="Help and keys (?)" onClick={props.help}>
            ?
          </button>
        </div>
      </header>
      <Standing />
      <Dimmer ready={props.ready}>{props.children}</Dimmer>
      <Passing />
      <FaviconDot />
    </>
  );
}

function Tabs({ page }: { page: PageName }) {
  useTopics("nodes", "queue");
  const more = useRef<HTMLDetailsElement>(null);
  let offline = 0;
  for (const node of store.nodes.values()) if (node.status === "offline") offline += 1;
  const needs: Partial<Record<PageName, { count: number; what: string }>> = {
    nodes: { count: offline, what: "offline" },
    tasks: { count: store.queue.pending + store.queue.running, what: "queued or running" },
  };
  useEffect(() => {
    if (more.current) more.current.open = false;
  }, [page]);
  const link = (tab: (typeof TABS)[number]) => {
    const need = needs[tab.page];
    return (
      <a key={tab.page} href={path(tab.page)} aria-current={tab.page === page ? "page" : undefined}>
        {tab.name}
        {need && (
          <span class={`count ${tab.page}${need.count === 0 ? " none" : ""}`}>
            {need.count < 1000 ? need.count : `${Math.floor(need.count / 1000)}k`}
            <span class="unseen"> {need.what}</span>
          </span>
        )}
      </a>
    );
  };
  return (
    <nav aria-label="Pages">
      {TABS.slice(0, 4).map(link)}
      <div class="wide">{TABS.slice(4).map(link)}</div>
      <details class="more" ref={more}>
        <summary>More</summary>
        <div>{TABS.slice(4).map(link)}</div>
      </details>
    </nav>
  );
}

export function freshness(now: number): {
  word: string;
  detail: string;
  tone: "good" | "wait" | "bad" | "off";
  stale: boolean;
} {
  const { phase, heardAt, downSince } = stream.link;
  const silent = now - heardAt;
  switch (phase) {
    case "loading":
      return { word: "Loading", detail: "", tone: "off", stale: false };
    case "paused":
      return { word: "Paused", detail: age(silent / 1000), tone: "off", stale: true };
    case "hidden":
      return { word: "Asleep", detail: "", tone: "off", stale: true };
    case "signed-out":
      return { word: "Signed out", detail: "", tone: "bad", stale: true };
    case "polling":
      return { word: "Every 5 s", detail: age(silent / 1000), tone: "wait", stale: silent > 2 * QUIET };
    default:
      if (downSince > 0 && now - downSince > UNREACHABLE)
        return { word: "No answer", detail: age(silent / 1000), tone: "bad", stale: true };
      if (phase === "retrying" || silent > QUIET)
        return { word: "Reconnecting", detail: age(silent / 1000), tone: "wait", stale: silent > QUIET };
      return { word: "Live", detail: `${(Math.max(0, silent) / 1000).toFixed(1)} s`, tone: "good", stale: false };
  }
}

function LiveChip() {
  useLink();
  useTick();
  const fresh = freshness(Date.now());
  return (
    <span class={`live ${fresh.tone}`} title="Age of what is shown">
      <span class="lamp" aria-hidden="true" />
      <span role="status">{fresh.word}</span>
      <span class="detail" aria-hidden="true">
        {fresh.detail}
      </span>
    </span>
  );
}

function Pause() {
  const link = useLink();
  const paused = link.phase === "paused";
  return (
    <button
      type="button"
      class="quiet"
      aria-pressed={paused}
      aria-label="Pause updates"
      title={paused ? "Go on (p)" : "Pause updates (p)"}
      onClick={() => (paused ? stream.resume() : stream.pause())}
    >
      <svg class="shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {paused ? <path d="M2.5 1.2l8 4.8-8 4.8z" /> : <path d="M2.5 1.5h2.4v9H2.5zM7.1 1.5h2.4v9H7.1z" />}
      </svg>
    </button>
  );
}

/** What has changed since the page was opened: a bar at the lower edge, so that nothing moves. The worst one only. */
function Passing() {
  const link = useLink();
  useTopics("session", "loaded");
  const now = useTick() - store.skew;
  const fresh = freshness(now);
  const asOf = link.heardAt ? `Shown as of ${clockTime(link.heardAt)}.` : "";
  if (link.phase === "signed-out") {
    return (
      <aside class="banner passing bad" aria-label="Connection">
        <span role="alert">You are signed out. What you typed is kept.</span>
        <button type="button" onClick={() => location.reload()}>
          Sign in again
        </button>
      </aside>
    );
  }
  if (link.downSince > 0 && (now - link.downSince > UNREACHABLE || !store.loaded)) {
    const wait = Math.max(0, Math.ceil((link.retryAt - now) / 1000));
    return (
      <aside class="banner passing bad" aria-label="Connection">
        <span>
          <span role="alert">The router does not answer.</span> {wait > 0 ? `Next try in ${wait} s. ` : "Trying… "}
          {asOf}
        </span>
        <button type="button" onClick={() => stream.retryNow()}>
          Try now
        </button>
      </aside>
    );
  }
  if (fresh.stale && link.phase !== "hidden" && store.loaded) {
    return (
      <aside class="banner passing wait" aria-label="Connection">
        <span>{link.phase === "paused" ? `Paused. ${asOf}` : `Connection lost, retrying. ${asOf} Acts may fail.`}</span>
        {link.phase === "paused" && (
          <button type="button" onClick={() => stream.resume()}>
            Go on
          </button>
        )}
      </aside>
    );
  }
  if (link.newBuild) {
    return (
      <aside class="banner passing" aria-label="Connection">
        <span>
          The router was updated
          {store.session?.build === link.newBuild ? ` to ${store.session.version}` : ""}. Reload to use the new page.
        </span>
        <button type="button" onClick={() => location.reload()}>
          Reload
        </button>
      </aside>
    );
  }
  return null;
}

/** What is so from the start: in the page, above its title. */
function Standing() {
  useTopics("session", "nodes");
  let simulated = 0;
  for (const node of store.nodes.values()) if (node.simulated) simulated += 1;
  const demo = store.session?.demo || simulated > 0;
  const open = store.session?.defaultPassword;
  if (!demo && !open) return null;
  const nodes =
    simulated === store.nodes.size ? "the nodes are" : `${plural(simulated, "node")} ${simulated === 1 ? "is" : "are"}`;
  return (
    <aside class={demo ? "banner quiet" : "banner wait"} aria-label="Notice">
      <span>
        {demo && `Demo: ${nodes} simulated and paint made-up pictures. No GPU is used. `}
        {open && (
          <>
            The default password is in force: only this machine and private networks are served.{" "}
            {!demo && (
              <>
                Set <code>COMFY_ROUTER__PASSWORD</code> and restart.
              </>
            )}
          </>
        )}
      </span>
    </aside>
  );
}

/** Values that are old look old: 70 % when nothing was heard for five seconds. */
function Dimmer({ ready, children }: { ready: boolean; children: ComponentChildren }) {
  useLink();
  const [stale, setStale] = useState(false);
  useEffect(() => {
    const timer = setInterval(() => {
      const { phase } = stream.link;
      setStale(phase !== "hidden" && store.loaded && freshness(Date.now()).stale);
    }, 500);
    return () => clearInterval(timer);
  }, []);
  return <div class={ready ? (stale ? "page stale" : "page") : "page unready"}>{children}</div>;
}

function FaviconDot() {
  useTopics("nodes", "tasks", "downloads");
  const needed = useMemo(
    () => attention(store.nodes.values(), store.tasks.values(), store.downloads.values(), store.now()).length > 0,
    [store.nodes.size, store.counts.error, Math.floor(Date.now() / 5_000)],
  );
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    const wanted = needed ? "/admin/favicon-alert.svg" : "/admin/favicon.svg";
    if (link && link.getAttribute("href") !== wanted) link.setAttribute("href", wanted);
  }, [needed]);
  return null;
}
