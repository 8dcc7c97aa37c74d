/** The boxes that files of MP4 and QuickTime are made of. Node only. */

import type { FileHandle } from 'node:fs/promises';

/** Bytes of a size and a name, and of a size that does not fit there. */
const [HEAD, LARGE] = [8, 8];

/** A box, by places in the file. */
export interface Box {
  readonly name: string;
  /** Where its content begins. */
  readonly begin: number;
  /** Where it should end; beyond the end of a file that is cut short. */
  readonly end: number;
}

/**
 * The boxes from one place in a file to another.
 *
 * @throws the system's error
 */
export async function* boxesIn(file: FileHandle, from: number, to: number): AsyncGenerator<Box> {
  for (let at = from; at + HEAD <= to; ) {
    const { buffer: head } = await file.read(Buffer.alloc(HEAD + LARGE), 0, HEAD + LARGE, at);
    const short = head.readUInt32BE(0);
    const isLarge = short === 1;
    const header = isLarge ? HEAD + LARGE : HEAD;
    const size = isLarge ? Number(head.readBigUInt64BE(HEAD)) : short || to - at;
    const end = at + Math.max(size, header);
    yield { name: head.toString('latin1', 4, HEAD), begin: at + header, end };
    at = end;
  }
}
