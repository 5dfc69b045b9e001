import { useCallback, useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Task, TaskPage } from "../api.ts";
import { because, get, query } from "./http.ts";
import { store, useTopics } from "./live.ts";

const PAGE = 500;
const MOST = 20_000;

export interface TaskQuery {
  status: string;
  type: string;
  node: string;
  q: string;
  from: string;
}

export interface PagedTasks {
  /** What the filter matches on the server, when it says so. */
  total: number | null;
  error: string;
  loading: boolean;
  more: () => void;
  rest: () => Promise<void>;
  again: () => void;
}

/**
 * Reads the pages of a filtered list into the store, newest first, the next one when the end comes near. Live changes
 * reach the store by themselves; a new snapshot starts again.
 */
export function usePagedTasks(filter: TaskQuery): PagedTasks {
  useTopics("generation", "loaded");
  const { generation, loaded } = store;
  const [total, setTotal] = useState<number | null>(null);
  const [error, setError] = useState("");
  const [loading, setLoading] = useState(false);
  const [round, setRound] = useState(0);
  const next = useRef<string | null>("");
  const turn = useRef(0);
  const busy = useRef<Promise<void> | null>(null);
  const key = query({ ...filter });

  const more = useCallback((): Promise<void> => {
    if (busy.current) return busy.current;
    if (next.current === null || store.tasks.size >= MOST) return Promise.resolve();
    const mine = turn.current;
    setLoading(true);
    const path = `/workflow${query({ ...Object.fromEntries(new URLSearchParams(key)), limit: PAGE, cursor: next.current })}`;
    const read = get<TaskPage>(path).then(
      (page) => {
        if (mine !== turn.current) return;
        for (const task of page.tasks) store.mergeTask(task);
        next.current = page.next;
        setTotal(page.total ?? null);
        setError("");
      },
      (problem) => {
        if (mine !== turn.current) return;
        next.current = null;
        setError(because("The tasks could not be read", problem));
      },
    );
    busy.current = read.finally(() => {
      if (mine !== turn.current) return;
      busy.current = null;
      setLoading(false);
    });
    return busy.current;
  }, [key]);

  useLayoutEffect(() => {
    turn.current += 1;
    busy.current = null;
    next.current = "";
    if (loaded) void more();
  }, [key, generation, loaded, round, more]);

  const rest = useCallback(async (): Promise<void> => {
    const mine = turn.current;
    while (mine === turn.current && next.current !== null && store.tasks.size < MOST) await more();
  }, [more]);

  return {
    total,
    error,
    loading,
    more: useCallback(() => void more(), [more]),
    rest,
    again: useCallback(() => setRound((n) => n + 1), []),
  };
}

/** A whole task, read again when its state changes. */
export function useTaskDetail<T extends Task>(
  id: string,
  live: Task | undefined,
): { task: T | null; problem: unknown } {
  const nothing = { id, task: null, problem: null };
  const [known, setKnown] = useState<{ id: string; task: T | null; problem: unknown }>(nothing);
  const status = live?.status;
  const attempts = live?.attempts;
  useEffect(() => {
    let gone = false;
    get<T>(`/workflow/${encodeURIComponent(id)}`).then(
      (answer) => {
        if (gone) return;
        setKnown({ id, task: answer, problem: null });
        store.mergeTask(answer);
      },
      (problem) => !gone && setKnown((before) => ({ id, task: before.id === id ? before.task : null, problem })),
    );
    return () => {
      gone = true;
    };
  }, [id, status, attempts]);
  // What was read of the task before says nothing about this one.
  return known.id === id ? known : nothing;
}
