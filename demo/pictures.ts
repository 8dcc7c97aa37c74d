/** `npx tsx demo/pictures.ts out/public`: the demo's photographs and styles as files, for public reports. */

import { join } from 'node:path';
import { readImage, writeImage } from '../src/images/node/image-file.ts';
import { photographs, readPhotograph } from './photographs.ts';
import { styles } from './styles/index.ts';

const SIZE = 512;
const folder = process.argv[2] ?? join('out', 'public');
for (const label of photographs) {
  const { image } = await readPhotograph(label, SIZE);
  await writeImage(image, join(folder, 'contents', `${label}.png`));
}
for (const { id, draw } of styles) {
  await writeImage(await readImage(await draw(SIZE)), join(folder, 'styles', `${id}.png`));
}
console.log(folder);
