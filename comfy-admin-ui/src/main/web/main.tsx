import { type ComponentType, render } from "preact";
import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { GoTo, Help, useGlobalKeys } from "./app/keys.tsx";
import { closeOver, startNavigation, useHere } from "./app/navigation.ts";
import { type PageName, path, type Route } from "./app/route.ts";
import { applySettings } from "./app/settings.ts";
import { Shell } from "./app/shell.tsx";
import { startLive, store, useLink, useTopics } from "./live/live.ts";
import { AddNodesDialog } from "./pages/add-nodes.tsx";
import { Nodes } from "./pages/nodes.tsx";
import { Overview } from "./pages/overview.tsx";
import { TaskDrawer, TaskPage } from "./pages/task.tsx";
import { Tasks } from "./pages/tasks.tsx";
import { Empty, Skeleton, usePageTitle } from "./ui/bits.tsx";
import { Questions } from "./ui/dialog.tsx";
import { Announcer, Toasts } from "./ui/toast.tsx";

export interface PageProps {
  route: Route;
}

const later: Partial<Record<PageName, () => Promise<ComponentType<PageProps>>>> = {
  gallery: async () => (await import("./pages/later.ts")).Gallery,
  models: async () => (await import("./pages/later.ts")).Models,
  playground: async () => (await import("./pages/later.ts")).Playground,
  activity: async () => (await import("./pages/later.ts")).Activity,
  settings: async () => (await import("./pages/later.ts")).SettingsPage,
};

const pages: Partial<Record<PageName, ComponentType<PageProps>>> = {
  overview: Overview,
  nodes: Nodes,
  tasks: ({ route }) => (route.id ? <TaskPage id={route.id} /> : <Tasks route={route} />),
  missing: Missing,
};

function Missing() {
  usePageTitle("Not found");
  return (
    <Empty title="There is no such page.">
      <h1 class="unseen" tabIndex={-1}>
        Not found
      </h1>
      <p>
        <a class="button" href={path("overview")}>
          Overview
        </a>
      </p>
    </Empty>
  );
}

function Page({ route }: PageProps) {
  const [, loaded] = useState(0);
  const [failed, setFailed] = useState(false);
  const load = pages[route.page] ? undefined : later[route.page];
  useEffect(() => {
    if (!load) return;
    setFailed(false);
    load().then(
      (page) => {
        pages[route.page] = page;
        loaded((n) => n + 1);
      },
      () => setFailed(true),
    );
  }, [load, route.page]);
  const Now = pages[route.page];
  useLayoutEffect(() => {
    // The focus waited in <main> for a page that had to be loaded first.
    if (Now && document.activeElement?.id === "main")
      document.querySelector<HTMLElement>("main h1")?.focus({ preventScroll: true });
  }, [Now]);
  if (Now) return <Now route={route} />;
  if (!failed) return <Skeleton rows={6} label="Loading the page…" />;
  return (
    <Empty title="This part of the page could not be loaded.">
      <p>The router may have been updated meanwhile.</p>
      <button type="button" onClick={() => location.reload()}>
        Reload
      </button>
    </Empty>
  );
}

/** Comes with the gallery, wherever it is opened. */
function Lightbox(props: { id: string; n: number; close: () => void }) {
  const [Loaded, setLoaded] = useState<{ box: ComponentType<typeof props> } | null>(null);
  useEffect(() => {
    let gone = false;
    void import("./pages/later.ts").then((module) => !gone && setLoaded({ box: module.Lightbox }));
    return () => {
      gone = true;
    };
  }, []);
  return Loaded && <Loaded.box {...props} />;
}

function App() {
  const { route, under } = useHere();
  useTopics("session");
  // Standing banners are above the page: it waits for them, so that it does not jump.
  const { downSince } = useLink();
  const ready = store.session !== null || downSince > 0;
  const [top, setTop] = useState<"help" | "goto" | null>(null);
  const help = useCallback(() => setTop("help"), []);
  const goTo = useCallback(() => setTop("goto"), []);
  const close = useCallback(() => setTop(null), []);
  useGlobalKeys(help, goTo);
  const over = route.id !== null && (route.page === "tasks" || route.page === "gallery");
  const drawn = over && under ? under : route;
  const place = `${drawn.page}/${drawn.page === "tasks" ? (drawn.id ?? "") : ""}`;
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  useLayoutEffect(() => {
    if (first.current) {
      first.current = false;
      return;
    }
    scrollTo(0, 0);
    const heading = main.current?.querySelector<HTMLElement>("h1");
    (heading ?? main.current)?.focus({ preventScroll: true });
  }, [place]);
  return (
    <Shell page={drawn.page} help={help} ready={ready}>
      <main id="main" tabIndex={-1} ref={main}>
        {ready ? <Page route={drawn} /> : <Skeleton rows={6} label="Loading…" />}
      </main>
      {over && drawn !== route && route.page === "tasks" && (
        <TaskDrawer key={route.id} id={route.id ?? ""} close={() => closeOver(path("tasks"))} />
      )}
      {over && route.page === "gallery" && (
        <Lightbox id={route.id ?? ""} n={route.n ?? 0} close={() => closeOver(path("gallery"))} />
      )}
      {top === "help" && <Help close={close} />}
      {top === "goto" && <GoTo close={close} />}
      <AddNodesDialog />
      <Questions />
      <Toasts />
      <Announcer />
    </Shell>
  );
}

applySettings();
startNavigation();
const root = document.getElementById("app");
if (root) render(<App />, root);
startLive();
