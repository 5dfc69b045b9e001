/** An answer of the router that is not a success: RFC 9457, with every mistake of the request. */
export class Problem extends Error {
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly errors: { pointer: string; detail: string }[];
  readonly retryAfter: number | null;

  constructor(status: number, body: Record<string, unknown> | null, retryAfter: string | null) {
    const title = text(body?.["title"]) || `The router answered ${status}`;
    const detail = text(body?.["detail"]);
    super(detail || title);
    this.status = status;
    this.title = title;
    this.detail = detail;
    this.errors = Array.isArray(body?.["errors"]) ? (body["errors"] as { pointer: string; detail: string }[]) : [];
    this.retryAfter = retryAfter && /^\d+$/.test(retryAfter) ? Number(retryAfter) : null;
  }
}

/** The router did not answer: whether the act was done is not known. */
export class Unanswered extends Error {
  constructor() {
    super("the router did not answer");
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

let signedOut: () => void = () => {};

/** Told once, at start: what to do when the credentials are refused. */
export function onSignedOut(run: () => void): void {
  signedOut = run;
}

export async function call<T>(method: string, path: string, body?: unknown, timeout = 20_000): Promise<T> {
  let response: Response;
  let raw: string;
  try {
    response = await fetch(new URL(path, location.origin), {
      method,
      headers: {
        Accept: "application/json, application/problem+json",
        "X-Comfy-Router-Page": "1",
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? null : JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
      cache: "no-store",
    });
    raw = await response.text();
  } catch {
    throw new Unanswered();
  }
  const json = parse(raw);
  if (response.ok) return json as T;
  if (response.status === 401) signedOut();
  throw new Problem(response.status, json as Record<string, unknown> | null, response.headers.get("Retry-After"));
}

export const get = <T>(path: string): Promise<T> => call<T>("GET", path);
export const post = <T>(path: string, body: unknown = {}): Promise<T> => call<T>("POST", path, body);
export const remove = <T>(path: string): Promise<T> => call<T>("DELETE", path);

function parse(raw: string): unknown {
  if (!raw) return null;
  try {
    return JSON.parse(raw);
  } catch {
    return null;
  }
}

/** "Not cancelled: gpu-03 has finished it already." */
export function because(what: string, error: unknown): string {
  if (error instanceof Unanswered) return `${what}: the router did not answer. Try again.`;
  if (error instanceof Problem) return `${what}: ${error.detail || error.title}`;
  return `${what}: ${error instanceof Error ? error.message : String(error)}`;
}

export function query(values: Record<string, string | number | null | undefined>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(values))
    if (value != null && value !== "") search.set(name, String(value));
  const out = search.toString();
  return out ? `?${out}` : "";
}
