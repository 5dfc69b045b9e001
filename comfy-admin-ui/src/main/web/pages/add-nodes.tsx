import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { parseAddresses } from "../addresses.ts";
import type { CheckResult, ClusterNode } from "../api.ts";
import { bytes, deviceName, host, plural } from "../format.ts";
import { because, call, post } from "../live/http.ts";
import { store } from "../live/live.ts";
import { Icon } from "../ui/bits.tsx";
import { Dialog, FormFoot } from "../ui/dialog.tsx";
import { Spot } from "../ui/spot.ts";
import { say } from "../ui/toast.tsx";
import { nodeName } from "../words.ts";

let open = false;
const spot = new Spot();

export function addNodes(): void {
  open = true;
  spot.redraw();
}

/** The place of the dialog in the page. */
export function AddNodesDialog() {
  spot.use();
  if (!open) return null;
  return (
    <AddNodes
      close={() => {
        open = false;
        spot.redraw();
      }}
    />
  );
}

/** Addresses, then what the router found there, then the nodes: three phases in place. */
function AddNodes({ close }: { close: () => void }) {
  const [text, setText] = useState("");
  const [checked, setChecked] = useState<CheckResult[] | null>(null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const field = useRef<HTMLTextAreaElement>(null);
  const { urls, mistakes } = parseAddresses(text);

  useLayoutEffect(() => {
    if (!checked) field.current?.focus();
  }, [checked]);

  const check = async (): Promise<void> => {
    if (busy) return;
    if (urls.length === 0 || mistakes.length > 0) {
      setError(mistakes[0] ?? "Write at least one address, for example gpu-01.lan:8188.");
      field.current?.focus();
      return;
    }
    setBusy(true);
    setError("");
    try {
      const { results } = await call<{ results: CheckResult[] }>("POST", "/cluster/nodes:check", { urls }, 60_000);
      setChecked(results);
      setChosen(new Set(results.filter((result) => result.ok && !result.known).map((result) => result.url)));
    } catch (problem) {
      setError(because("Not checked", problem));
    } finally {
      setBusy(false);
    }
  };

  const add = async (): Promise<void> => {
    if (busy || !checked) return;
    setBusy(true);
    setError("");
    const left: CheckResult[] = [];
    const added: ClusterNode[] = [];
    let reason = "";
    for (const result of checked) {
      if (!chosen.has(result.url)) continue;
      try {
        const node = await post<ClusterNode>("/cluster/nodes", { url: result.url });
        store.mergeNode(node);
        added.push(node);
      } catch (problem) {
        left.push(result);
        reason = because(`${host(result.url)} is not added`, problem);
      }
    }
    setBusy(false);
    const [only] = added;
    if (added.length > 0)
      say(added.length === 1 && only ? `Added ${nodeName(only)}` : `Added ${plural(added.length, "node")}`);
    if (left.length === 0) close();
    else {
      setChecked(left);
      setChosen(new Set(left.map((result) => result.url)));
      setError(reason);
    }
  };

  return (
    <Dialog title="Add nodes" close={close}>
      {checked === null ? (
        <form
          method="dialog"
          onSubmit={(event) => {
            event.preventDefault();
            void check();
          }}
        >
          <div class="body">
            <label class="field">
              <span>Addresses, one per line</span>
              <textarea
                ref={field}
                rows={5}
                class="mono"
                spellcheck={false}
                autocomplete="off"
                autocapitalize="off"
                placeholder={"gpu-01.lan:8188\nhttp://gpu-02.lan:8188"}
                value={text}
                aria-describedby="add-hint"
                aria-invalid={error ? "true" : undefined}
                onInput={(event) => {
                  setText(event.currentTarget.value);
                  setError("");
                }}
                onKeyDown={(event) => {
                  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void check();
                }}
              />
            </label>
            <p class="dim" id="add-hint">
              The router calls these addresses; your browser does not. Without a port, 8188 is meant.
            </p>
            {error && (
              <p class="problem" role="alert">
                {error}
              </p>
            )}
          </div>
          <FormFoot close={close} busy={busy}>
            {busy ? "Checking…" : urls.length > 1 ? `Check ${urls.length} addresses` : "Check address"}
          </FormFoot>
        </form>
      ) : (
        <>
          <div class="body">
            <p class="unseen" role="status">
              {plural(checked.filter((result) => result.ok).length, "address", "addresses")} of {checked.length} can be
              used
            </p>
            <ul class="checks">
              {checked.map((result) => (
                <Checked
                  key={result.url}
                  result={result}
                  chosen={chosen.has(result.url)}
                  choose={(yes) => {
                    const next = new Set(chosen);
                    if (yes) next.add(result.url);
                    else next.delete(result.url);
                    setChosen(next);
                  }}
                />
              ))}
            </ul>
            {error && (
              <p class="problem" role="alert">
                {error}
              </p>
            )}
          </div>
          <div class="foot">
            <button type="button" onClick={() => setChecked(null)}>
              Back
            </button>
            <span class="gap" />
            <button
              type="button"
              class="main"
              disabled={chosen.size === 0}
              aria-disabled={busy ? "true" : undefined}
              ref={(element) => {
                if (element && !element.dataset["seen"]) {
                  element.dataset["seen"] = "true";
                  element.focus();
                }
              }}
              onClick={() => void add()}
            >
              {busy ? "Adding…" : chosen.size === 0 ? "Nothing to add" : `Add ${plural(chosen.size, "node")}`}
            </button>
          </div>
        </>
      )}
    </Dialog>
  );
}

function Checked({ result, chosen, choose }: { result: CheckResult; chosen: boolean; choose: (yes: boolean) => void }) {
  const doubtful = result.ok && (result.lacks.length > 0 || result.files === "own");
  const tone = !result.ok ? "bad" : doubtful ? "wait" : "good";
  const device = result.devices[0];
  const facts = [
    result.version && `ComfyUI ${result.version}`,
    device && deviceName(device.name),
    device?.vramTotal != null && bytes(device.vramTotal),
    result.latencyMs != null && `answers in ${Math.round(result.latencyMs)} ms`,
  ].filter(Boolean);
  return (
    <li>
      <span class={`mark ${tone}`}>
        <Icon shape={!result.ok ? "cross" : doubtful ? "triangle" : "check"} />
      </span>
      <div>
        <p class="mono">{host(result.normalized || result.url)}</p>
        {result.known && <p>Is among the nodes already.</p>}
        {result.problem && <p>{result.problem}</p>}
        {facts.length > 0 && <p class="dim">{facts.join(", ")}</p>}
        {result.ok && result.files === "own" && (
          <p class="dim">Has a models folder of its own: files that the router downloads do not reach it.</p>
        )}
        {result.lacks.length > 0 && (
          <details>
            <summary>Lacks {plural(result.lacks.length, "thing")} that other nodes have</summary>
            <ul>
              {result.lacks.map((lack) => (
                <li key={`${lack.kind}:${lack.name}`}>
                  {lack.name} {lack.neededBy && <span class="dim">used by {lack.neededBy}</span>}
                </li>
              ))}
            </ul>
          </details>
        )}
      </div>
      {!result.known && (
        <label class="pick">
          <input type="checkbox" checked={chosen} onChange={(event) => choose(event.currentTarget.checked)} />
          {result.ok ? "Add" : "Add anyway"}
        </label>
      )}
    </li>
  );
}
