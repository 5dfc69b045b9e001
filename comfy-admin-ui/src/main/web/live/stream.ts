import type { Delta, Hello, Notice, Session, Snapshot } from "../api.ts";
import type { Store } from "./store.ts";

/** How the page hears from the router. `quiet` is not a phase: it is the age of `heardAt`. */
export type Phase = "loading" | "live" | "retrying" | "polling" | "paused" | "hidden" | "signed-out";

export interface Link {
  phase: Phase;
  /** When anything was last heard (our clock); 0 before the first time. */
  heardAt: number;
  /** When the next try is due; 0 if none is. */
  retryAt: number;
  /** Since when the router does not answer; 0 while it does. */
  downSince: number;
  /** The build that runs now, when it is another than the one this page came from. */
  newBuild: string | null;
}

export interface Source {
  readonly readyState: number;
  onerror: ((event: Event) => void) | null;
  addEventListener(type: string, listener: (event: MessageEvent<string>) => void): void;
  close(): void;
}

/** What the wrapper needs of a browser, so that a test can be one. */
export interface Platform {
  open(path: string): Source;
  /** Status 0 when there was no answer. */
  read(path: string): Promise<{ status: number; body: unknown }>;
  now(): number;
  random(): number;
  after(milliseconds: number, run: () => void): () => void;
}

const LOST = 20_000;
const HIDDEN = 10_000;
const POLL = 5_000;
const LONGEST_WAIT = 30_000;
/** Removals are kept for 60 s by the router: an older position is not worth asking for. */
const RESUMABLE = 45_000;

/**
 * One event stream for the whole tab, kept alive: browsers give an EventSource up for good after one bad answer, so this
 * opens new ones itself, tells a refused password from a router that is away, lets go while the tab is hidden, and polls
 * when streams do not get through.
 */
export class LiveStream {
  readonly link: Link = { phase: "loading", heardAt: 0, retryAt: 0, downSince: 0, newBuild: null };
  readonly #store: Store;
  readonly #platform: Platform;
  readonly #notice: (notice: Notice) => void;
  #source: Source | null = null;
  #since = "";
  #build = "";
  #failures = 0;
  #turn = 0;
  #cancelTimer: () => void = () => {};
  #cancelWatch: () => void = () => {};
  #cancelHide: () => void = () => {};

  constructor(store: Store, platform: Platform, notice: (notice: Notice) => void) {
    this.#store = store;
    this.#platform = platform;
    this.#notice = notice;
  }

  start(): void {
    void this.#connect(true);
  }

  /** Try at once instead of when the wait is over. */
  retryNow(): void {
    if (this.link.phase !== "signed-out") void this.#connect(true);
  }

  pause(): void {
    if (this.link.phase === "signed-out") return;
    this.#stop();
    this.#phase("paused");
  }

  resume(): void {
    if (this.link.phase === "paused") void this.#connect(false);
  }

  hidden(hidden: boolean): void {
    this.#cancelHide();
    if (hidden) {
      if (this.link.phase === "paused" || this.link.phase === "signed-out") return;
      this.#cancelHide = this.#platform.after(HIDDEN, () => {
        this.#stop();
        this.#phase("hidden");
      });
    } else if (this.link.phase === "hidden") {
      void this.#connect(false);
    }
  }

  signedOut(): void {
    this.#stop();
    this.#phase("signed-out");
  }

  /** Reads the whole state again, for example after an act whose outcome is unknown. */
  reread(): void {
    if (this.link.phase === "live") void this.#connect(true);
  }

  async #connect(whole: boolean): Promise<void> {
    this.#stop();
    const turn = this.#turn;
    const stale = this.#platform.now() - this.link.heardAt > RESUMABLE;
    if (whole || stale || !this.#since || !this.#store.loaded) {
      if (!(await this.#readState(turn))) return;
    }
    this.#listen(turn);
  }

  async #readState(turn: number): Promise<boolean> {
    const answer = await this.#platform.read("/state");
    if (turn !== this.#turn) return false;
    if (answer.status === 401) {
      this.signedOut();
      return false;
    }
    if (answer.status !== 200) {
      this.#failed();
      return false;
    }
    const snapshot = answer.body as Snapshot;
    this.#since = snapshot.since;
    this.#checkBuild(snapshot.build);
    this.#store.replace(snapshot);
    this.#heard();
    return true;
  }

  #listen(turn: number): void {
    const source = this.#platform.open(`/events?since=${encodeURIComponent(this.#since)}`);
    this.#source = source;
    const on = (type: string, run: (event: MessageEvent<string>) => void): void =>
      source.addEventListener(type, (event) => {
        if (turn !== this.#turn) return;
        this.#heard();
        if (event.lastEventId) this.#since = event.lastEventId;
        run(event);
      });
    on("hello", (event) => {
      this.#failures = 0;
      this.#phase("live");
      const hello = JSON.parse(event.data) as Hello;
      this.#store.skew = Date.parse(hello.now) - this.#platform.now();
      this.#checkBuild(hello.build);
    });
    on("delta", (event) => this.#store.apply(JSON.parse(event.data) as Delta));
    on("notice", (event) => this.#notice(JSON.parse(event.data) as Notice));
    on("ping", () => {});
    on("reset", () => void this.#connect(true));
    source.onerror = () => {
      if (turn === this.#turn) this.#failed();
    };
    this.#watch(turn);
  }

  #watch(turn: number): void {
    this.#cancelWatch();
    this.#cancelWatch = this.#platform.after(LOST, () => {
      if (turn !== this.#turn) return;
      if (this.#platform.now() - this.link.heardAt >= LOST) this.#failed();
      else this.#watch(turn);
    });
  }

  #failed(): void {
    this.#stop();
    const turn = this.#turn;
    this.#failures += 1;
    if (this.link.downSince === 0) this.link.downSince = this.#platform.now();
    void this.#probe(turn);
  }

  /** Asks a cheap question to learn why the stream ended. */
  async #probe(turn: number): Promise<void> {
    const answer = await this.#platform.read("/session");
    if (turn !== this.#turn) return;
    if (answer.status === 401) {
      this.signedOut();
      return;
    }
    if (answer.status === 200) {
      this.#store.session = answer.body as Session;
      this.#store.touch("session");
      if (this.#failures >= 3) {
        this.#poll();
        return;
      }
    }
    const wait = Math.min(LONGEST_WAIT, 1000 * 2 ** Math.min(this.#failures - 1, 5));
    this.#later(wait * (0.75 + this.#platform.random() / 2), "retrying", () => void this.#connect(false));
  }

  /** Streams do not get through though the router answers: read the state instead, and try a stream now and then. */
  #poll(): void {
    this.#later(POLL, "polling", () => {
      const turn = this.#turn;
      void this.#readState(turn).then((read) => {
        if (!read) return;
        this.#failures += 1;
        if (this.#failures % 6 === 0) this.#listen(turn);
        else this.#poll();
      });
    });
  }

  #later(milliseconds: number, phase: Phase, run: () => void): void {
    this.#cancelTimer();
    this.link.retryAt = this.#platform.now() + milliseconds;
    this.#cancelTimer = this.#platform.after(milliseconds, run);
    this.#phase(phase);
  }

  #heard(): void {
    this.link.heardAt = this.#platform.now();
    if (this.link.downSince === 0) return;
    this.link.downSince = 0;
    this.#store.touch("link");
  }

  #checkBuild(build: string): void {
    if (!this.#build) this.#build = build;
    const other = build === this.#build ? null : build;
    if (other === this.link.newBuild) return;
    this.link.newBuild = other;
    this.#store.touch("link");
    if (other !== null) void this.#readSession();
  }

  /** Another build has another version to tell. */
  async #readSession(): Promise<void> {
    const answer = await this.#platform.read("/session");
    if (answer.status !== 200) return;
    this.#store.session = answer.body as Session;
    this.#store.touch("session");
  }

  #phase(phase: Phase): void {
    this.link.phase = phase;
    this.#store.touch("link");
  }

  #stop(): void {
    this.#turn += 1;
    this.#cancelTimer();
    this.#cancelWatch();
    this.#source?.close();
    this.#source = null;
    this.link.retryAt = 0;
  }
}
