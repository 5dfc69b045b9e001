/** What this browser remembers; nothing secret. */
export interface Settings {
  theme: "auto" | "light" | "dark";
  density: "comfortable" | "compact";
  times: "relative" | "absolute";
  keys: boolean;
  previews: "small" | "large";
}

const DEFAULTS: Settings = { theme: "auto", density: "comfortable", times: "relative", keys: true, previews: "small" };
const KEY = "comfy-router-page";

function load(): Settings {
  try {
    return { ...DEFAULTS, ...(JSON.parse(localStorage.getItem(KEY) ?? "{}") as Partial<Settings>) };
  } catch {
    return { ...DEFAULTS };
  }
}

let current = load();
const listeners = new Set<() => void>();

export function settings(): Settings {
  return current;
}

export function changeSettings(change: Partial<Settings>): void {
  current = { ...current, ...change };
  try {
    localStorage.setItem(KEY, JSON.stringify(current));
  } catch {
    // Private windows may refuse to store; the choice then lasts as long as the page.
  }
  applySettings();
  for (const listener of [...listeners]) listener();
}

export function onSettings(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function applySettings(): void {
  document.documentElement.dataset["theme"] = current.theme;
  document.documentElement.dataset["density"] = current.density;
}
