/** The same frames make the same film: the time of writing is taken out of MP4's headers. Node only. */

import { type FileHandle, open } from 'node:fs/promises';

/** Boxes with other boxes in them. */
const containers = ['moov', 'trak', 'mdia'];
/** Boxes that say when they were made and changed, after their version and flags. */
const dated = ['mvhd', 'tkhd', 'mdhd'];
/** Bytes of a size and a name, of a size that does not fit there, and of version and flags. */
const [HEAD, LARGE, VERSION] = [8, 8, 4];

/**
 * Sets the times in an MP4 or QuickTime file to 0, which stands for none.
 *
 * @throws the system's error
 */
export async function removeDates(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await clearBoxes(file, 0, (await file.stat()).size);
  } finally {
    await file.close();
  }
}

async function clearBoxes(file: FileHandle, from: number, to: number): Promise<void> {
  for (let at = from; at + HEAD <= to; ) {
    const { buffer: head } = await file.read(
      Buffer.alloc(HEAD + LARGE + VERSION),
      0,
      HEAD + LARGE + VERSION,
      at,
    );
    const name = head.toString('latin1', 4, HEAD);
    const short = head.readUInt32BE(0);
    const isLarge = short === 1;
    const begin = isLarge ? HEAD + LARGE : HEAD;
    const size = isLarge ? Number(head.readBigUInt64BE(HEAD)) : short || to - at;
    if (containers.includes(name)) await clearBoxes(file, at + begin, at + size);
    if (dated.includes(name)) {
      const times = head[begin] === 1 ? 16 : 8;
      await file.write(Buffer.alloc(times), 0, times, at + begin + VERSION);
    }
    at += Math.max(size, begin);
  }
}
