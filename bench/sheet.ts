/**
 * Pictures in a table, as in figure 6 of the paper: a row for each content with its style, a column for each
 * model.
 *
 *   npx tsx bench/sheet.ts --out docs/methods.webp slim sanet-slim adain-slim
 *   npx tsx bench/sheet.ts --out docs/ablation.webp \
 *     'critics only=runs/ablation/wasserstein/model.safetensors' …
 *
 * Only photographs in the public domain and drawn styles are used, so that the sheet can be published.
 */

import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { photographs, readPhotograph } from '../demo/photographs.ts';
import { styles } from '../demo/styles/index.ts';
import type { RgbImage } from '../src/images/image.ts';
import { readImage } from '../src/images/node/image-file.ts';
import { contactSheet } from '../src/images/node/contact-sheet.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { writeFileAtomic } from '../src/files/write.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'out/sheet.webp' },
    /** Short side of contents and styles, in pixels. */
    size: { type: 'string', default: '512' },
    cell: { type: 'string', default: '256' },
    /** Number of contents, each with another style. */
    rows: { type: 'string', default: '6' },
  },
});

const size = Number(values.size);
const models = positionals.map((text) => {
  const [label = text, model = text] = text.includes('=') ? text.split('=') : [text, text];
  return { label, model };
});
const pairs = Array.from({ length: Number(values.rows) }, (_, i) => i).flatMap((i) => {
  const [content, style] = [photographs[i % photographs.length], styles[(5 * i + 1) % styles.length]];
  return content === undefined || style === undefined ? [] : [{ content, style }];
});
const rows = await Promise.all(pairs.map(({ content }) => readPhotograph(content, size)));
const painted: RgbImage[][] = [];
for (const { style } of pairs) painted.push([await readImage(await style.draw(size))]);
for (const { model } of models) {
  const stylizer = await loadStylizer({ model });
  for (const [i, { image }] of rows.entries()) {
    const cells = painted[i] ?? [];
    const [style] = cells;
    if (style === undefined) continue;
    cells.push(await stylizer.stylize(image, await stylizer.prepareStyle(style, { size })));
  }
  await stylizer.dispose();
}
const columns = [{ label: 'style' }, ...models.map(({ label }) => ({ label }))];
const png = await contactSheet({ rows, columns, cells: painted, cellSize: Number(values.cell) });
await writeFileAtomic(values.out, await sharp(png).webp({ quality: 82 }).toBuffer());
console.log(values.out);
