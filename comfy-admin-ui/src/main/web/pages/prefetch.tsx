import { useLayoutEffect, useState } from "preact/hooks";
import { because, post } from "../live/http.ts";
import { Dialog, FormFoot } from "../ui/dialog.tsx";
import { say } from "../ui/toast.tsx";

const FOLDERS = [
  "checkpoints",
  "loras",
  "vae",
  "controlnet",
  "upscale_models",
  "diffusion_models",
  "text_encoders",
  "clip_vision",
  "style_models",
];

/** Asks for a file to be downloaded now, before a task needs it. */
export function Prefetch({ known, close }: { known: readonly string[]; close: () => void }) {
  const [url, setUrl] = useState("");
  const [folder, setFolder] = useState("checkpoints");
  const [error, setError] = useState("");
  const [busy, setBusy] = useState(false);
  const [field, setField] = useState<HTMLInputElement | null>(null);
  useLayoutEffect(() => field?.focus(), [field]);
  const folders = [...new Set([...FOLDERS, ...known])];
  const run = async (): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setError("");
    try {
      await post("/cache/prefetch", { url, folder });
      say("Download started");
      close();
    } catch (problem) {
      setError(because("Not started", problem));
      setBusy(false);
    }
  };
  return (
    <Dialog title="Prefetch a URL" close={close}>
      <form
        method="dialog"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <div class="body">
          <label class="field">
            <span>URL of the file</span>
            <input
              ref={setField}
              type="url"
              required
              placeholder="https://…"
              value={url}
              aria-invalid={error ? "true" : undefined}
              onInput={(event) => setUrl(event.currentTarget.value)}
            />
          </label>
          <label class="field">
            <span>Folder on the nodes</span>
            <select value={folder} onChange={(event) => setFolder(event.currentTarget.value)}>
              {folders.map((one) => (
                <option key={one}>{one}</option>
              ))}
            </select>
          </label>
          {error && (
            <p class="problem" role="alert">
              {error}
            </p>
          )}
        </div>
        <FormFoot close={close} busy={busy}>
          {busy ? "Starting…" : "Prefetch"}
        </FormFoot>
      </form>
    </Dialog>
  );
}
