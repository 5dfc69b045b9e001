import assert from "node:assert/strict";
import { test } from "node:test";
import { age, bytes, duration, host, percent, plural, range, rate, safeLink } from "../../main/web/format.ts";

test("durations carry one unit, or two where one would hide too much", () => {
  const said = [0, 0.42, 9.94, 48, 99.4, 360, 5_969, 12_000, 86_000, 187_200].map((seconds) => duration(seconds));
  assert.deepEqual(said, ["0 s", "0.4 s", "9.9 s", "48 s", "99 s", "6 min", "99 min", "3 h 20 min", "23 h", "2 d 4 h"]);
});

test("ages tick in whole seconds", () => {
  assert.deepEqual([0.9, 4.2, 59.6, 240].map(age), ["0 s", "4 s", "60 s", "4 min"]);
});

test("a range is short when both ends have the same unit", () => {
  assert.equal(range([40, 70]), "40-70 s");
  assert.equal(range([50, 180]), "50 s to 3 min");
  assert.equal(range([40, 40]), "about 40 s");
  assert.equal(range(null), "");
});

test("sizes and rates carry units", () => {
  assert.deepEqual([0, 1023, 1536, 24_480_000_000].map(bytes), ["0 B", "1023 B", "1.5 KiB", "22.8 GiB"]);
  assert.deepEqual([84e6, 1.2e6, 4_000].map(rate), ["84 MB/s", "1.2 MB/s", "4 kB/s"]);
  assert.equal(bytes(null), "-");
});

test("a share is never rounded up to done", () => {
  assert.equal(percent(0.999), "99 %");
  assert.equal(percent(1), "100 %");
});

test("words follow numbers", () => {
  assert.equal(plural(1, "task"), "1 task");
  assert.equal(plural(1212, "task"), "1,212 tasks");
  assert.equal(plural(2, "address", "addresses"), "2 addresses");
});

test("only http and https become links", () => {
  assert.equal(safeLink("javascript:alert(1)"), undefined);
  assert.equal(safeLink("http://gpu-1:8188"), "http://gpu-1:8188");
  assert.equal(host("https://gpu-1:8188/"), "gpu-1:8188");
});
