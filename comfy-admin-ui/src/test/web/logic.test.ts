import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAddresses } from "../../main/web/addresses.ts";
import type { CacheFile, TaskError } from "../../main/web/api.ts";
import { parseRoute, path, withQuery } from "../../main/web/app/route.ts";
import { attention } from "../../main/web/attention.ts";
import { nextToGo } from "../../main/web/cache-order.ts";
import { explain } from "../../main/web/explain.ts";
import { PreviewBudget } from "../../main/web/ui/budget.ts";
import { hold, indices, places, visibleRange } from "../../main/web/ui/window.ts";
import { nodeLabel, nodeSentence, ordinal, taskSentence } from "../../main/web/words.ts";
import { node, task } from "./made.ts";

test("every place has a URL and every URL a place", () => {
  assert.equal(parseRoute("/admin", "").page, "overview");
  assert.equal(parseRoute("/admin/", "").page, "overview");
  assert.deepEqual(parseRoute("/admin/gallery/abc/2", "").n, 2);
  assert.equal(parseRoute("/admin/tasks/a%2Fb", "").id, "a/b");
  assert.equal(path("tasks", "a/b"), "/admin/tasks/a%2Fb");
  for (const wrong of [
    "/admin/nope",
    "/admin/settings/x",
    "/admin/gallery/abc",
    "/admin/gallery/abc/x",
    "/admin/tasks/a/b",
  ]) {
    assert.equal(parseRoute(wrong, "").page, "missing", wrong);
  }
});

test("a filter that is empty leaves the URL", () => {
  const query = new URLSearchParams("state=error&q=fox");
  assert.equal(withQuery("/admin/tasks", query, { q: "" }), "/admin/tasks?state=error");
  assert.equal(withQuery("/admin/tasks", query, { q: null, state: null }), "/admin/tasks");
});

test("addresses are read as people paste them", () => {
  const { urls, mistakes } = parseAddresses(
    "gpu-09.lan\nhttp://gpu-08.lan:8188/, https://gpu.example/comfy/\n10.0.0.4:80 gpu-09.lan",
  );
  assert.deepEqual(urls, [
    "http://gpu-09.lan:8188",
    "http://gpu-08.lan:8188",
    "https://gpu.example/comfy",
    "http://10.0.0.4",
  ]);
  assert.deepEqual(mistakes, []);
});

test("what is no address is named", () => {
  const { urls, mistakes } = parseAddresses("ftp://gpu http://user:pw@gpu :::");
  assert.deepEqual(urls, []);
  assert.equal(mistakes.length, 3);
});

test("only the rows in view exist, and the one that has the focus", () => {
  const range = visibleRange(44 * 1000, 800, 44, 10_000, 8);
  assert.deepEqual(range, { first: 992, end: 1027 });
  assert.equal(indices(range, 9_999, 10_000).length, 36);
  assert.equal(indices(range, 3, 10_000)[0], 3);
  assert.deepEqual(visibleRange(0, 800, 44, 0), { first: 0, end: 0 });
});

test("held rows stay; what comes before them is counted; what follows them is added", () => {
  const shown = ["c", "b", "a"];
  assert.deepEqual(hold(shown, ["e", "d", "c", "b", "a"]), { order: shown, newer: 2 });
  assert.deepEqual(hold(shown, ["c", "b", "a", "z", "y"]), { order: ["c", "b", "a", "z", "y"], newer: 0 });
  assert.deepEqual(hold(shown, ["d", "c", "a"]), { order: shown, newer: 1 });
});

test("tiles keep their places; newcomers take those of the ended", () => {
  assert.deepEqual(places(["1", "2", "3"], ["1", "3", "4", "5"], false), ["1", "4", "3", "5"]);
  assert.deepEqual(places(["1", "2", "3"], ["3"], false), ["1", "2", "3"]);
  assert.deepEqual(places(["1", "2", "3"], ["1"], false), ["1"]);
  assert.deepEqual(places(["1", "2", "3"], ["1"], true), ["1", "2", "3"]);
  const same = ["1", "2"];
  assert.equal(places(same, ["1", "2"], false), same);
});

test("previews load within the budget of a tile and of all", () => {
  const budget = new PreviewBudget(3, 500);
  assert.equal(budget.take(1, 0), true);
  assert.equal(budget.take(1, 499), false);
  assert.equal(budget.take(1, 500), true);
  assert.equal(budget.take(2, 500), true);
  assert.equal(budget.take(3, 600), false, "three in this second already");
  assert.equal(budget.take(3, 1_001), true);
});

test("the next to go are the oldest that nobody holds, until there is room", () => {
  const file = (id: string, bytes: number, more: Partial<CacheFile> = {}): CacheFile => ({
    id,
    name: id,
    folder: "loras",
    bytes,
    lastUsedAt: null,
    uses: 0,
    pinned: false,
    leased: 0,
    from: null,
    ...more,
  });
  const files = [file("a", 4), file("b", 4, { pinned: true }), file("c", 4, { leased: 1 }), file("d", 4), file("e", 4)];
  assert.deepEqual([...nextToGo(files, 20, 24, 8)], ["a"]);
  assert.deepEqual([...nextToGo(files, 20, 20, 8)], ["a", "d"]);
  assert.deepEqual([...nextToGo(files, 20, 64, 8)], []);
});

test("health and admission are told apart", () => {
  const word = (given: Parameters<typeof node>[0]): string => nodeLabel(node(given)).word;
  assert.equal(word({ id: "n", status: "busy", admission: "draining" }), "Busy, draining");
  assert.equal(word({ id: "n", status: "idle", admission: "draining" }), "Drained");
  assert.equal(word({ id: "n", status: "idle", hold: { kind: "stalled", until: null, reason: "x" } }), "Idle, held");
  assert.equal(word({ id: "n", status: "offline" }), "Offline");
});

test("a node says in one sentence what it does", () => {
  const now = Date.parse("2026-01-01T00:06:00.000Z");
  const running = [task({ id: "a", number: 1050, status: "running", progress: 0.6, etaSeconds: [30, 40] })];
  const draining = node({ id: "n", status: "busy", admission: "draining" });
  assert.equal(nodeSentence(draining, running, now), "#1050 60 %, then stops (30-40 s)");
  assert.equal(nodeSentence(node({ id: "n", admission: "draining" }), [], now), "Drained, safe to stop");
  assert.equal(nodeSentence(node({ id: "n", status: "offline", lastError: "refused" }), [], now), "6 min: refused");
});

test("a task says in one sentence why it waits or how far it is", () => {
  assert.equal(taskSentence(task({ id: "a", position: 2, etaSeconds: [40, 70] })), "2nd in line, 40-70 s");
  assert.equal(
    taskSentence(task({ id: "a", status: "running", step: 12, steps: 20, etaSeconds: [8, 9] })),
    "12/20, 9 s left",
  );
  assert.equal(taskSentence(task({ id: "a", status: "done", imageCount: 4 })), "4 pictures");
  assert.deepEqual([1, 2, 3, 4, 11, 12, 21, 112].map(ordinal), [
    "Next in line",
    "2nd in line",
    "3rd in line",
    "4th in line",
    "11th in line",
    "12th in line",
    "21st in line",
    "112th in line",
  ]);
});

test("what needs attention comes worst first, and failures alike are one line", () => {
  const now = Date.parse("2026-01-01T01:00:00.000Z");
  const failed = (id: string, number: number, minute: string): ReturnType<typeof task> =>
    task({
      id,
      number,
      status: "error",
      node: "http://n:8188",
      error: { class: "OOM", message: "out of memory", node: "KSampler" },
      finishedAt: `2026-01-01T00:${minute}:00.000Z`,
    });
  const found = attention(
    [
      node({ id: "held", hold: { kind: "quarantine", until: null, reason: "failed 3 tasks" } }),
      node({ id: "away", status: "offline" }),
      node({ id: "twin", sameAs: "held" }),
      node({ id: "single", sameAs: "removed" }),
    ].values(), // as of a map: to be gone through once
    [
      failed("a", 1, "30"),
      failed("b", 2, "40"),
      task({ id: "old", status: "error", finishedAt: "2025-12-31T20:00:00.000Z" }),
    ],
    [],
    now,
  );
  assert.deepEqual(
    found.map((item) => `${item.kind} ${item.name}: ${item.text}`),
    [
      "node away:8188: Offline for 60 min",
      "node held:8188: Gets no work: failed 3 tasks",
      "node twin:8188: The same ComfyUI as held:8188: remove one of them",
      "task #2: Failed: out of memory (and 1 more like it)",
    ],
  );
});

test("a failure is explained by its class, and an error of ComfyUI by its words", () => {
  const said = (failure: string, message: string, node: string | null = null) =>
    explain({ class: failure, message, node } as TaskError);
  assert.equal(
    said("input", "http://models.example/a.safetensors: not found (HTTP 404); correct the URL"),
    "A file that it needs could not be had.",
  );
  assert.match(said("out_of_memory", "allocation on device"), /ran out of memory/);
  assert.match(said("execution", "header too large", "KSampler"), /damaged or of another kind/);
  assert.equal(said("execution", "division by zero", "KSampler"), 'ComfyUI stopped at the step "KSampler".');
});
