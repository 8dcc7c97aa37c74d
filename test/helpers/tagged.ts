/** Picture files that name their colours outside ICC profiles, put together from plain ones. */

import { crc32 } from 'node:zlib';

/** A chunk of PNG. */
export function pngChunk(type: string, data: Uint8Array): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  return Buffer.concat([uint32(data.length), body, uint32(crc32(body))]);
}

/** A PNG with further chunks after its header. */
export function withChunks(png: Uint8Array, ...chunks: Uint8Array[]): Buffer {
  // The signature takes 8 bytes, the header's chunk 25.
  return Buffer.concat([png.subarray(0, 33), ...chunks, png.subarray(33)]);
}

/** Numbers of ITU-T H.273: primaries, transfer. */
export function cicp(primaries: number, transfer: number, matrix = 0, range = 1): Buffer {
  return pngChunk('cICP', Uint8Array.of(primaries, transfer, matrix, range));
}

/** `gamma` as PNG has it: 0.45455 for a curve of 2.2. */
export function gama(gamma: number): Buffer {
  return pngChunk('gAMA', uint32(Math.round(gamma * 1e5)));
}

/** x and y of white, red, green and blue. */
export function chrm(...xy: number[]): Buffer {
  return pngChunk('cHRM', Buffer.concat(xy.map((value) => uint32(Math.round(value * 1e5)))));
}

/** White, red, green and blue of Display P3. */
export const P3 = [0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06];

/** An opaque AVIF of sharp's with a colour box for its only item. */
export function withNclx(avif: Uint8Array, primaries: number, transfer: number): Buffer {
  const codes = Buffer.alloc(7);
  codes.writeUInt16BE(primaries, 0);
  codes.writeUInt16BE(transfer, 2);
  // sharp codes colours by matrix 6, full range.
  codes.writeUInt16BE(6, 4);
  codes[6] = 0x80;
  const body = Buffer.concat([Buffer.from('colrnclx', 'latin1'), codes]);
  const colr = Buffer.concat([uint32(body.length + 4), body]);
  const bytes = Buffer.from(avif);
  const at = (type: string) => bytes.indexOf(type, 0, 'latin1') - 4;
  const grow = (type: string, by: number) => bytes.writeUInt32BE(bytes.readUInt32BE(at(type)) + by, at(type));
  const [ipcoEnd, ipma] = [at('ipco') + bytes.readUInt32BE(at('ipco')), at('ipma')];
  const ipmaEnd = ipma + bytes.readUInt32BE(ipma);
  const count = countBoxes(bytes, at('ipco') + 8, ipcoEnd);
  const added = colr.length + 1;
  moveExtent(bytes, at('iloc'), added);
  // The number of the item's properties: after flags, the count of items and the item's number.
  bytes[ipma + 18] = (bytes[ipma + 18] ?? 0) + 1;
  grow('ipma', 1);
  grow('ipco', colr.length);
  grow('iprp', added);
  grow('meta', added);
  return Buffer.concat([
    bytes.subarray(0, ipcoEnd),
    colr,
    bytes.subarray(ipcoEnd, ipmaEnd),
    Uint8Array.of(count + 1),
    bytes.subarray(ipmaEnd),
  ]);
}

function countBoxes(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += bytes.readUInt32BE(at)) count++;
  return count;
}

/** Moves the only extent of the only item, in a box of version 0 or 1. */
function moveExtent(bytes: Buffer, iloc: number, by: number): void {
  const version = bytes.readUInt8(iloc + 8);
  const baseBytes = bytes.readUInt8(iloc + 13) >> 4;
  // Version and flags, sizes, count; the item's number, its method, its file, its base, its count of extents.
  const offset = iloc + 12 + 2 + 2 + 2 + (version > 0 ? 2 : 0) + 2 + baseBytes + 2;
  bytes.writeUInt32BE(bytes.readUInt32BE(offset) + by, offset);
}

/** Entries of a TIFF directory: short numbers, long numbers, fractions. */
export type TiffEntry = readonly ['short' | 'long' | 'fraction', ...number[]];

/** An uncompressed TIFF of one strip. `entries` are added to those of size and strip, or replace them. */
export function tiffOf(
  width: number,
  height: number,
  pixels: Uint8Array,
  entries: Readonly<Record<number, TiffEntry>>,
  { little = true } = {},
): Buffer {
  const all: Record<number, TiffEntry> = {
    256: ['long', width],
    257: ['long', height],
    258: ['short', 8, 8, 8],
    259: ['short', 1],
    262: ['short', 2],
    273: ['long', 8],
    277: ['short', 3],
    278: ['long', height],
    279: ['long', pixels.length],
    ...entries,
  };
  const short = (value: number) => (little ? uint16le(value) : uint16le(value).reverse());
  const long = (value: number) => (little ? uint32(value).reverse() : uint32(value));
  const directory = 8 + pixels.length + (pixels.length % 2);
  const ids = Object.keys(all).map(Number);
  let free = directory + 2 + 12 * ids.length + 4;
  const heads: Buffer[] = [];
  const bodies: Buffer[] = [];
  for (const id of ids) {
    const [type, ...values] = all[id] ?? ['short'];
    const fractions = values.flatMap((value) => [long(Math.round(value * 1e6)), long(1e6)]);
    const parts = type === 'short' ? values.map(short) : type === 'long' ? values.map(long) : fractions;
    const data = Buffer.concat(parts);
    const inside = data.length <= 4;
    heads.push(short(id), short({ short: 3, long: 4, fraction: 5 }[type]), long(values.length));
    heads.push(inside ? Buffer.concat([data, Buffer.alloc(4 - data.length)]) : long(free));
    if (inside) continue;
    bodies.push(data);
    free += data.length;
  }
  return Buffer.concat([
    Buffer.from(little ? 'II' : 'MM', 'latin1'),
    short(42),
    long(directory),
    pixels,
    Buffer.alloc(pixels.length % 2),
    short(ids.length),
    ...heads,
    long(0),
    ...bodies,
  ]);
}

function uint16le(value: number): Buffer {
  return Buffer.from(Uint8Array.of(value & 255, value >> 8));
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}
