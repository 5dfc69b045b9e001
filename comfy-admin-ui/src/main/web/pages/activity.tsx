import { useCallback, useEffect, useState } from "preact/hooks";
import type { ActivityEntry } from "../api.ts";
import { setQuery } from "../app/navigation.ts";
import { path, type Route } from "../app/route.ts";
import { because, get, query } from "../live/http.ts";
import { store } from "../live/live.ts";
import { Act, Empty, Skeleton, usePageTitle, When } from "../ui/bits.tsx";
import { Choice } from "../ui/filters.tsx";

interface Page {
  entries: ActivityEntry[];
  next: string | null;
}

/** Who did what, and what changed by itself. */
export function Activity({ route }: { route: Route }) {
  usePageTitle("Activity");
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
      {!entries ? (
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
                {entry.text} <About entry={entry} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {next && entries && (
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

function About({ entry }: { entry: ActivityEntry }) {
  const [kind, id] = split(entry.object);
  if (!id) return null;
  if (kind === "task") {
    return (
      <a href={path("tasks", id)} data-over="">
        {entry.label ?? `#${store.tasks.get(id)?.number ?? id.slice(0, 8)}`}
      </a>
    );
  }
  if (kind === "node") return store.nodes.has(id) ? <a href={path("nodes", id)}>{entry.label ?? id}</a> : null;
  return kind === "file" ? <a href={path("models", id)}>{entry.label ?? id}</a> : null;
}

function split(object: string): [string, string] {
  const at = object.indexOf(":");
  return at < 0 ? [object, ""] : [object.slice(0, at), object.slice(at + 1)];
}
