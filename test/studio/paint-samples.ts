/**
 * `npx tsx test/studio/paint-samples.ts`: writes the studio's sample photographs into photographs/, and the
 * first of them as the studio paints it at first. They are NASA's, in the public domain.
 */

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { type Photograph, photographBytes } from '../../demo/photographs.ts';
import { loadStylizer } from '../../src/node.ts';
import { firstSettings } from '../../src/studio/page/settings.ts';
import { root } from '../helpers/package.ts';

const [WIDTH, HEIGHT] = [640, 500];
const [PHOTO_QUALITY, PAINTED_QUALITY] = [50, 42];
const samples: readonly Photograph[] = ['launch-pads', 'skylab', 'sunrise'];
const folder = join(root, 'photographs');

async function write(name: string, picture: Uint8Array, quality: number): Promise<void> {
  const file = await sharp(picture).avif({ quality, effort: 6 }).toBuffer();
  await writeFile(join(folder, `${name}.avif`), file);
  console.log(`${name}  ${file.length} bytes`);
}

await mkdir(folder, { recursive: true });
const stylizer = await loadStylizer();
const style = join(root, 'paintings', `${firstSettings.styles[0]}.avif`);
for (const [i, name] of samples.entries()) {
  const photo = await sharp(await photographBytes(name))
    .resize(WIDTH, HEIGHT, { fit: 'cover', position: 'top' })
    .png()
    .toBuffer();
  await write(name, photo, PHOTO_QUALITY);
  if (i === 0) {
    const painted = await stylizer.stylize(photo, style);
    await write(`${name}-painted`, await painted.toBuffer('png'), PAINTED_QUALITY);
  }
}
await stylizer.dispose();
