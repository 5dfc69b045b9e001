import { useEffect, useRef, useState } from "preact/hooks";
import { bytes, megapixels } from "../format.ts";

const LARGEST = 48 * 1024 * 1024;
const TYPES = /^image\/(png|jpeg|webp)$/;

export interface InlineImage {
  type: "base64";
  content: string;
}

/** The picture last chosen for a value, so that it can be drawn again: the page may show neither data: nor blob: URLs. */
const drawn = new WeakMap<object, ImageBitmap>();
const described = new WeakMap<object, string>();

/** Reads a picture for a request; throws a sentence when it cannot be used. */
export async function readPicture(given: File): Promise<InlineImage> {
  if (!TYPES.test(given.type)) throw new Error("only PNG, JPEG and WebP pictures can be used");
  if (given.size > LARGEST) throw new Error(`it has ${bytes(given.size)}, and at most ${bytes(LARGEST)} can be sent`);
  const [bitmap, content] = await Promise.all([createImageBitmap(given), base64(given)]);
  const image: InlineImage = { type: "base64", content };
  drawn.set(image, bitmap);
  const pixels = `${bitmap.width} × ${bitmap.height} (${megapixels(bitmap.width, bitmap.height)})`;
  described.set(image, `${given.name || "pasted picture"}, ${pixels}, ${bytes(given.size)}`);
  return image;
}

/** A picture by drag, paste, file or URL. */
export function ImageField(props: {
  id: string;
  label: string;
  value: unknown;
  set: (value: unknown) => void;
  describedBy: string | undefined;
}) {
  const { value, set } = props;
  const [problem, setProblem] = useState("");
  const [over, setOver] = useState(false);
  const file = useRef<HTMLInputElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const inline = typeof value === "object" && value !== null ? value : null;

  useEffect(() => {
    const bitmap = inline && drawn.get(inline);
    const target = canvas.current;
    if (!bitmap || !target) return;
    const scale = Math.min(1, 192 / bitmap.width, 192 / bitmap.height);
    target.width = Math.max(1, Math.round(bitmap.width * scale));
    target.height = Math.max(1, Math.round(bitmap.height * scale));
    target.getContext("2d")?.drawImage(bitmap, 0, 0, target.width, target.height);
  }, [inline]);

  const take = async (given: File | null | undefined): Promise<void> => {
    if (!given) return;
    try {
      set(await readPicture(given));
      setProblem("");
    } catch (error) {
      setProblem(`The picture cannot be used: ${error instanceof Error ? error.message : "it could not be read"}.`);
    }
  };

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping and pasting are extra ways; the button and the field do the same
    <div
      class={over ? "image-field over" : "image-field"}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        void take(event.dataTransfer?.files[0]);
      }}
      onPaste={(event) => {
        const pasted = event.clipboardData?.files[0];
        if (!pasted) return;
        event.preventDefault();
        void take(pasted);
      }}
    >
      <input
        ref={file}
        type="file"
        class="unseen"
        tabIndex={-1}
        aria-hidden="true"
        accept="image/png,image/jpeg,image/webp"
        onChange={(event) => {
          void take(event.currentTarget.files?.[0]);
          event.currentTarget.value = "";
        }}
      />
      {inline ? (
        <div class="beside">
          <canvas ref={canvas} role="img" aria-label={described.get(inline) ?? "Chosen picture"} />
          <div>
            <p class="dim">{described.get(inline) ?? "Picture"}</p>
            <button type="button" class="small" onClick={() => set(undefined)}>
              Take away
            </button>
          </div>
        </div>
      ) : (
        <div class="beside">
          <input
            id={props.id}
            type="text"
            inputMode="url"
            aria-describedby={props.describedBy}
            placeholder="Drop or paste a picture, or write a URL"
            value={typeof value === "string" ? value : ""}
            onInput={(event) => set(event.currentTarget.value.trim() || undefined)}
          />
          <button
            type="button"
            class="small"
            aria-label={`Choose a file: ${props.label}`}
            onClick={() => file.current?.click()}
          >
            Choose a file…
          </button>
        </div>
      )}
      {problem && (
        <p class="problem" role="alert">
          {problem}
        </p>
      )}
    </div>
  );
}

function base64(file: File): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => {
      const text = String(reader.result);
      resolve(text.slice(text.indexOf(",") + 1));
    };
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}
