/** How often previews may load: so many a second together, and each tile at most once per interval. */
export class PreviewBudget {
  readonly #perSecond: number;
  readonly #interval: number;
  readonly #last = new Map<number, number>();
  #recent: number[] = [];

  constructor(perSecond: number, interval: number) {
    this.#perSecond = perSecond;
    this.#interval = interval;
  }

  /** True if this tile may load now; it then has been counted. */
  take(tile: number, now: number): boolean {
    const last = this.#last.get(tile);
    if (last !== undefined && now - last < this.#interval) return false;
    this.#recent = this.#recent.filter((at) => now - at < 1000);
    if (this.#recent.length >= this.#perSecond) return false;
    this.#recent.push(now);
    this.#last.set(tile, now);
    return true;
  }

  forget(tile: number): void {
    this.#last.delete(tile);
  }
}
