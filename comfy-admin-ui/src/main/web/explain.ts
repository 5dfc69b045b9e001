import type { TaskError } from "./api.ts";

/** A plain sentence beside the verbatim error: what it means, what to do. */
const MEANINGS: [RegExp, string][] = [
  [
    /out of memory|OutOfMemory|CUDA error.*memory|allocation on device/i,
    "The GPU ran out of memory. Try a smaller picture, fewer at a time, or a node with more memory.",
  ],
  [
    /value not in list|not in \[|missing (model|file)|FileNotFound|no such file/i,
    "A file that the workflow names is not on the node.",
  ],
  [
    /does not exist|cannot execute because.*node|missing node|custom node/i,
    "The node lacks a ComfyUI node class that the workflow uses.",
  ],
  [
    /header|safetensors|invalid load key|PytorchStreamReader|corrupt/i,
    "A model file on the node is damaged or of another kind.",
  ],
  [
    /mat1 and mat2|size mismatch|shapes cannot be multiplied|expected.*channels/i,
    "Two models do not fit together, for example a LoRA of another base model.",
  ],
  [/timed? ?out|maxRun|too long|stall/i, "It took longer than it may."],
  [/download|HTTP 4\d\d|HTTP 5\d\d|AUTH_REQUIRED|SIZE_MISMATCH|HASH_MISMATCH/i, "A file could not be downloaded."],
  [/unreachable|connection|refused|lost/i, "The node went away while it worked."],
];

export function explain(error: TaskError): string {
  const text = `${error.class ?? ""} ${error.message}`;
  for (const [pattern, meaning] of MEANINGS) if (pattern.test(text)) return meaning;
  return error.node ? `ComfyUI stopped at the step "${error.node}".` : "ComfyUI could not finish it.";
}
