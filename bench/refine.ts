/**
 * Paintings refined through several loss networks: what each leads to, before anything is trained on it.
 *
 *   npx tsx bench/refine.ts --content-dir photos --style-dir paintings --out out/refined.png \
 *     eye vgg=vgg19.safetensors
 *
 * A row for each of a few pairs; columns for the style, the painting, and the painting refined through each
 * network. `--from photograph` begins with the photograph instead.
 */

import { parseArgs } from 'node:util';
import { writeFileAtomic } from '../src/files/write.ts';
import { middleSquare, type RgbImage } from '../src/images/image.ts';
import { contactSheet } from '../src/images/node/contact-sheet.ts';
import { listImages, readImage } from '../src/images/node/image-file.ts';
import type { LossNetwork } from '../src/networks/loss-network.ts';
import { readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import type { Engine } from '../src/refining/level.ts';
import { refine } from '../src/refining/refine.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { ProgramCache } from '../src/stylize/program-cache.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'content-dir': { type: 'string', default: '.' },
    'style-dir': { type: 'string', default: '.' },
    /** Number of pairs, made of evenly spaced pictures of each folder. */
    pairs: { type: 'string', default: '6' },
    size: { type: 'string', default: '512' },
    levels: { type: 'string', default: '2' },
    steps: { type: 'string', default: '50' },
    from: { type: 'string', default: 'painting' },
    out: { type: 'string', default: 'out/refined.png' },
  },
});
const [count, size] = [Number(values.pairs), Number(values.size)];
const [contents, styles] = [await chosen(values['content-dir']), await chosen(values['style-dir'])];
const stylizer = await loadStylizer();
const runtime = createRuntime();
const cells: RgbImage[][] = [];
for (const [i, content] of contents.entries()) {
  const style = styles[i] ?? content;
  cells.push([style, await stylizer.stylize(content, style)]);
}
await stylizer.dispose();

const columns = [{ label: 'style' }, { label: 'painting' }];
for (const text of positionals) {
  const [label = text, file = text] = text.includes('=') ? text.split('=') : [text, text];
  const loss = await readLossNetwork(file);
  const cache = new ProgramCache(6);
  const start = performance.now();
  for (const [i, content] of contents.entries()) cells[i]?.push(await refined(content, i, loss, cache));
  console.log(`${label}: ${((performance.now() - start) / 1000 / count).toFixed(1)} s a picture`);
  columns.push({ label });
  await cache.dispose();
}
await runtime.dispose();
const rows = contents.map((image, i) => ({ label: `${i + 1}`, image }));
await writeFileAtomic(values.out, await contactSheet({ rows, columns, cells, cellSize: 400 }));
console.log(values.out);

/** Evenly spread pictures of a folder. */
async function chosen(folder: string): Promise<RgbImage[]> {
  const files = await listImages(folder);
  const picked = Array.from(
    { length: count },
    (_, i) => files[Math.floor(((i + 0.5) * files.length) / count)],
  );
  return Promise.all(
    picked.map(async (file = '') => middleSquare(await readImage(file, { shortSide: size }), size)),
  );
}

function refined(content: RgbImage, i: number, loss: LossNetwork, cache: ProgramCache): Promise<RgbImage> {
  const [style = content, painting = content] = cells[i] ?? [];
  const engine: Engine = { runtime, loss, use: (key, compile, work) => cache.use(key, compile, work) };
  const plan = {
    ...{
      levels: Number(values.levels),
      time: { steps: Number(values.steps) },
      seed: 1,
      method: 'sliced' as const,
    },
    goOn: async () => true,
    onStep: () => undefined,
  };
  const start = values.from === 'photograph' ? content : painting;
  return refine(start, content, [{ picture: style, share: 1 }], plan, engine);
}
