/**
 * Profile and metadata of written pictures. sharp takes these only from its input, so the input is a black
 * pixel that carries them, enlarged to the picture's size. The picture's samples are OR-ed with its zeros,
 * which keeps them exact.
 */

import { crc32, deflateSync } from 'node:zlib';
import { srgbProfile } from './colour-profile.ts';
import type { PictureMetadata } from './inspect.ts';

/** Metres per inch: PNG counts pixels per metre. */
const INCH = 0.0254;

/** A PNG of one black pixel with the sRGB profile and metadata. */
export async function carrierPixel(
  channels: 3 | 4,
  depth: 8 | 16,
  { exif, xmp, density }: PictureMetadata,
): Promise<Uint8Array> {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(1, 0);
  header.writeUInt32BE(1, 4);
  header.set([depth, channels === 4 ? 6 : 2], 8);
  const chunks = [
    chunk('IHDR', header),
    chunk('iCCP', text('sRGB\0\0'), deflateSync(await srgbProfile())),
    ...(density === undefined ? [] : [chunk('pHYs', physical(density))]),
    ...(exif === undefined ? [] : [chunk('eXIf', exif)]),
    ...(xmp === undefined ? [] : [chunk('iTXt', text('XML:com.adobe.xmp\0\0\0\0\0'), xmp)]),
    // A row begins with the number of its filter.
    chunk('IDAT', deflateSync(Buffer.alloc(1 + (channels * depth) / 8))),
    chunk('IEND'),
  ];
  return Buffer.concat([text('\x89PNG\r\n\x1a\n'), ...chunks]);
}

function chunk(type: string, ...parts: Uint8Array[]): Uint8Array {
  const named = Buffer.concat([text(type), ...parts]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(named.length - 4);
  check.writeUInt32BE(crc32(named));
  return Buffer.concat([length, named, check]);
}

function physical(density: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  const perMetre = Math.min(2 ** 31 - 1, Math.max(1, Math.round(density / INCH)));
  bytes.writeUInt32BE(perMetre, 0);
  bytes.writeUInt32BE(perMetre, 4);
  bytes[8] = 1;
  return bytes;
}

function text(latin: string): Uint8Array {
  return Buffer.from(latin, 'latin1');
}
