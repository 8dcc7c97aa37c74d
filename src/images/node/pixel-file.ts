/** Decoded pixels in a temporary file, from which any area can be read. Node only. */

import { readSync } from 'node:fs';
import { type FileHandle, open, statfs } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImageError, internal } from '../../errors.ts';
import type { ImageArea, Samples } from '../image.ts';
import { inWords } from './limits.ts';
import { rowBytes, type RawPixels } from './tiff.ts';

/** Pixels in a file, as stored. */
export interface PixelFile extends RawPixels {
  /** Interleaved samples of an area, which must lie inside. */
  read(area: ImageArea): Promise<Samples>;
  close(): Promise<void>;
}

/** Bytes of the header of libvips' own format; the pixels follow row by row. */
const HEADER = 64;
const MAGIC = 0xb6a6f208;

/** Band formats of libvips, by number. */
const depthOfFormat: Readonly<Record<number, 8 | 16>> = { 0: 8, 2: 16 };

/** Number of rows that are read in part before other work gets its turn. */
const ROWS_AT_ONCE = 256;

/** Opens a file in libvips' own format, `.v`, of 8 or 16 bits and three or four channels. */
export async function openPixelFile(path: string): Promise<PixelFile> {
  const file = await open(path, 'r');
  try {
    return pixelsIn(file, await readBytes(file, 0, HEADER));
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Tells what writing would end with. */
class NoSpace extends ImageError {
  readonly code = 'ENOSPC';
}

/**
 * Checks that a folder has room for a temporary file.
 *
 * @throws ImageError with the code `ENOSPC` if not
 */
export async function checkSpace(path: string, bytes: number, name: string): Promise<void> {
  const folder = dirname(path);
  const space = await statfs(folder).catch(() => undefined);
  if (space === undefined || space.bavail * space.bsize >= bytes) return;
  throw new NoSpace({
    expected: `${inWords(bytes)} of free space in ${folder}`,
    name,
    received: inWords(space.bavail * space.bsize),
    remedy: 'make room there; pixels are kept in a temporary file',
  });
}

function pixelsIn(file: FileHandle, header: Uint8Array): PixelFile {
  const view = new DataView(header.buffer, header.byteOffset, header.byteLength);
  const [width, height, bands] = [4, 8, 12].map((at) => view.getInt32(at, true));
  const depth = depthOfFormat[view.getInt32(20, true)];
  const channels = bands === 3 || bands === 4 ? bands : undefined;
  if (view.getUint32(0) !== MAGIC || !width || !height || channels === undefined || depth === undefined) {
    throw internal(`unexpected pixels: ${width}×${height}, ${bands} channels`);
  }
  const pixels: RawPixels = { width, height, channels, depth };
  const row = rowBytes(pixels);
  const pixel = row / width;
  return {
    ...pixels,
    async read({ left, top, width: wide, height: high }) {
      const start = HEADER + top * row;
      const bytes =
        wide === width
          ? await readBytes(file, start, high * row)
          : await readColumns(file, { start: start + left * pixel, row, length: wide * pixel, rows: high });
      return depth === 8 ? bytes : new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
    },
    close: () => file.close(),
  };
}

/** Reads a part of each of many rows. One read takes microseconds, far less than a promise would. */
async function readColumns(
  file: FileHandle,
  { start, row, length, rows }: { start: number; row: number; length: number; rows: number },
): Promise<Uint8Array> {
  const bytes = new Uint8Array(rows * length);
  for (let y = 0; y < rows; y++) {
    let done = 0;
    while (done < length) {
      const read = readSync(file.fd, bytes, y * length + done, length - done, start + y * row + done);
      if (read === 0) throw internal('the temporary file of a picture ends early');
      done += read;
    }
    if (y % ROWS_AT_ONCE === ROWS_AT_ONCE - 1) await new Promise((resolve) => setImmediate(resolve));
  }
  return bytes;
}

async function readBytes(file: FileHandle, start: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await file.read(bytes, done, length - done, start + done);
    if (bytesRead === 0) throw internal('the temporary file of a picture ends early');
    done += bytesRead;
  }
  return bytes;
}
