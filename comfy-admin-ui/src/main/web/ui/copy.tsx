import { useState } from "preact/hooks";
import { say } from "./toast.tsx";

/** Copies text on any origin: plain-HTTP addresses of a LAN have no clipboard API. */
export async function copyText(text: string): Promise<boolean> {
  try {
    if (navigator.clipboard) {
      await navigator.clipboard.writeText(text);
      return true;
    }
  } catch {
    // Refused or not focused: the old way may still work.
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.readOnly = true;
  area.className = "unseen";
  const host = document.querySelector("dialog[open]") ?? document.body;
  const before = document.activeElement;
  host.append(area);
  area.select();
  const copied = document.execCommand("copy");
  area.remove();
  if (before instanceof HTMLElement) before.focus({ preventScroll: true });
  return copied;
}

export function Copy({ text, children, small = false }: { text: () => string; children: string; small?: boolean }) {
  const [shown, setShown] = useState<string | null>(null);
  const press = async (event: Event): Promise<void> => {
    event.stopPropagation();
    const value = text();
    if (await copyText(value)) say("Copied");
    else setShown(value);
  };
  return (
    <>
      <button type="button" class={small ? "small" : "plain"} onClick={press}>
        {children}
      </button>
      {shown !== null && (
        <textarea
          class="copied"
          readOnly
          rows={4}
          aria-label="Copy this by hand"
          value={shown}
          onFocus={(event) => event.currentTarget.select()}
        />
      )}
    </>
  );
}

/** The same act as a command line; the password is asked by curl, never shown. */
export function curl(method: string, path: string, user: string, body?: unknown): string {
  const parts = [`curl -u ${quote(user || "admin")}`];
  if (method !== "GET") parts.push(`-X ${method}`);
  parts.push(quote(new URL(path, location.origin).href));
  if (body !== undefined) {
    parts.push("-H 'Content-Type: application/json'");
    parts.push(`-d ${quote(JSON.stringify(body, null, 2))}`);
  }
  return parts.join(" \\\n  ");
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
