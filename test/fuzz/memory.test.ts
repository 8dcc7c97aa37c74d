/** Reading and writing in bands, in a separate process: memory must not grow with the picture. */

import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { root, start } from '../helpers/package.ts';
import { temporaryFolder } from '../helpers/pictures.ts';

// It is the memory that counts.
vi.setConfig({ testTimeout: 120_000 });

const WIDTH = 2000;
const [LOW, HIGH] = [1000, 48_000];
/** Size in MB of the taller picture's additional pixels as bytes of RGB. Float32 takes four times that. */
const MORE_PIXELS = (3 * WIDTH * (HIGH - LOW)) / 2 ** 20;

let folder = '';

beforeAll(async () => {
  folder = await temporaryFolder();
});

afterAll(() => rm(folder, { recursive: true }));

/** Peak memory in MB of a process that copies a picture. */
async function memoryToCopy(from: string, to: string): Promise<number> {
  const script = join(root, 'test', 'fuzz', 'band-copy.ts');
  const ended = await start(process.execPath, ['--import', 'tsx', script, from, to], root).ended;
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  return Number(ended.stdout);
}

describe.skipIf(!existsSync('/proc/self/status'))('memory does not grow with the height', () => {
  // The last one is stored turned on its side.
  it.each([
    ['jpeg', 3, 1, 'png'],
    ['png', 4, 1, 'tif'],
    ['tiff', 3, 6, 'jpg'],
  ] as const)('%s with %i channels, orientation %i, to %s', async (format, channels, orientation, ending) => {
    const peaks: number[] = [];
    for (const height of [LOW, HIGH]) {
      const [from, to] = [join(folder, `${height}.${format}`), join(folder, `${height}-copy.${ending}`)];
      const background = { r: 90, g: 120, b: 30, alpha: channels === 4 ? 0.5 : 1 };
      const stored = orientation === 1 ? { width: WIDTH, height } : { width: height, height: WIDTH };
      const create = { ...stored, channels, background } as const;
      const picture = sharp({ create }).withMetadata({ orientation });
      await picture.toFormat(format, { compressionLevel: 1 }).toFile(from);
      const first = await memoryToCopy(from, to);
      // Late garbage collection on busy machines only adds memory. The lesser of two runs is the real need.
      await rm(to);
      peaks.push(Math.min(first, await memoryToCopy(from, to)));
      expect(await sharp(to).metadata()).toMatchObject({ width: WIDTH, height });
    }
    const [low = 0, high = 0] = peaks;
    expect(high - low).toBeLessThan(MORE_PIXELS / 2);
    expect((await readdir(folder)).filter((name) => name.startsWith('.'))).toEqual([]);
  });
});
