import { useLayoutEffect, useReducer } from "preact/hooks";
import { parseRoute, type Route, withQuery } from "./route.ts";

/** What a history entry remembers besides its URL: the list that stays visible under a drawer. */
interface Memory {
  under?: string;
}

const listeners = new Set<() => void>();

function changed(): void {
  for (const listener of [...listeners]) listener();
}

export function startNavigation(): void {
  addEventListener("popstate", changed);
  document.addEventListener("click", (event) => {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.ctrlKey ||
      event.metaKey ||
      event.shiftKey ||
      event.altKey
    )
      return;
    const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
    if (!(link instanceof HTMLAnchorElement) || link.target || link.hasAttribute("download")) return;
    if (link.origin !== location.origin || !/^\/admin(\/|$)/.test(link.pathname) || /\.\w+$/.test(link.pathname))
      return;
    event.preventDefault();
    navigate(link.pathname + link.search, link.dataset["over"] !== undefined ? { over: true } : {});
  });
}

/** Goes there. `over`: as a drawer over what is shown now. `replace`: without a step for Back. */
export function navigate(url: string, how: { over?: boolean; replace?: boolean } = {}): void {
  const memory: Memory = {};
  if (how.over) memory.under = (history.state as Memory | null)?.under ?? location.pathname + location.search;
  else if (how.replace && (history.state as Memory | null)?.under) Object.assign(memory, history.state);
  if (how.replace) history.replaceState(memory, "", url);
  else history.pushState(memory, "", url);
  changed();
}

/** Closes a drawer or lightbox: Back when it was opened from here, else to the list itself. */
export function closeOver(fallback: string): void {
  if ((history.state as Memory | null)?.under) history.back();
  else navigate(fallback, { replace: true });
}

/** The address of what is shown, to be given to others: a URL that was opened with a password in it keeps it. */
export function link(): string {
  return location.origin + location.pathname + location.search;
}

export function setQuery(changes: Record<string, string | null>): void {
  navigate(withQuery(location.pathname, new URLSearchParams(location.search), changes), { replace: true });
}

export function here(): { route: Route; under: Route | null } {
  const route = parseRoute(location.pathname, location.search);
  const under = (history.state as Memory | null)?.under;
  if (!under) return { route, under: null };
  const url = new URL(under, location.origin);
  return { route, under: parseRoute(url.pathname, url.search) };
}

export function useHere(): { route: Route; under: Route | null } {
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  useLayoutEffect(() => {
    const listener = (): void => redraw(0);
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, []);
  return here();
}
