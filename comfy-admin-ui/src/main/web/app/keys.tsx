import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { store, stream } from "../live/live.ts";
import { Dialog } from "../ui/dialog.tsx";
import { nodeLabel, nodeName, taskLabel } from "../words.ts";
import { navigate } from "./navigation.ts";
import { type PageName, path } from "./route.ts";
import { settings } from "./settings.ts";

const GO: Record<string, PageName> = {
  o: "overview",
  n: "nodes",
  t: "tasks",
  g: "gallery",
  m: "models",
  p: "playground",
  a: "activity",
  s: "settings",
};

function typing(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) &&
    !(target instanceof HTMLInputElement && /^(checkbox|radio|button|range)$/.test(target.type))
  );
}

/** Keys that work everywhere. Single letters only when no field has the focus, and not at all when switched off. */
export function useGlobalKeys(openHelp: () => void, openGoTo: () => void): void {
  const started = useRef(0);
  useEffect(() => {
    const onKey = (event: KeyboardEvent): void => {
      if (event.defaultPrevented) return;
      if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) {
        event.preventDefault();
        openGoTo();
        return;
      }
      if (!settings().keys || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
      if (document.querySelector("dialog:modal")) return;
      const going = Date.now() - started.current < 1500;
      started.current = 0;
      const page = going ? GO[event.key] : undefined;
      if (page) navigate(path(page));
      else if (event.key === "g") started.current = Date.now();
      else if (event.key === "?") openHelp();
      else if (event.key === "p") stream.link.phase === "paused" ? stream.resume() : stream.pause();
      else if (event.key === "/") {
        const filter = document.querySelector<HTMLInputElement>("main input[type=search]");
        if (!filter) return;
        filter.focus();
        filter.select();
      } else if (event.key === "j" || event.key === "k") {
        const row = document.querySelector<HTMLElement>("[role=row][tabindex='0']");
        if (!row) return;
        row.focus();
      } else return;
      event.preventDefault();
    };
    addEventListener("keydown", onKey);
    return () => removeEventListener("keydown", onKey);
  }, [openHelp, openGoTo]);
}

const KEYS: [string, string][] = [
  ["?", "This help"],
  ["Ctrl+K", "Go to a node, task or page"],
  ["g then o n t g m p a s", "Overview, Nodes, Tasks, Gallery, Models, Playground, Activity, Settings"],
  ["/", "Filter the list"],
  ["j k or ↓ ↑", "Next, previous row"],
  ["Home End", "First, last row"],
  ["Enter", "Open"],
  ["x, Shift+x", "Select, select up to here"],
  ["Ctrl+A", "Select all that are listed (in a list)"],
  ["c", "Cancel the task"],
  ["r", "Run the task again"],
  ["d", "Drain or resume the node"],
  ["p", "Pause updates, go on"],
  ["Ctrl+Enter", "Run (playground)"],
  ["Esc", "Close what is on top"],
];

export function Help({ close }: { close: () => void }) {
  return (
    <Dialog title="Help and keys" close={close}>
      <div class="body">
        <table class="keys">
          <tbody>
            {KEYS.map(([key, what]) => (
              <tr key={key}>
                <th scope="row">
                  <kbd>{key}</kbd>
                </th>
                <td>{what}</td>
              </tr>
            ))}
          </tbody>
        </table>
        <p class="dim">
          Single letters act only when no field has the focus. They can be switched off in{" "}
          <a href={path("settings")} onClick={close}>
            Settings
          </a>
          . The HTTP API is described in the <a href="/doc">API documentation</a>.
        </p>
      </div>
    </Dialog>
  );
}

interface Place {
  key: string;
  name: string;
  detail: string;
  url: string;
}

function places(text: string): Place[] {
  const q = text.trim().toLowerCase().replace(/^#/, "");
  const out: Place[] = [];
  for (const page of Object.values(GO)) {
    if (page.includes(q)) {
      out.push({ key: page, name: page.slice(0, 1).toUpperCase() + page.slice(1), detail: "page", url: path(page) });
    }
  }
  if (!q) return out;
  for (const node of store.nodes.values()) {
    if (out.length > 20) break;
    if (`${nodeName(node)} ${node.url}`.toLowerCase().includes(q)) {
      out.push({ key: node.id, name: nodeName(node), detail: nodeLabel(node).word, url: path("nodes", node.id) });
    }
  }
  const tasks = [...store.tasks.values()]
    .filter((task) => String(task.number).startsWith(q) || task.id.startsWith(q))
    .sort((a, b) => a.number - b.number);
  for (const task of tasks.slice(0, 12)) {
    out.push({
      key: task.id,
      name: `#${task.number}`,
      detail: `${taskLabel(task).word}, ${task.type}${task.prompt ? `, ${task.prompt}` : ""}`,
      url: path("tasks", task.id),
    });
  }
  return out;
}

export function GoTo({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useMemo(() => places(text), [text]);
  const index = Math.min(at, found.length - 1);
  const go = (place: Place | undefined): void => {
    if (!place) return;
    close();
    navigate(place.url);
  };
  return (
    <Dialog title="Go to" close={close}>
      <div class="body goto">
        <input
          type="search"
          role="combobox"
          aria-label="Node, task number or page"
          aria-expanded="true"
          aria-controls="places"
          aria-activedescendant={found[index] ? `place-${index}` : undefined}
          placeholder="Node, task number or page"
          value={text}
          onInput={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={(event) => {
            if (event.key === "ArrowDown") setAt(Math.min(found.length - 1, index + 1));
            else if (event.key === "ArrowUp") setAt(Math.max(0, index - 1));
            else if (event.key === "Enter") go(found[index]);
            else return;
            event.preventDefault();
          }}
          autoFocus
        />
        <div role="listbox" id="places" aria-label="Places">
          {found.map((place, i) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are on the field, as in every combobox
            <div
              key={place.key}
              role="option"
              id={`place-${i}`}
              tabIndex={-1}
              aria-selected={i === index}
              onClick={() => go(place)}
            >
              <span>{place.name}</span> <span class="dim">{place.detail}</span>
            </div>
          ))}
        </div>
        {found.length === 0 && <p class="dim">Nothing is called "{text}".</p>}
      </div>
    </Dialog>
  );
}
