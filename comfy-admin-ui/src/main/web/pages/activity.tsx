import { useCallback, useEffect, useState } from "preact/hooks";
import type { ActivityEntry } from "../api.ts";
import { setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { because, get, query } from "../live/http.ts";
import { store, useTopics } from "../live/live.ts";
import { Act, Empty, Skeleton, usePageTitle, When } from "../ui/bits.tsx";
import { Choice } from "../ui/filters.tsx";

interface Page {
  entries: ActivityEntry[];
  next: string | null;
}

/** Who did what, and what changed by itself. */
export function Activity({ route }: { route: Route }) {
  usePageTitle("Activity");
  useTopics("loaded");
  const kind = route.query.get("kind") ?? "";
  const object = route.query.get("object") ?? "";
  const [entries, setEntries] = useState<ActivityEntry[] | null>(null);
  const [next, setNext] = useState<string | null>(null);
  const [waiting, setWaiting] = useState<ActivityEntry[]>([]);
  const [problem, setProblem] = useState("");
  const read = useCallback(
    (cursor: string | null) => get<Page>(`/activity${query({ cursor, limit: 100, kind, object })}`),
    [kind, object],
  );
  const first = useCallback(async () => {
    try {
      const page = await read(null);
      setEntries(page.entries);
      setNext(page.next);
      setWaiting([]);
      setProblem("");
    } catch (error) {
      setProblem(because("The activity could not be read", error));
    }
  }, [read]);
  useEffect(() => {
    setEntries(null);
    void first();
    const timer = setInterval(() => {
      if (document.hidden) return;
      read(null).then(
        (page) => setWaiting(page.entries),
        () => {
          // The chip says that the router does not answer.
        },
      );
    }, 10_000);
    return () => clearInterval(timer);
  }, [first, read]);
  const known = new Set(entries?.map((entry) => entry.id));
  const newer = waiting.filter((entry) => !known.has(entry.id));
  return (
    <>
      <div class="page-head">
        <h1 tabIndex={-1}>Activity</h1>
      </div>
      <div class="filters">
        <Choice
          name="kind"
          label="Kind"
          value={kind}
          options={[
            ["", "All"],
            ["act", "Acts"],
            ["state", "State changes"],
            ["notice", "Notices"],
          ]}
          change={(value) => setQuery({ kind: value })}
        />
        {object && (
          <button type="button" class="small" onClick={() => setQuery({ object: null })}>
            about {object} <span aria-hidden="true">✕</span>
            <span class="unseen">: drop this filter</span>
          </button>
        )}
      </div>
      {problem && (
        <p class="problem" role="alert">
          {problem}{" "}
          <Act small run={first}>
            Try again
          </Act>
        </p>
      )}
      {newer.length > 0 && (
        <button
          type="button"
          class="newer"
          onClick={() => {
            setEntries([...newer, ...(entries ?? [])]);
            setWaiting([]);
            scrollTo(0, 0);
          }}
        >
          ↑ {newer.length} newer
        </button>
      )}
      {/* With the names of the nodes and tasks that it is about. */}
      {!entries || !store.loaded ? (
        !problem && <Skeleton rows={10} label="Loading the activity…" />
      ) : entries.length === 0 ? (
        <Empty title={kind || object ? "Nothing of that kind." : "Nothing has happened yet."} />
      ) : (
        <ol class="activity">
          {entries.map((entry) => (
            <li key={entry.id}>
              <When at={entry.at} />
              <span class="who">{entry.actor}</span>
              <span>
                <Said entry={entry} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {next && entries && store.loaded && (
        <Act
          doing="Loading…"
          run={async () => {
            try {
              const page = await read(next);
              setEntries([...entries, ...page.entries]);
              setNext(page.next);
            } catch (error) {
              setProblem(because("The activity could not be read", error));
            }
          }}
        >
          Show older
        </Act>
      )}
    </>
  );
}

/** The sentence; what it is about is a link, in the sentence where it is named there. */
function Said({ entry }: { entry: ActivityEntry }) {
  const to = target(entry);
  if (!to) return <>{entry.text}</>;
  const link = (
    <a href={to.url} {...(to.over ? { "data-over": "" } : {})}>
      {to.name}
    </a>
  );
  const at = entry.text.indexOf(to.name);
  if (at < 0) {
    return (
      <>
        {entry.text} {link}
      </>
    );
  }
  return (
    <>
      {entry.text.slice(0, at)}
      {link}
      {entry.text.slice(at + to.name.length)}
    </>
  );
}

function target(entry: ActivityEntry): { url: string; name: string; over: boolean } | null {
  const [kind, id] = split(entry.object);
  if (!id) return null;
  switch (kind) {
    case "task":
      return {
        url: path("tasks", id),
        name: entry.label ?? `#${store.tasks.get(id)?.number ?? id.slice(0, 8)}`,
        over: true,
      };
    case "node":
      return store.nodes.has(id) ? { url: path("nodes", id), name: entry.label ?? id, over: false } : null;
    case "file":
      return { url: path("models", id), name: entry.label ?? id, over: false };
    default:
      return null;
  }
}

function split(object: string): [string, string] {
  const at = object.indexOf(":");
  return at < 0 ? [object, ""] : [object.slice(0, at), object.slice(at + 1)];
}
