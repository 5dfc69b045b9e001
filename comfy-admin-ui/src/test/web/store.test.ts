import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../main/web/live/store.ts";
import { node, snapshot, task } from "./made.ts";

function storeWith(given: Parameters<typeof snapshot>[0]): { store: Store; woken: (topic: string) => () => number } {
  const store = new Store(() => {});
  store.replace(snapshot(given));
  store.flush();
  return {
    store,
    woken: (topic) => {
      let times = 0;
      store.listen(topic, () => {
        times += 1;
      });
      return () => times;
    },
  };
}

test("progress wakes its own row and not the list", () => {
  const { store, woken } = storeWith({ tasks: [task({ id: "a", status: "running" })] });
  const row = woken("task:a");
  const list = woken("tasks");
  store.apply({ t: [{ id: "a", v: 2, progress: 0.5, step: 10 }] });
  store.flush();
  assert.equal(row(), 1);
  assert.equal(list(), 0);
  assert.equal(store.tasks.get("a")?.progress, 0.5);
});

test("another status wakes the list once for many changes", () => {
  const { store, woken } = storeWith({ tasks: [task({ id: "a" }), task({ id: "b", number: 2 })] });
  const list = woken("tasks");
  store.apply({ t: [{ id: "a", v: 2, status: "running" }] });
  store.apply({ t: [{ id: "b", v: 3, status: "running" }] });
  store.flush();
  assert.equal(list(), 1);
});

test("late news loses to newer news", () => {
  const { store } = storeWith({ tasks: [task({ id: "a", v: 5, status: "running" })] });
  store.apply({ t: [{ id: "a", v: 9, status: "done", finishedAt: "2026-01-01T00:01:00.000Z" }] });
  store.apply({ t: [{ id: "a", v: 8, progress: 0.9, status: "running" }] });
  assert.equal(store.tasks.get("a")?.status, "done");
});

test("a part of an object that is not known does not make one up", () => {
  const { store } = storeWith({});
  store.apply({ t: [{ id: "ghost", v: 7, progress: 0.1 }] });
  assert.equal(store.tasks.size, 0);
});

test("a snapshot of another epoch wins though its versions are lower", () => {
  const { store } = storeWith({
    tasks: [task({ id: "a", v: 900, status: "running" })],
    nodes: [node({ id: "n", v: 800 })],
  });
  store.replace(snapshot({ since: "e2-3", tasks: [task({ id: "a", v: 2, status: "done" })] }));
  assert.equal(store.tasks.get("a")?.status, "done");
  assert.equal(store.nodes.size, 0);
});

test("what runs on a node is known by the node, and forgotten when it ends", () => {
  const { store } = storeWith({
    nodes: [node({ id: "n" })],
    tasks: [task({ id: "a", status: "running", node: "http://n:8188" })],
  });
  assert.deepEqual(
    store.runningOn("http://n:8188").map((one) => one.id),
    ["a"],
  );
  store.apply({ t: [{ id: "a", v: 2, status: "done" }] });
  assert.deepEqual(store.runningOn("http://n:8188"), []);
});

test("ends are counted once, for the live region", () => {
  const { store } = storeWith({ tasks: [task({ id: "a", status: "running" }), task({ id: "b", status: "running" })] });
  store.apply({
    t: [
      { id: "a", v: 2, status: "done" },
      { id: "b", v: 2, status: "error" },
    ],
  });
  store.apply({ t: [{ id: "a", v: 3, status: "done" }] });
  assert.deepEqual(store.takeFinished(), { done: 1, failed: 1, cancelled: 0 });
  assert.deepEqual(store.takeFinished(), { done: 0, failed: 0, cancelled: 0 });
});

test("a task that came and went between two deltas counts as ended, an old one that is heard of late does not", () => {
  const { store } = storeWith({ now: "2026-11-24T12:00:00.000Z", tasks: [] });
  store.apply({
    t: [
      task({ id: "quick", status: "done", finishedAt: "2026-11-24T12:00:01.000Z" }),
      task({ id: "old", status: "done", finishedAt: "2026-11-24T11:59:00.000Z" }),
    ],
  });
  assert.deepEqual(store.takeFinished(), { done: 1, failed: 0, cancelled: 0 });
});

test("removals take objects out of every index", () => {
  const { store } = storeWith({
    nodes: [node({ id: "n" })],
    tasks: [task({ id: "a", status: "running", node: "http://n:8188" })],
  });
  store.apply({ x: ["t:a", "n:n", "t:unknown"] });
  assert.equal(store.tasks.size, 0);
  assert.equal(store.nodeByUrl("http://n:8188"), undefined);
  assert.deepEqual(store.runningOn("http://n:8188"), []);
});
