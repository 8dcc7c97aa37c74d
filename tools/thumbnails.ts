/** Makes thumbnails of the studio's paintings. */

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packagePath } from '../src/files/package.ts';
import sharp from 'sharp';

/** Side of a thumbnail in pixels: it is shown in 76 CSS pixels, on screens with twice as many. */
const SIDE = 160;

/** @param target folder for `NAME-small.avif` */
export async function writeThumbnails(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const paintings = packagePath('paintings');
  for (const name of await readdir(paintings)) {
    const small = join(target, name.replace(/\.avif$/, '-small.avif'));
    await sharp(join(paintings, name)).resize(SIDE, SIDE).avif({ quality: 45 }).toFile(small);
  }
}
