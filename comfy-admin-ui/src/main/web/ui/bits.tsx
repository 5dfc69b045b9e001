import type { ComponentChildren, JSX, RefObject } from "preact";
import { useEffect, useLayoutEffect, useReducer, useRef, useState } from "preact/hooks";
import type { Minute, Picture } from "../api.ts";
import { onSettings, type Settings, settings } from "../app/settings.ts";
import { age, clockTime, dateTime } from "../format.ts";
import { store } from "../live/live.ts";
import type { Label, Shape } from "../words.ts";

const SHAPES: Record<Shape, JSX.Element> = {
  ring: <circle cx="6" cy="6" r="4.25" class="line" />,
  dot: <circle cx="6" cy="6" r="5" />,
  hourglass: <path d="M2 1h8v1.6L7.2 6 10 9.4V11H2V9.4L4.8 6 2 2.6z" />,
  cross: <path d="M2.2 2.2l7.6 7.6M9.8 2.2L2.2 9.8" class="line" />,
  clock: <path d="M6 1.75a4.25 4.25 0 1 0 0 8.5a4.25 4.25 0 1 0 0-8.5M6 3.6V6l1.8 1.2" class="line" />,
  play: <path d="M2.5 1.2l8 4.8-8 4.8z" />,
  check: <path d="M1.8 6.4l2.9 2.9 5.5-6.4" class="line" />,
  triangle: <path d="M6 .9l5.4 10.2H.6z" />,
  dash: <path d="M2 6h8" class="line" />,
  hand: <path d="M3.2 2v8M8.8 2v8" class="line" />,
};

export function Icon({ shape }: { shape: Shape }) {
  return (
    <svg class="shape" viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
      {SHAPES[shape]}
    </svg>
  );
}

export function Chip({ label }: { label: Label }) {
  return (
    <span class={`chip ${label.tone}`}>
      <Icon shape={label.shape} />
      {label.word}
    </span>
  );
}

/** Wakes once a second, all of them together, and not while the tab is hidden. */
const tickers = new Set<() => void>();
let ticking = 0;

export function useTick(): number {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const tick = (): void => redraw(0);
    tickers.add(tick);
    if (!ticking) {
      ticking = window.setInterval(() => {
        if (!document.hidden) for (const run of [...tickers]) run();
      }, 1000);
    }
    return () => {
      tickers.delete(tick);
      if (tickers.size > 0) return;
      clearInterval(ticking);
      ticking = 0;
    };
  }, []);
  return store.now();
}

export function useSettings(): Settings {
  const [value, set] = useState(settings);
  useLayoutEffect(() => onSettings(() => set(settings())), []);
  return value;
}

/** A moment: "4 min ago" or the clock, as chosen in Settings; the other one in the tooltip. */
export function When({ at, short = false }: { at: string | null | undefined; short?: boolean }) {
  const now = useTick();
  const absolute = useSettings().times === "absolute";
  if (!at) return <>-</>;
  const moment = Date.parse(at);
  const relative = age(Math.max(0, now - moment) / 1000);
  const clock = now - moment > 86_400_000 ? dateTime(moment) : clockTime(moment);
  return (
    <time dateTime={at} title={dateTime(moment)}>
      {absolute ? clock : short ? relative : `${relative} ago`}
    </time>
  );
}

/** Sixty minutes of a node: high for busy, low for idle, a gap where nothing is known, a mark where it was away. */
export function Minutes({ minutes, height = 16 }: { minutes: readonly Minute[]; height?: number }) {
  const paths: Record<string, string> = { idle: "", busy: "", offline: "" };
  let busy = 0;
  let offline = 0;
  minutes.forEach((state, index) => {
    if (state === null || paths[state] === undefined) return;
    if (state === "busy") busy += 1;
    if (state === "offline") offline += 1;
    const tall = state === "busy" ? height : state === "offline" ? height * 0.5 : 3;
    paths[state] += `M${index * 2} ${height}v-${tall}h1.4v${tall}z`;
  });
  const label = `Last hour: busy ${busy} min${offline ? `, offline ${offline} min` : ""}`;
  return (
    <svg class="strip" viewBox={`0 0 120 ${height}`} width="120" height={height} role="img" aria-label={label}>
      <title>{label}</title>
      <path class="unknown" d={`M0 ${height - 0.5}h120`} />
      {Object.entries(paths).map(([state, d]) => d && <path key={state} class={state} d={d} />)}
    </svg>
  );
}

export function Bars({ values, label, height = 32 }: { values: readonly number[]; label: string; height?: number }) {
  const top = Math.max(1, ...values);
  let d = "";
  values.forEach((value, index) => {
    const tall = value === 0 ? 1 : Math.max(2, (value / top) * height);
    d += `M${index * 4} ${height}v-${tall.toFixed(1)}h3v${tall.toFixed(1)}z`;
  });
  return (
    <svg
      class="bars"
      viewBox={`0 0 ${Math.max(1, values.length) * 4} ${height}`}
      preserveAspectRatio="none"
      height={height}
      role="img"
      aria-label={label}
    >
      <path d={d} />
    </svg>
  );
}

export function Meter({ value, max, label }: { value: number; max: number; label: string }) {
  const share = max > 0 ? value / max : 0;
  return (
    <progress class={share > 0.9 ? "meter full" : "meter"} value={share} max={1} aria-label={label}>
      {label}
    </progress>
  );
}

/** Without a value it is a progress of unknown length. */
export function Bar({ value, label }: { value: number | null; label: string }) {
  return value === null ? (
    <progress class="bar" aria-label={label} />
  ) : (
    <progress class="bar" value={value} max={1} aria-label={label} />
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="title">{title}</p>
      {children}
    </div>
  );
}

/** Rows of the final height, only when loading takes longer than 300 ms. */
export function Skeleton({ rows, label }: { rows: number; label: string }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), 300);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div class={late ? "skeleton late" : "skeleton"} aria-busy="true">
      {late && (
        <p class="unseen" role="status">
          {label}
        </p>
      )}
      {Array.from({ length: rows }, (_, index) => (
        <div key={index} class="row" />
      ))}
    </div>
  );
}

/** An act that takes a while: it cannot be pressed twice, and says what it is doing. */
export function Act(props: {
  run: () => Promise<void> | void;
  children: ComponentChildren;
  doing?: string;
  kind?: "plain" | "main" | "danger";
  disabled?: boolean | undefined;
  label?: string;
  small?: boolean;
}) {
  const [busy, setBusy] = useState(false);
  const alive = useRef(true);
  useEffect(
    () => () => {
      alive.current = false;
    },
    [],
  );
  const press = async (event: Event): Promise<void> => {
    event.stopPropagation();
    if (busy) return;
    setBusy(true);
    try {
      await props.run();
    } finally {
      if (alive.current) setBusy(false);
    }
  };
  return (
    <button
      type="button"
      class={`${props.kind ?? "plain"}${props.small ? " small" : ""}`}
      aria-label={props.label}
      aria-disabled={busy || props.disabled ? "true" : undefined}
      disabled={props.disabled}
      onClick={press}
    >
      {busy && props.doing ? props.doing : props.children}
    </button>
  );
}

/**
 * Takes back "somebody points at this" when nobody does: a browser may not say that the pointer has left when what it was
 * on has just been taken away, as a button that was pressed.
 */
export function useLeaving(inside: boolean, box: RefObject<HTMLElement>, leave: () => void): void {
  const left = useRef(leave);
  left.current = leave;
  useEffect(() => {
    if (!inside) return;
    const timer = setInterval(() => {
      const element = box.current;
      if (element && !element.matches(":hover") && !element.contains(document.activeElement)) left.current();
    }, 1000);
    return () => clearInterval(timer);
  }, [inside, box]);
}

/** As large as it is, and never larger than the window shows: known before it is loaded. */
export function fit(picture: Picture): { width: string; aspectRatio: string } {
  const width = picture.width ?? 512;
  const height = picture.height ?? 512;
  return { width: `min(${width}px, ${((70 * width) / height).toFixed(2)}vh)`, aspectRatio: `${width} / ${height}` };
}

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} - Comfy Router`;
  }, [title]);
}
