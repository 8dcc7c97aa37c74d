/** Whether a clip's file ends before it should, as after a broken download: decoders keep silent. Node. */

import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../../files/regular.ts';
import { boxesIn } from './boxes.ts';

/** Bytes of a GIF that are read at once. */
const WINDOW = 2 ** 16;
/** The first byte of a GIF's blocks with data. */
const [EXTENSION, IMAGE] = [0x21, 0x2c];
/** Boxes of MP4 with pictures, or with what is to know of them. */
const pictures = ['moov', 'moof', 'mdat'];
/** Names of elements of Matroska and WebM: the head of the file, and what holds all the rest. */
const [EBML, SEGMENT] = [0x1a45dfa3, 0x18538067];

/**
 * Whether a GIF, or a film in MP4, QuickTime, Matroska or WebM, is shorter than it says. Films written as a
 * stream do not say how long they are.
 *
 * @throws IrregularFile or the system's error
 */
export async function isCutShort(path: string): Promise<boolean> {
  const { file, stats } = await openRegular(path);
  try {
    const { buffer: head } = await file.read(Buffer.alloc(8), 0, 8, 0);
    if (head.toString('latin1', 0, 4) === 'GIF8') return !(await isWholeGif(file));
    if (head.readUInt32BE(0) === EBML) return (await endOfSegment(file)) > stats.size;
    if (head.toString('latin1', 4, 8) !== 'ftyp') return false;
    let last = 0;
    for await (const { name, end } of boxesIn(file, 0, stats.size)) if (pictures.includes(name)) last = end;
    return last > stats.size;
  } finally {
    await file.close();
  }
}

/** Whether all blocks are there, up to the one that says that it is the last. */
async function isWholeGif(file: FileHandle): Promise<boolean> {
  let [from, window] = [0, new Uint8Array()];
  const byte = async (at: number): Promise<number | undefined> => {
    if (at < from || at >= from + window.length) {
      const { buffer, bytesRead } = await file.read(new Uint8Array(WINDOW), 0, WINDOW, at);
      [from, window] = [at, buffer.subarray(0, bytesRead)];
    }
    return window[at - from];
  };
  const coloursOf = (packed = 0) => (packed & 0x80 ? 3 * 2 ** ((packed & 7) + 1) : 0);
  for (let at = 13 + coloursOf(await byte(10)); ; at++) {
    const kind = await byte(at);
    if (kind === IMAGE) at += 11 + coloursOf(await byte(at + 9));
    else if (kind === EXTENSION) at += 2;
    // The trailer, or a fault of another kind, at which decoders end.
    else return kind !== undefined;
    for (let size = await byte(at); size !== 0; size = await byte(at)) {
      if (size === undefined) return false;
      at += 1 + size;
    }
  }
}

/** Where the segment of a Matroska file should end; 0 if it does not say. */
async function endOfSegment(file: FileHandle): Promise<number> {
  const { bytesRead, buffer } = await file.read(Buffer.alloc(WINDOW), 0, WINDOW, 0);
  let at = 0;
  while (at + 12 <= bytesRead) {
    const name = buffer.readUInt32BE(at);
    // The leading zeros of a size say how many bytes it has.
    const first = buffer[at + 4] ?? 0;
    const length = Math.clz32(first) - 23;
    if (length > 8) return 0;
    const more = buffer.subarray(at + 5, at + 4 + length);
    const size = more.reduce((sum, one) => sum * 256 + one, first & (0xff >> length));
    const begin = at + 4 + length;
    const isUnknown = size === 2 ** (7 * length) - 1;
    if (name === SEGMENT) return isUnknown ? 0 : begin + size;
    at = begin + size;
  }
  return 0;
}
