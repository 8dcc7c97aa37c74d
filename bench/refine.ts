/**
 * Paintings refined by several methods, and through several loss networks, beside those of models:
 *
 *   npx tsx bench/refine.ts --out docs/refinements.webp
 *   npx tsx bench/refine.ts --content-dir photos --style-dir paintings --method sliced --model slim \
 *     eye vgg=vgg19.safetensors
 *
 * A row for each of a few pairs. Columns: the style, the painting of each model, and that of the first model
 * refined by each method through each network, with the processor's time for one picture. Without folders the
 * photographs are the demo's and the styles the package's own, so that the sheet can be published.
 */

import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createEye } from '../src/evaluation/eye.ts';
import { paintedAgainst, paintedContent, paintedStyle } from '../src/evaluation/painted.ts';
import { writeFileAtomic } from '../src/files/write.ts';
import type { RgbImage } from '../src/images/image.ts';
import { contactSheet } from '../src/images/node/contact-sheet.ts';
import { EYE, readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import { type RefiningMethodName, refiningMethodNames } from '../src/refining/methods/names.ts';
import { refine } from '../src/refining/refine.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { ProgramCache } from '../src/stylize/program-cache.ts';
import { photographSquares, spreadSquares } from './spread.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'content-dir': { type: 'string' },
    'style-dir': { type: 'string', default: 'paintings' },
    method: { type: 'string', default: refiningMethodNames.join() },
    model: { type: 'string', default: 'slim,sanet-slim,adain-slim' },
    /** Number of pairs, made of evenly spaced pictures of each folder. */
    pairs: { type: 'string', default: '5' },
    size: { type: 'string', default: '384' },
    levels: { type: 'string', default: '2' },
    steps: { type: 'string', default: '50' },
    from: { type: 'string', default: 'painting' },
    eye: { type: 'string' },
    threads: { type: 'string', default: '1' },
    cell: { type: 'string', default: '160' },
    out: { type: 'string', default: 'out/refined.webp' },
  },
});
const [count, size, threads] = [Number(values.pairs), Number(values.size), Number(values.threads)];
const contents = await photographSquares(values['content-dir'], count, size);
const styles = await spreadSquares(values['style-dir'], count, size);
const pairs = contents.map((content, i) => ({ content, style: styles[i] ?? content }));
const cells = pairs.map(({ style }) => [style]);
const columns = [{ label: 'style' }];
const runtime = createRuntime({ threads });
const eye =
  values.eye === undefined ? undefined : await createEye(await readLossNetwork(values.eye), runtime);

for (const model of values.model.split(',')) {
  const stylizer = await loadStylizer({ model, threads });
  // The first picture compiles, and is no part of the time.
  const warm = pairs[0];
  if (warm !== undefined) await stylizer.stylize(warm.content, warm.style);
  await column(model, ({ content, style }) => stylizer.stylize(content, style));
  await stylizer.dispose();
}
for (const text of positionals.length === 0 ? [EYE] : positionals) {
  const [network = text, file = text] = text.includes('=') ? text.split('=') : [text, text];
  const loss = await readLossNetwork(file);
  for (const method of values.method.split(',') as RefiningMethodName[]) {
    const cache = new ProgramCache(8);
    const engine = { runtime, loss, use: cache.use.bind(cache) };
    const label = positionals.length > 1 ? `${method}, ${network}` : method;
    await column(label, ({ content, style }, i) => {
      const start = values.from === 'photograph' ? content : (cells[i]?.[1] ?? content);
      const plan = {
        ...{ levels: Number(values.levels), time: { steps: Number(values.steps) }, method, seed: 1 },
        goOn: async () => true,
        onStep: () => undefined,
      };
      return refine(start, content, [{ picture: style, share: 1 }], plan, engine);
    });
    await cache.dispose();
  }
}
await eye?.dispose();
await runtime.dispose();
console.log(values.out);

/**
 * Paints a column, tells how long a processor works on a picture, which is its time if there is one thread,
 * and writes the sheet so far.
 */
async function column(
  label: string,
  paint: (pair: { content: RgbImage; style: RgbImage }, i: number) => Promise<RgbImage>,
): Promise<void> {
  const begun = process.cpuUsage();
  for (const [i, pair] of pairs.entries()) cells[i]?.push(await paint(pair, i));
  const { user, system } = process.cpuUsage(begun);
  const time = `${((user + system) / 1e6 / pairs.length).toPrecision(2)} s`;
  columns.push({ label: `${label} ${time}` });
  console.log(`${label}: ${time} a picture${await figures()}`);
  const rows = contents.map((image, i) => ({ label: `${i + 1}`, image }));
  const png = await contactSheet({ rows, columns, cells, cellSize: Number(values.cell) });
  const isWebp = values.out.endsWith('.webp');
  await writeFileAtomic(values.out, isWebp ? await sharp(png).webp({ quality: 60 }).toBuffer() : png);
}

/** Means of T and N of the last column. */
async function figures(): Promise<string> {
  if (eye === undefined) return '';
  const sums = { strokes: 0, newStructure: 0 };
  for (const [i, { content, style }] of pairs.entries()) {
    const measure = await paintedAgainst(eye, await paintedStyle(eye, style), paintedContent(content));
    const { strokes = 0, newStructure = 0 } = await measure(cells[i]?.at(-1) ?? content);
    sums.strokes += strokes / pairs.length;
    sums.newStructure += newStructure / pairs.length;
  }
  return `, T ${sums.strokes.toFixed(3)}, N ${sums.newStructure.toFixed(3)}`;
}
