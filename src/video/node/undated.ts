/** The same frames make the same film: the time of writing is taken out of MP4's headers. Node only. */

import { type FileHandle, open } from 'node:fs/promises';
import { boxesIn } from './boxes.ts';

/** Boxes with other boxes in them. */
const containers = ['moov', 'trak', 'mdia'];
/** Boxes that say when they were made and changed, after their version and flags. */
const dated = ['mvhd', 'tkhd', 'mdhd'];
/** Bytes of version and flags. */
const VERSION = 4;

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
  for await (const { name, begin, end } of boxesIn(file, from, to)) {
    if (containers.includes(name)) await clearBoxes(file, begin, end);
    if (!dated.includes(name)) continue;
    const { buffer: version } = await file.read(Buffer.alloc(1), 0, 1, begin);
    const times = version[0] === 1 ? 16 : 8;
    await file.write(Buffer.alloc(times), 0, times, begin + VERSION);
  }
}
