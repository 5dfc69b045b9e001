import assert from "node:assert/strict";
import { test } from "node:test";
import { Store } from "../../main/web/live/store.ts";
import { LiveStream, type Platform, type Source } from "../../main/web/live/stream.ts";
import { snapshot, task } from "./made.ts";

class FakeSource implements Source {
  readonly path: string;
  readyState = 1;
  closed = false;
  onerror: ((event: Event) => void) | null = null;
  readonly #listeners = new Map<string, (event: MessageEvent<string>) => void>();

  constructor(path: string) {
    this.path = path;
  }

  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void {
    this.#listeners.set(type, listener);
  }

  close(): void {
    this.closed = true;
  }

  send(type: string, data: unknown, id = ""): void {
    this.#listeners.get(type)?.({ data: JSON.stringify(data), lastEventId: id } as MessageEvent<string>);
  }
}

/** A browser whose clock and answers the test holds in its hand. */
class FakeBrowser implements Platform {
  clock = 1_000_000;
  readonly answers = new Map<string, { status: number; body: unknown }>();
  readonly reads: string[] = [];
  readonly sources: FakeSource[] = [];
  #timers: { at: number; run: () => void }[] = [];

  constructor() {
    this.answers.set("/state", { status: 200, body: snapshot() });
    this.answers.set("/session", { status: 200, body: {} });
  }

  open(path: string): Source {
    const source = new FakeSource(path);
    this.sources.push(source);
    return source;
  }

  async read(path: string): Promise<{ status: number; body: unknown }> {
    this.reads.push(path);
    return this.answers.get(path) ?? { status: 0, body: null };
  }

  now(): number {
    return this.clock;
  }

  random(): number {
    return 0.5;
  }

  after(milliseconds: number, run: () => void): () => void {
    const timer = { at: this.clock + milliseconds, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  }

  async pass(milliseconds: number): Promise<void> {
    const end = this.clock + milliseconds;
    for (;;) {
      const next = this.#timers.filter((one) => one.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.clock = Math.max(this.clock, next.at);
      next.run();
      await settled();
    }
    this.clock = end;
  }

  get source(): FakeSource {
    return this.sources[this.sources.length - 1] as FakeSource;
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 10; i += 1) await Promise.resolve();
}

async function live(): Promise<{ browser: FakeBrowser; store: Store; stream: LiveStream }> {
  const browser = new FakeBrowser();
  const store = new Store(() => {});
  const stream = new LiveStream(store, browser, () => {});
  stream.start();
  await settled();
  browser.source.send("hello", { build: "1", epoch: "e1", now: new Date(browser.clock).toISOString() });
  return { browser, store, stream };
}

test("the state is read first, then the stream goes on from it", async () => {
  const { browser, stream } = await live();
  assert.deepEqual(browser.reads, ["/state"]);
  assert.equal(browser.source.path, "/events?since=e1-1");
  assert.equal(stream.link.phase, "live");
});

test("a stream that breaks is opened again where it ended", async () => {
  const { browser, stream } = await live();
  browser.source.send("delta", { t: [task({ id: "a" })] }, "e1-7");
  const first = browser.source;
  first.onerror?.({} as Event);
  await settled();
  assert.equal(first.closed, true);
  assert.equal(stream.link.phase, "retrying");
  await browser.pass(1_000);
  assert.equal(browser.source.path, "/events?since=e1-7");
  assert.deepEqual(browser.reads, ["/state", "/session"]);
});

test("a refused password stops everything", async () => {
  const { browser, stream } = await live();
  browser.answers.set("/session", { status: 401, body: null });
  browser.source.onerror?.({} as Event);
  await settled();
  assert.equal(stream.link.phase, "signed-out");
  const before = browser.reads.length;
  await browser.pass(600_000);
  assert.equal(browser.reads.length, before);
  assert.equal(browser.sources.length, 1);
});

test("waits grow to half a minute while the router is away, and it is known since when", async () => {
  const { browser, stream } = await live();
  browser.answers.clear();
  browser.source.onerror?.({} as Event);
  await settled();
  const down = browser.clock;
  const waits: number[] = [];
  for (let i = 0; i < 8; i += 1) {
    const wait = stream.link.retryAt - browser.clock;
    waits.push(wait);
    await browser.pass(wait);
    if (stream.link.phase !== "retrying") break;
    if (!browser.source.closed) {
      browser.source.onerror?.({} as Event);
      await settled();
    }
  }
  assert.deepEqual(waits, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  assert.equal(stream.link.downSince, down);
});

test("silence for twenty seconds is a lost stream", async () => {
  const { browser, stream } = await live();
  await browser.pass(12_000);
  browser.source.send("ping", {});
  await browser.pass(19_000);
  assert.equal(stream.link.phase, "live");
  await browser.pass(21_000);
  assert.equal(browser.sources[0]?.closed, true);
});

test("a hidden tab lets go after ten seconds and comes back", async () => {
  const { browser, stream } = await live();
  stream.hidden(true);
  await browser.pass(9_000);
  assert.equal(browser.source.closed, false);
  await browser.pass(2_000);
  assert.equal(browser.source.closed, true);
  assert.equal(stream.link.phase, "hidden");
  stream.hidden(false);
  await settled();
  assert.equal(browser.sources.length, 2);
});

test("after a long absence the whole state is read again", async () => {
  const { browser, stream } = await live();
  stream.pause();
  await browser.pass(50_000);
  stream.resume();
  await settled();
  assert.deepEqual(browser.reads, ["/state", "/state"]);
});

test("a reset reads the state again", async () => {
  const { browser } = await live();
  browser.source.send("reset", {});
  await settled();
  assert.deepEqual(browser.reads, ["/state", "/state"]);
  assert.equal(browser.sources.length, 2);
});

test("when streams do not get through, the state is polled every five seconds", async () => {
  const { browser, stream } = await live();
  for (let i = 0; i < 3; i += 1) {
    browser.source.onerror?.({} as Event);
    await settled();
    if (i < 2) await browser.pass(stream.link.retryAt - browser.clock);
  }
  assert.equal(stream.link.phase, "polling");
  const before = browser.reads.filter((path) => path === "/state").length;
  await browser.pass(10_000);
  assert.equal(browser.reads.filter((path) => path === "/state").length, before + 2);
});

test("another build is told, not loaded", async () => {
  const { browser, stream } = await live();
  browser.source.send("hello", { build: "2", epoch: "e1", now: new Date(browser.clock).toISOString() });
  assert.equal(stream.link.newBuild, "2");
});
