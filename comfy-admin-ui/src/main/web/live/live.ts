import { useLayoutEffect, useReducer } from "preact/hooks";
import type { ClusterNode, Download, Notice, Session, Task } from "../api.ts";
import { onSignedOut } from "./http.ts";
import { Store } from "./store.ts";
import { type Link, LiveStream } from "./stream.ts";

/** The one store and the one stream of this tab. */
export const store = new Store((run) => {
  if (document.hidden) setTimeout(run, 250);
  else requestAnimationFrame(run);
});

const noticeListeners = new Set<(notice: Notice) => void>();

export const stream = new LiveStream(
  store,
  {
    open: (path) => new EventSource(new URL(path, location.origin)),
    read: async (path) => {
      try {
        const response = await fetch(new URL(path, location.origin), {
          headers: { Accept: "application/json", "X-Comfy-Router-Page": "1" },
          signal: AbortSignal.timeout(15_000),
          cache: "no-store",
        });
        return { status: response.status, body: response.ok ? await response.json() : null };
      } catch {
        return { status: 0, body: null };
      }
    },
    now: () => Date.now(),
    random: () => Math.random(),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
  },
  (notice) => {
    for (const listener of noticeListeners) listener(notice);
  },
);

export function onNotice(listener: (notice: Notice) => void): () => void {
  noticeListeners.add(listener);
  return () => noticeListeners.delete(listener);
}

/**
 * The first question of a page, the only one without the header of background requests: browsers send credentials by
 * themselves only below the folder in which they were asked for them. A page that was opened deep down is signed in
 * for the whole router by this challenge, which the browser answers with what it knows.
 */
async function greet(): Promise<boolean> {
  try {
    const answer = await fetch(new URL("/session", location.origin), {
      headers: { Accept: "application/json" },
      signal: AbortSignal.timeout(15_000),
      cache: "no-store",
    });
    if (answer.status === 401) return false;
    if (answer.ok) {
      store.session = (await answer.json()) as Session;
      store.touch("session");
    }
  } catch {
    // The stream finds the same out and says so.
  }
  return true;
}

export function startLive(): void {
  onSignedOut(() => stream.signedOut());
  void greet().then((known) => (known ? stream.start() : stream.signedOut()));
  document.addEventListener("visibilitychange", () => stream.hidden(document.hidden));
  addEventListener("pagehide", () => stream.hidden(true));
}

/** Draws again when one of the topics is touched. */
export function useTopics(...topics: string[]): void {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useLayoutEffect(() => {
    const stops = topics.map((topic) => store.listen(topic, () => redraw(0)));
    return () => {
      for (const stop of stops) stop();
    };
  }, [topics.join(" ")]);
}

export function useTask(id: string): Task | undefined {
  useTopics(`task:${id}`);
  return store.tasks.get(id);
}

export function useNode(id: string): ClusterNode | undefined {
  useTopics(`node:${id}`);
  return store.nodes.get(id);
}

export function useDownload(id: string): Download | undefined {
  useTopics(`download:${id}`);
  return store.downloads.get(id);
}

export function useLink(): Link {
  useTopics("link");
  return stream.link;
}
