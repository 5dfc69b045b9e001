import type { ComponentChildren } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { because } from "../live/http.ts";
import { Spot } from "./spot.ts";
import { placeToasts } from "./toast.tsx";

/** A modal dialog or drawer. Esc, the backdrop and the close button all call `close`; the focus goes back where it was. */
export function Dialog(props: {
  title: ComponentChildren;
  label?: string;
  kind?: "box" | "drawer" | "lightbox";
  close: () => void;
  children: ComponentChildren;
  busy?: boolean;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const { close } = props;
  const kind = props.kind ?? "box";
  const titleId = useId();
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    placeToasts();
    if (kind !== "box") element?.querySelector<HTMLElement>("h2")?.focus();
    return () => {
      element?.close();
      placeToasts();
      if (before instanceof HTMLElement && before.isConnected) before.focus({ preventScroll: true });
    };
  }, [kind]);
  return (
    <dialog
      ref={dialog}
      class={kind}
      aria-label={props.label}
      aria-labelledby={props.label ? undefined : titleId}
      onCancel={(event) => {
        event.preventDefault();
        close();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        close();
      }}
    >
      <div class="inside">
        <div class="head">
          <h2 id={titleId} tabIndex={-1}>
            {props.title}
          </h2>
          <button type="button" class="quiet close" aria-label="Close" onClick={close}>
            <svg class="shape" viewBox="0 0 12 12" width="14" height="14" aria-hidden="true">
              <path d="M2 2l8 8M10 2l-8 8" class="line" />
            </svg>
          </button>
        </div>
        {props.children}
      </div>
    </dialog>
  );
}

/** The end of a dialog with a form: the way out and the way on. */
export function FormFoot(props: { close: () => void; busy: boolean; children: ComponentChildren }) {
  return (
    <div class="foot">
      <button type="button" onClick={props.close}>
        Cancel
      </button>
      <span class="gap" />
      <button type="submit" class="main" aria-disabled={props.busy ? "true" : undefined}>
        {props.children}
      </button>
    </div>
  );
}

export interface Question {
  title: string;
  body: ComponentChildren;
  /** Safe ways first; the last is the one that costs. */
  ways: { name: string; doing: string; danger?: boolean; run: () => Promise<void> }[];
  /** Over 100 objects: this number has to be typed. */
  type?: number;
  /** What is said when a way fails: "Not removed". */
  failed: string;
}

let question: Question | null = null;
const spot = new Spot();

/** Asks before an act that cannot be undone. */
export function ask(asked: Question): void {
  question = asked;
  spot.redraw();
}

export function Questions() {
  spot.use();
  return question ? <Confirm key={question.title} question={question} /> : null;
}

function Confirm({ question: asked }: { question: Question }) {
  const [error, setError] = useState("");
  const [doing, setDoing] = useState(-1);
  const [typed, setTyped] = useState("");
  const close = (): void => {
    question = null;
    spot.redraw();
  };
  const locked = asked.type !== undefined && typed.trim() !== String(asked.type);
  const press = async (index: number): Promise<void> => {
    const way = asked.ways[index];
    if (!way || doing >= 0) return;
    setDoing(index);
    setError("");
    try {
      await way.run();
      close();
    } catch (problem) {
      setDoing(-1);
      setError(because(asked.failed, problem));
    }
  };
  const button = (way: Question["ways"][number], index: number) => (
    <button
      key={way.name}
      type="button"
      class={!way.danger ? "main" : asked.ways.length > 1 ? "danger" : "danger sure"}
      disabled={(way.danger ?? false) && locked}
      aria-disabled={doing >= 0 ? "true" : undefined}
      onClick={() => void press(index)}
    >
      {doing === index ? way.doing : way.name}
    </button>
  );
  return (
    <Dialog title={asked.title} close={close}>
      <div class="body">
        {asked.body}
        {asked.type !== undefined && (
          <label class="field">
            <span>Type {asked.type} to go on</span>
            <input inputMode="numeric" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
          </label>
        )}
        {error && (
          <p class="problem" role="alert">
            {error}
          </p>
        )}
      </div>
      <div class="foot">
        {asked.ways.length > 1 && asked.ways.map((way, index) => way.danger && button(way, index))}
        {asked.ways.length > 1 && <span class="gap" />}
        {/* biome-ignore lint/a11y/noAutofocus: the safe button has the focus first */}
        <button type="button" autoFocus onClick={close}>
          Keep as it is
        </button>
        {asked.ways.length === 1 && <span class="gap" />}
        {asked.ways.map((way, index) => (asked.ways.length === 1 || !way.danger) && button(way, index))}
      </div>
    </Dialog>
  );
}
