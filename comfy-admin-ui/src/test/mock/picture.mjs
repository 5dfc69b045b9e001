import { crc32, deflateSync } from "node:zlib";

/** A PNG of soft colour bands that differs by seed and clears up with `share`: enough to tell previews apart. */
export function picture(size, seed, share = 1) {
  const rows = Buffer.alloc((size * 3 + 1) * size);
  const hue = (seed * 47) % 360;
  let noise = seed * 2654435761;
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      const wave = Math.sin((x / size) * 5 + seed) + Math.cos((y / size) * 4 + seed * 0.7);
      const grain = (noise / 4294967296 - 0.5) * (1 - share) * 1.4;
      const light = Math.min(1, Math.max(0, 0.5 + wave * 0.2 + grain));
      const at = y * (size * 3 + 1) + 1 + x * 3;
      for (let c = 0; c < 3; c += 1) {
        const tint = 0.5 + 0.5 * Math.cos(((hue + c * 120 + wave * 30) * Math.PI) / 180);
        rows[at + c] = Math.round(255 * light * (0.45 + 0.55 * tint));
      }
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(size, 0);
  head.writeUInt32BE(size, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const signature = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    signature,
    chunk("IHDR", head),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc32 ? crc32(body) : slowCrc(body), body.length + 4);
  return out;
}

function slowCrc(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k += 1) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}
