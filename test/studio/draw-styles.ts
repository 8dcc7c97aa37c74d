/**
 * `npx tsx test/studio/draw-styles.ts`: draws the studio's paintings with the demo's code into paintings/.
 */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { styles } from '../../demo/styles/index.ts';

const SIZE = 512;
/** Largest file. At this size AVIF keeps 1 to 2 dB more of the grain of hatching and mosaics than WebP. */
const MOST_BYTES = 56_000;
const folder = fileURLToPath(new URL('../../paintings/', import.meta.url));

for (const { id, draw } of styles) {
  const picture = sharp(await draw(SIZE));
  let quality = 80;
  let file = await picture.avif({ quality, effort: 4 }).toBuffer();
  while (file.length > MOST_BYTES && quality > 8) {
    quality -= 4;
    file = await picture.avif({ quality, effort: 4 }).toBuffer();
  }
  await writeFile(join(folder, `${id}.avif`), file);
  console.log(`${id}  quality ${quality}, ${file.length} bytes`);
}
