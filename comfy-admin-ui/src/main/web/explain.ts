import type { TaskError } from "./api.ts";

/** What each class of failure means, and what to do; of a failed run the error itself says more. */
const CLASSES: Record<string, string> = {
  out_of_memory: "The GPU ran out of memory. Try a smaller picture, fewer at a time, or a node with more memory.",
  missing: "The node lacks a model or a node class that the workflow uses.",
  impossible: "No node has all that the workflow uses.",
  input: "A file that it needs could not be had.",
  request: "ComfyUI does not accept this workflow.",
  infrastructure: "The nodes went away while they worked on it.",
  poison: "Every node that worked on it went down, so it is not tried again.",
  interrupted: "Somebody stopped it on the node.",
  expired: "It took longer than it may.",
};

const ERRORS: [RegExp, string][] = [
  [
    /header|safetensors|invalid load key|PytorchStreamReader|corrupt/i,
    "A model file on the node is damaged or of another kind.",
  ],
  [
    /mat1 and mat2|size mismatch|shapes cannot be multiplied|expected.*channels/i,
    "Two models do not fit together, for example a LoRA of another base model.",
  ],
  [/FileNotFound|no such file/i, "A file that the workflow names is not on the node."],
];

/** A plain sentence beside the verbatim error. */
export function explain(error: TaskError): string {
  const meaning = CLASSES[error.class ?? ""] ?? ERRORS.find(([pattern]) => pattern.test(error.message))?.[1];
  return meaning ?? (error.node ? `ComfyUI stopped at the step "${error.node}".` : "ComfyUI could not finish it.");
}
