import type { ComponentType } from "preact";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { settings } from "../app/settings.ts";
import { plural } from "../format.ts";
import { useLeaving, useSettings } from "./bits.tsx";
import { equalOrder, hold, indices, type Range, visibleRange } from "./window.ts";

export interface Column {
  name: string;
  title: string;
  /** The value of `sort` in the URL; the column can be sorted by it. */
  sort?: string;
}

export interface Selection {
  ids: ReadonlySet<string>;
  change: (ids: ReadonlySet<string>) => void;
}

interface Props {
  /** Also the style class of the columns. */
  name: string;
  label: string;
  columns: Column[];
  /** The order wanted now; what is shown may lag behind while somebody points at it. */
  ids: readonly string[];
  /** Changes when the list is another list (filter, sort): it is then shown at once. */
  view: string;
  Row: ComponentType<{ id: string }>;
  rowName: (id: string) => string;
  /** A note above the row, drawn as a rule. */
  rowNote?: (id: string) => string | undefined;
  /** "task": for "12 newer tasks". */
  noun: string;
  open: (id: string) => void;
  selection?: Selection;
  /** Rows that exist elsewhere too: for aria-rowcount. */
  total?: number;
  sort?: string;
  onSort?: (sort: string) => void;
  onKey?: (key: string, id: string) => boolean;
  nearEnd?: () => void;
  loadRest?: () => Promise<void>;
}

export function useNarrow(): boolean {
  const [narrow, set] = useState(() => matchMedia("(max-width: 719px)").matches);
  useEffect(() => {
    const media = matchMedia("(max-width: 719px)");
    const listener = (): void => set(media.matches);
    media.addEventListener("change", listener);
    return () => media.removeEventListener("change", listener);
  }, []);
  return narrow;
}

/** A windowed `role=grid` with one tab stop. Nothing in it moves while a pointer or the focus is inside. */
export function Grid(props: Props) {
  const { ids, view, selection } = props;
  const density = useSettings().density;
  const narrow = useNarrow();
  const rowHeight = narrow ? 76 : density === "compact" ? 32 : 44;
  const body = useRef<HTMLDivElement>(null);
  const [range, setRange] = useState<Range>({ first: 0, end: 40 });
  const [inside, setInside] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  useLeaving(inside, frame, () => setInside(false));
  const [active, setActive] = useState<string | null>(null);
  const anchor = useRef<string | null>(null);
  const wantFocus = useRef(false);
  const move = useRef((_index: number): void => {});
  const moves = useRef(0);

  const shown = useRef<{ view: string; order: readonly string[] }>({ view: "", order: [] });
  const scrolled = range.first > 0;
  const held = inside || scrolled || (selection?.ids.size ?? 0) > 0;
  let newer = 0;
  if (shown.current.view !== view || shown.current.order.length === 0 || !held) {
    if (!equalOrder(shown.current.order, ids) || shown.current.view !== view) shown.current = { view, order: ids };
  } else {
    const result = hold(shown.current.order, ids);
    shown.current = { view, order: result.order };
    newer = result.newer;
  }
  const order = shown.current.order;
  const position = useMemo(() => new Map(order.map((id, index) => [id, index])), [order]);

  const measure = useCallback(() => {
    const element = body.current;
    if (!element) return;
    const top = element.getBoundingClientRect().top;
    const next = visibleRange(-top, innerHeight, rowHeight, order.length);
    setRange((before) => (before.first === next.first && before.end === next.end ? before : next));
    if (next.end >= order.length - 5) props.nearEnd?.();
  }, [rowHeight, order.length, props.nearEnd]);

  useLayoutEffect(() => {
    measure();
    addEventListener("scroll", measure, { passive: true });
    addEventListener("resize", measure);
    return () => {
      removeEventListener("scroll", measure);
      removeEventListener("resize", measure);
    };
  }, [measure]);

  const activeIndex = active === null ? -1 : (position.get(active) ?? -1);

  useLayoutEffect(() => {
    if (!wantFocus.current || active === null) return;
    wantFocus.current = false;
    body.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(active)}"]`)?.focus({ preventScroll: true });
  });

  const moveTo = (index: number): void => {
    const at = Math.min(Math.max(0, index), order.length - 1);
    const id = order[at];
    const element = body.current;
    if (id === undefined || !element) return;
    moves.current += 1;
    const top = element.getBoundingClientRect().top + at * rowHeight;
    const above = narrow ? 56 : 92;
    const below = innerHeight - (narrow ? 72 : 64);
    if (top < above) scrollBy(0, top - above);
    else if (top + rowHeight > below) scrollBy(0, top + rowHeight - below);
    wantFocus.current = true;
    setActive(id);
    measure();
  };

  move.current = moveTo;

  const toggle = (id: string, ranged: boolean): void => {
    if (!selection) return;
    const next = new Set(selection.ids);
    const from = ranged && anchor.current !== null ? position.get(anchor.current) : undefined;
    const to = position.get(id);
    if (from !== undefined && to !== undefined) {
      for (const other of order.slice(Math.min(from, to), Math.max(from, to) + 1)) next.add(other);
    } else if (!next.delete(id)) next.add(id);
    anchor.current = id;
    selection.change(next);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    const row = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    const id = row?.dataset["row"];
    if (id === undefined || (event.target !== row && event.key !== "Escape")) return;
    const letters = settings().keys && !event.ctrlKey && !event.metaKey && !event.altKey;
    const index = position.get(id) ?? 0;
    const page = Math.max(1, Math.floor(innerHeight / rowHeight) - 4);
    let done = true;
    if (event.key === "ArrowDown" || (letters && event.key === "j")) moveTo(index + 1);
    else if (event.key === "ArrowUp" || (letters && event.key === "k")) moveTo(index - 1);
    else if (event.key === "PageDown") moveTo(index + page);
    else if (event.key === "PageUp") moveTo(index - page);
    else if (event.key === "Home") moveTo(0);
    else if (event.key === "End") {
      moveTo(order.length - 1);
      const mine = moves.current;
      const goOn = (): void => {
        // Who has moved on meanwhile stays there. By now this is another drawing of the list: its own move knows the rows.
        if (moves.current === mine) move.current(Number.POSITIVE_INFINITY);
      };
      void props.loadRest?.().then(() => requestAnimationFrame(goOn));
    } else if (event.key === "Enter") props.open(id);
    else if (selection && (event.key === " " || (letters && event.key.toLowerCase() === "x")))
      toggle(id, event.shiftKey);
    else if (selection && event.key === "a" && (event.ctrlKey || event.metaKey)) selection.change(new Set(order));
    else if (selection && event.key === "Escape" && selection.ids.size > 0) selection.change(new Set());
    else done = letters && !event.shiftKey && (props.onKey?.(event.key, id) ?? false);
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  };

  const { Row } = props;
  const focusable =
    activeIndex >= 0 ? activeIndex : Math.min(range.first === 0 ? 0 : range.first + 8, order.length - 1);
  const allSelected = selection && order.length > 0 && selection.ids.size >= order.length;
  return (
    <div class="grid-frame">
      {newer > 0 && (
        <button
          type="button"
          class="newer"
          onClick={() => {
            shown.current = { view, order: ids };
            setInside(false);
            scrollTo(0, 0);
            measure();
          }}
        >
          ↑ {plural(newer, `newer ${props.noun}`)}
        </button>
      )}
      <div
        ref={frame}
        role="grid"
        class={`grid ${props.name}`}
        aria-label={props.label}
        aria-rowcount={Math.max(order.length, props.total ?? 0) + 1}
        aria-multiselectable={selection ? "true" : undefined}
        onPointerEnter={(event) => event.pointerType === "mouse" && setInside(true)}
        onPointerLeave={(event) => {
          if (event.pointerType === "mouse" && !event.currentTarget.contains(document.activeElement)) setInside(false);
        }}
        onFocusIn={() => setInside(true)}
        onFocusOut={(event) => {
          const next = event.relatedTarget;
          if (!(next instanceof Node && event.currentTarget.contains(next)) && !event.currentTarget.matches(":hover"))
            setInside(false);
        }}
        onKeyDown={onKeyDown}
      >
        <div class="grid-head" role="row" aria-rowindex={1}>
          {selection && (
            <div role="columnheader" class="c-select">
              <input
                type="checkbox"
                aria-label={allSelected ? "Select none" : "Select all that are listed"}
                checked={allSelected ?? false}
                ref={(element) => {
                  if (element) element.indeterminate = selection.ids.size > 0 && !allSelected;
                }}
                onChange={() => selection.change(allSelected ? new Set() : new Set(order))}
              />
            </div>
          )}
          {props.columns.map((column) => {
            const sorted = column.sort && props.sort?.replace("-", "") === column.sort;
            const down = props.sort?.startsWith("-");
            return (
              <div
                key={column.name}
                role="columnheader"
                class={`c-${column.name}`}
                aria-sort={sorted ? (down ? "descending" : "ascending") : undefined}
              >
                {column.sort ? (
                  <button
                    type="button"
                    class="sort"
                    onClick={() => props.onSort?.(sorted && !down ? `-${column.sort}` : (column.sort ?? ""))}
                  >
                    {column.title}
                    {sorted ? (down ? " ↓" : " ↑") : ""}
                  </button>
                ) : (
                  column.title
                )}
              </div>
            );
          })}
        </div>
        <div class="grid-body" role="rowgroup" ref={body} style={{ height: `${order.length * rowHeight}px` }}>
          {indices(range, activeIndex, order.length).map((index) => {
            const id = order[index] as string;
            const selected = selection?.ids.has(id) ?? false;
            const note = props.rowNote?.(id);
            return (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the keys of all rows are on the grid
              <div
                key={id}
                role="row"
                class={`grid-row${selected ? " selected" : ""}${note ? " ruled" : ""}`}
                data-row={id}
                aria-rowindex={index + 2}
                aria-selected={selection ? selected : undefined}
                tabIndex={index === focusable ? 0 : -1}
                style={{ height: `${rowHeight}px`, transform: `translateY(${index * rowHeight}px)` }}
                onFocus={() => setActive(id)}
                onClick={(event) => {
                  const target = event.target as Element;
                  if (target.closest("a, button, input")) return;
                  if (selection && (event.ctrlKey || event.metaKey || event.shiftKey)) toggle(id, event.shiftKey);
                  else props.open(id);
                }}
              >
                {selection && (
                  <div role="gridcell" class="c-select">
                    <input
                      type="checkbox"
                      tabIndex={-1}
                      aria-label={`Select ${props.rowName(id)}`}
                      checked={selected}
                      onClick={(event) => {
                        event.preventDefault();
                        toggle(id, event.shiftKey);
                      }}
                    />
                  </div>
                )}
                <Row id={id} />
                {note && (
                  <span class="note" aria-hidden="true">
                    {note}
                  </span>
                )}
              </div>
            );
          })}
        </div>
      </div>
    </div>
  );
}
