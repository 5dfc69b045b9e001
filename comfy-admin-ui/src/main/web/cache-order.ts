import type { CacheFile } from "./api.ts";

/** Which files would go if so many more bytes were needed: oldest use first, never one that is pinned or in use. */
export function nextToGo(files: readonly CacheFile[], bytes: number, limit: number, need: number): Set<string> {
  const out = new Set<string>();
  let missing = bytes + need - limit;
  for (const file of files) {
    if (missing <= 0) break;
    if (file.pinned || file.leased > 0) continue;
    out.add(file.id);
    missing -= file.bytes;
  }
  return out;
}
