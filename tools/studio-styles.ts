/** Makes what the studio shows first: thumbnails of its paintings, and its first painting encoded. */

import { mkdir, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadStylizer } from '../src/node.ts';
import { packagePath } from '../src/files/package.ts';
import { FIRST_STYLE } from '../src/studio/page/settings.ts';
import sharp from 'sharp';

/** Side of a thumbnail in pixels: it is shown in 76 CSS pixels, on screens with up to 2.5 times as many. */
const SIDE = 192;

/** @param target folder for `NAME-small.avif` and `NAME.style` */
export async function writeStudioStyles(target: string): Promise<void> {
  await mkdir(target, { recursive: true });
  const paintings = packagePath('paintings');
  for (const name of await readdir(paintings)) {
    const small = join(target, name.replace(/\.avif$/, '-small.avif'));
    await sharp(join(paintings, name)).resize(SIDE, SIDE).avif({ quality: 55 }).toFile(small);
  }
  const stylizer = await loadStylizer();
  const style = await stylizer.prepareStyle(join(paintings, `${FIRST_STYLE}.avif`));
  await stylizer.saveStyle(style, join(target, `${FIRST_STYLE}.style`));
  await stylizer.dispose();
}
