/** A chunk of a PNG file. Node only. */

import { crc32 } from 'node:zlib';

/** Length, type, data and checksum. */
export function chunk(type: string, ...parts: Uint8Array[]): Uint8Array {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), ...parts]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(named.length - 4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}
