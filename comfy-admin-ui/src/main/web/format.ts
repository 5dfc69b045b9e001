/** Numbers, sizes and times as text: always with a unit, never with more digits than mean something. */

const UNITS = ["B", "KiB", "MiB", "GiB", "TiB"];

export function bytes(value: number | null | undefined): string {
  if (value == null || !Number.isFinite(value)) return "-";
  let size = Math.max(0, value);
  let unit = 0;
  while (size >= 1024 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  return `${unit === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${UNITS[unit]}`;
}

export function rate(bytesPerSecond: number | null | undefined): string {
  if (bytesPerSecond == null) return "-";
  const mega = bytesPerSecond / 1e6;
  if (mega >= 10) return `${Math.round(mega)} MB/s`;
  return mega >= 0.1 ? `${mega.toFixed(1)} MB/s` : `${Math.round(bytesPerSecond / 1000)} kB/s`;
}

/** "0.4 s", "48 s", "4 min", "3 h 20 min", "2 d 4 h". */
export function duration(seconds: number | null | undefined): string {
  if (seconds == null || !Number.isFinite(seconds)) return "-";
  const s = Math.max(0, seconds);
  if (s < 9.95) return `${s < 0.05 ? "0" : s.toFixed(1).replace(/\.0$/, "")} s`;
  if (s < 99.5) return `${Math.round(s)} s`;
  if (s < 5_970) return `${Math.round(s / 60)} min`;
  if (s < 86_400) {
    const hours = Math.floor(s / 3600);
    const minutes = Math.round((s - hours * 3600) / 60);
    if (minutes === 60) return `${hours + 1} h`;
    return minutes && hours < 10 ? `${hours} h ${minutes} min` : `${hours} h`;
  }
  const days = Math.floor(s / 86_400);
  const hours = Math.floor((s - days * 86_400) / 3600);
  return hours && days < 10 ? `${days} d ${hours} h` : `${days} d`;
}

/** Whole seconds only: for ages that tick. */
export function age(seconds: number): string {
  return duration(seconds < 10 ? Math.floor(Math.max(0, seconds)) : seconds);
}

/** "40-70 s", "2-3 min", "about 40 s". */
export function range(seconds: readonly [number, number] | null | undefined): string {
  if (!seconds) return "";
  const low = duration(Math.round(seconds[0]));
  const high = duration(Math.round(seconds[1]));
  if (low === high) return `about ${high}`;
  const [lowNumber, lowUnit] = low.split(" ");
  return lowUnit === high.split(" ")[1] && low.split(" ").length === 2 ? `${lowNumber}-${high}` : `${low} to ${high}`;
}

export function percent(share: number | null | undefined): string {
  return share == null ? "-" : `${Math.floor(Math.min(1, Math.max(0, share)) * 100)} %`;
}

const counted = new Intl.NumberFormat("en");

export function count(value: number): string {
  return counted.format(value);
}

/** "1 task", "1,212 tasks"; a plural that is not +s is given. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });

export function clockTime(at: number): string {
  return clock.format(at);
}

export function dateTime(at: number): string {
  return `${day.format(at)}, ${clock.format(at)}`;
}

/** The address as people say it: no scheme, no trailing slash. */
export function host(url: string | null | undefined): string {
  return url ? url.replace(/^https?:\/\//, "").replace(/\/$/, "") : "-";
}

/** "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync" is an RTX 4090 to people. */
export function deviceName(name: string): string {
  const short = name
    .replace(/^\w+:\d+ /, "")
    .replace(/ : .*$/, "")
    .replace(/^NVIDIA (GeForce )?/, "");
  return short.trim() || name;
}

/** A reason without the address before it, where the address stands beside it anyway. */
export function reason(text: string): string {
  return text.replace(/^https?:\/\/\S+: /, "");
}

/** Only http and https may become a link. */
export function safeLink(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}

export function megapixels(width: number, height: number): string {
  return `${((width * height) / 1e6).toFixed(1)} MP`;
}
