/** Where the page is: everything that can be seen is in the URL. */
export const PAGES = [
  "overview",
  "nodes",
  "tasks",
  "gallery",
  "models",
  "playground",
  "activity",
  "settings",
  "missing",
] as const;

export type PageName = (typeof PAGES)[number];

export interface Route {
  page: PageName;
  /** Node, task or file of a drawer, page or lightbox. */
  id: string | null;
  /** Which picture, in the lightbox. */
  n: number | null;
  query: URLSearchParams;
}

export function parseRoute(path: string, search: string): Route {
  const query = new URLSearchParams(search);
  const parts = path
    .replace(/^\/admin\/?/, "")
    .split("/")
    .filter(Boolean)
    .map(decode);
  const missing: Route = { page: "missing", id: null, n: null, query };
  const [name, id, n, ...rest] = parts;
  if (name === undefined) return { page: "overview", id: null, n: null, query };
  if (rest.length > 0 || name === "overview" || name === "missing") return missing;
  const page = PAGES.find((known) => known === name);
  if (!page) return missing;
  if (page === "gallery") {
    if (id !== undefined && (n === undefined || !/^\d+$/.test(n))) return missing;
    return { page, id: id ?? null, n: n === undefined ? null : Number(n), query };
  }
  if (n !== undefined) return missing;
  const hasObjects = page === "nodes" || page === "tasks" || page === "models";
  return id !== undefined && !hasObjects ? missing : { page, id: id ?? null, n: null, query };
}

export function path(page: PageName, ...ids: (string | number)[]): string {
  const tail = ids.map((id) => `/${encodeURIComponent(id)}`).join("");
  return page === "overview" ? "/admin" : `/admin/${page}${tail}`;
}

/** The same place with some of the query changed; empty values are dropped, the order stays. */
export function withQuery(pathname: string, query: URLSearchParams, changes: Record<string, string | null>): string {
  const next = new URLSearchParams(query);
  for (const [name, value] of Object.entries(changes)) {
    if (value === null || value === "") next.delete(name);
    else next.set(name, value);
  }
  const search = next.toString();
  return search ? `${pathname}?${search}` : pathname;
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
