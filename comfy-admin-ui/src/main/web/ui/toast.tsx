import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { plural } from "../format.ts";
import { onNotice, store } from "../live/live.ts";
import { Spot } from "./spot.ts";

interface Toast {
  id: number;
  text: string;
  error: boolean;
  act: { name: string; run: () => void } | null;
}

const SHOWN_FOR = 8_000;
/** With a button in it: not everybody is quick. */
const SHOWN_TO_ACT = 20_000;
const SPEAK_EVERY = 10_000;

let toasts: Toast[] = [];
let next = 1;
const spot = new Spot();

/** Says that something was done, with a way to undo it. */
export function say(text: string, act: Toast["act"] = null): void {
  add(text, false, act);
}

/** Says that something was not done; stays until it is dismissed. */
export function fail(text: string): void {
  add(text, true, null);
}

function add(text: string, error: boolean, act: Toast["act"]): void {
  toasts = [...toasts.filter((toast) => toast.text !== text), { id: next, text, error, act }].slice(-4);
  next += 1;
  spot.redraw();
}

function drop(id: number): void {
  toasts = toasts.filter((toast) => toast.id !== id);
  spot.redraw();
}

/**
 * Puts the toasts where they can be pressed: a modal dialog makes everything outside of it inert, also what lies above it.
 * Called when a dialog has been opened, and before one is taken away.
 */
export function placeToasts(): void {
  const home = document.querySelector(".toast-home");
  const box = document.querySelector<HTMLElement>(".toasts");
  const place = [...document.querySelectorAll("dialog:modal")].pop() ?? home;
  if (!box || !place) return;
  if (box.parentElement !== place) place.append(box);
  // What was shown last lies on top.
  if (box.matches(":popover-open")) box.hidePopover();
  if (toasts.length > 0) box.showPopover();
}

export function Toasts() {
  spot.use();
  useLayoutEffect(() => onNotice((notice) => add(notice.text, notice.level === "error", null)), []);
  useLayoutEffect(placeToasts);
  return (
    <div class="toast-home">
      <div class="toasts" popover="manual">
        {toasts.map((toast) => (
          <ToastLine key={toast.id} toast={toast} />
        ))}
      </div>
    </div>
  );
}

function ToastLine({ toast }: { toast: Toast }) {
  const held = useRef(false);
  useEffect(() => {
    if (toast.error) return;
    const shownFor = toast.act ? SHOWN_TO_ACT : SHOWN_FOR;
    const timer = setInterval(() => {
      if (!held.current) drop(toast.id);
    }, shownFor);
    return () => clearInterval(timer);
  }, [toast]);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: pointing at it only keeps it longer
    <div
      class={toast.error ? "toast error" : "toast"}
      role={toast.error ? "alert" : "status"}
      onMouseEnter={() => {
        held.current = true;
      }}
      onMouseLeave={() => {
        held.current = false;
      }}
      onFocusIn={() => {
        held.current = true;
      }}
      onFocusOut={() => {
        held.current = false;
      }}
    >
      <span>{toast.text}</span>
      {toast.act && (
        <button
          type="button"
          class="small"
          onClick={() => {
            drop(toast.id);
            toast.act?.run();
          }}
        >
          {toast.act.name}
        </button>
      )}
      <button type="button" class="small quiet" aria-label="Dismiss" onClick={() => drop(toast.id)}>
        ✕
      </button>
    </div>
  );
}

/** The one polite live region: at most one sentence in ten seconds, about what has ended. */
export function Announcer() {
  const region = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    let spoken = 0;
    let timer = 0;
    const speak = (): void => {
      timer = 0;
      spoken = Date.now();
      const { done, failed, cancelled } = store.takeFinished();
      const parts = [];
      if (done) parts.push(`${plural(done, "task")} finished`);
      if (failed) parts.push(`${failed} failed`);
      if (cancelled) parts.push(`${cancelled} cancelled`);
      if (region.current && parts.length > 0) region.current.textContent = parts.join(", ");
    };
    const stop = store.listen("finished", () => {
      if (!timer) timer = window.setTimeout(speak, Math.max(1000, spoken + SPEAK_EVERY - Date.now()));
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, []);
  return <p class="unseen" role="status" ref={region} />;
}
