/** A TIFF header for raw pixels. */

import type { ImageSize } from '../size.ts';

/** Pixels that follow a {@link tiffHeader}: interleaved samples, little-endian, rows from top to bottom. */
export interface RawPixels extends ImageSize {
  readonly channels: 3 | 4;
  readonly depth: 8 | 16;
}

/** Bytes of one row. */
export function rowBytes({ width, channels, depth }: RawPixels): number {
  return (width * channels * depth) / 8;
}

/**
 * A header that turns the raw pixels after it into an uncompressed BigTIFF file. The last of four channels is
 * alpha, not premultiplied. libvips reads such a file in strips, but would map its own `.v` format into
 * memory as a whole.
 */
export function tiffHeader(pixels: RawPixels): Uint8Array {
  const { width, height, channels, depth } = pixels;
  const row = rowBytes(pixels);
  const rowsPerStrip = Math.min(height, Math.max(1, Math.floor(2 ** 18 / row)));
  const strips = Math.ceil(height / rowsPerStrip);
  const alpha = channels === 4 ? 1 : 0;
  const entries = 10 + alpha;
  // 16 bytes of header, 8 for the count, 20 per entry, 8 for the next directory (none).
  const tables = 16 + 8 + 20 * entries + 8;
  // Lists of up to 8 bytes are stored in their entries.
  const listed = strips > 1 ? 8 * strips : 0;
  const start = tables + 2 * listed;
  const view = new DataView(new ArrayBuffer(start));
  view.setUint32(0, 0x49492b00);
  view.setUint16(4, 8, true);
  view.setBigUint64(8, 16n, true);
  view.setBigUint64(16, BigInt(entries), true);
  const [SHORT, LONG, LONG8] = [3, 4, 16];
  let at = 24;
  const entry = (tag: number, type: number, count: number, ...values: number[]): void => {
    view.setUint16(at, tag, true);
    view.setUint16(at + 2, type, true);
    view.setBigUint64(at + 4, BigInt(count), true);
    values.forEach((value, i) => {
      if (type === SHORT) view.setUint16(at + 12 + 2 * i, value, true);
      else view.setBigUint64(at + 12, BigInt(value), true);
    });
    at += 20;
  };
  entry(256, LONG, 1, width);
  entry(257, LONG, 1, height);
  entry(258, SHORT, channels, ...Array.from({ length: channels }, () => depth));
  entry(259, SHORT, 1, 1);
  entry(262, SHORT, 1, 2);
  entry(273, LONG8, strips, strips > 1 ? tables : start);
  entry(277, SHORT, 1, channels);
  entry(278, LONG, 1, rowsPerStrip);
  entry(279, LONG8, strips, strips > 1 ? tables + listed : row * height);
  entry(284, SHORT, 1, 1);
  if (alpha === 1) entry(338, SHORT, 1, 2);
  for (let strip = 0; strip < strips && strips > 1; strip++) {
    const rows = Math.min(rowsPerStrip, height - strip * rowsPerStrip);
    view.setBigUint64(tables + 8 * strip, BigInt(start + strip * rowsPerStrip * row), true);
    view.setBigUint64(tables + listed + 8 * strip, BigInt(rows * row), true);
  }
  return new Uint8Array(view.buffer);
}
