/** `npm run demo`: eight photographs in twelve styles, on one sheet. */

import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { WasserfarbeError } from '../src/errors.ts';
import type { RgbImage } from '../src/images/image.ts';
import { readImage } from '../src/images/node/image-file.ts';
import { contactSheet, type LabelledImage } from '../src/images/node/contact-sheet.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import type { Style } from '../src/stylize/style.ts';
import { writeFileAtomic } from '../src/files/write.ts';
import { photographs, readPhotograph } from './photographs.ts';
import { styles } from './styles/index.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'slim' },
    output: { type: 'string', short: 'o', default: join('out', 'demo-sheet.png') },
    /** Short side of the stylised photographs, in pixels. */
    size: { type: 'string', default: '320' },
    /** Side of a picture on the sheet, in pixels. */
    cell: { type: 'string', default: '256' },
    /** Short side of the styles, in pixels. */
    'style-size': { type: 'string', default: '384' },
  },
});

const started = performance.now();
const stylizer = await loadStylizer({ model: values.model }).catch((error: unknown) => {
  // A missing or damaged model needs no stack trace.
  if (!(error instanceof WasserfarbeError)) throw error;
  console.error(`demo: ${error.message}`);
  process.exit(1);
});
const size = Number(values.size);
const rows = await Promise.all(photographs.map((label) => readPhotograph(label, size)));
const columns: LabelledImage[] = [];
const prepared: Style[] = [];
for (const { id, draw } of styles) {
  const image = await readImage(await draw(512));
  columns.push({ label: id, image });
  prepared.push(await stylizer.prepareStyle(image, { size: Number(values['style-size']) }));
}
console.log(`${styles.length} styles drawn and encoded`);
// Photographs are the outer loop: each has a size of its own, for which the network is compiled once.
const cells: RgbImage[][] = [];
for (const { label, image } of rows) {
  const line: RgbImage[] = [];
  for (const style of prepared) line.push(await stylizer.stylize(image, style));
  cells.push(line);
  console.log(`${label} painted in ${line.length} styles`);
}
await stylizer.dispose();
const sheet = await contactSheet({ rows, columns, cells, cellSize: Number(values.cell) });
const file = values.output.endsWith('.webp') ? await sharp(sheet).webp({ quality: 80 }).toBuffer() : sheet;
await writeFileAtomic(values.output, file);
const seconds = ((performance.now() - started) / 1000).toFixed(0);
console.log(`${rows.length * columns.length} pictures in ${seconds} s: ${values.output}`);
