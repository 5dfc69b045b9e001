/** Which rows of a long list exist in the document, and where the list must be for a row to be seen. */
export interface Range {
  first: number;
  /** One past the last. */
  end: number;
}

export function visibleRange(offset: number, viewport: number, rowHeight: number, count: number, overscan = 8): Range {
  if (count <= 0 || rowHeight <= 0) return { first: 0, end: 0 };
  const top = Math.floor(Math.max(0, offset) / rowHeight) - overscan;
  const bottom = Math.ceil(Math.max(0, offset + viewport) / rowHeight) + overscan;
  const first = Math.min(Math.max(0, top), count);
  return { first, end: Math.max(first, Math.min(count, bottom)) };
}

/** The rows to draw: the range, and the row that has the focus wherever it is. */
export function indices(range: Range, focused: number, count: number): number[] {
  const out: number[] = [];
  if (focused >= 0 && focused < range.first) out.push(focused);
  for (let index = range.first; index < range.end; index += 1) out.push(index);
  if (focused >= range.end && focused < count) out.push(focused);
  return out;
}

/**
 * The order to show while a pointer or the focus is in the list: rows stay where they are. What follows the last row is
 * added there, what would push rows down is counted, and a row that is gone keeps its place.
 */
export function hold(shown: readonly string[], wanted: readonly string[]): { order: readonly string[]; newer: number } {
  const known = new Set(shown);
  const last = shown[shown.length - 1];
  let tailFrom = wanted.length;
  while (tailFrom > 0 && !known.has(wanted[tailFrom - 1] as string)) tailFrom -= 1;
  const follows = last !== undefined && tailFrom > 0 && wanted[tailFrom - 1] === last;
  const tail = follows ? wanted.slice(tailFrom) : [];
  let newer = 0;
  for (const id of wanted) if (!known.has(id)) newer += 1;
  return { order: tail.length > 0 ? [...shown, ...tail] : shown, newer: newer - tail.length };
}

export function equalOrder(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((id, index) => id === b[index]);
}

/**
 * Places on the wall of previews: who runs keeps its place, who comes takes the place of one that has ended. One that has
 * ended stays until then, so that no tile moves; only at the end of the wall it may go, unless somebody points at it.
 */
export function places(shown: readonly string[], running: readonly string[], still: boolean): readonly string[] {
  const runs = new Set(running);
  const known = new Set(shown);
  const coming = running.filter((id) => !known.has(id));
  const next = shown.map((id) => (runs.has(id) || still ? id : (coming.shift() ?? id)));
  next.push(...coming);
  while (!still && next.length > 0 && !runs.has(next[next.length - 1] as string)) next.pop();
  return equalOrder(shown, next) ? shown : next;
}
