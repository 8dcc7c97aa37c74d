/**
 * Pictures painted by optimising their pixels. They show what a loss and a loss network lead to before
 * anything is trained on them.
 *
 *   npx tsx bench/optimise.ts --content-dir photos --style-dir paintings --out out/optimised.png \
 *     eye vgg=vgg19.safetensors
 *
 * A row for each of a few pairs, a column for each loss network. Content loss (normalised relu4_1 + relu5_1)
 * 1, sliced Wasserstein distance 10 at all layers and the colour layer; Adam, coarse to fine.
 */

import { parseArgs } from 'node:util';
import { total } from '../src/graph/composed.ts';
import { gradients } from '../src/graph/gradients.ts';
import { mul } from '../src/graph/ops/elementwise.ts';
import { input } from '../src/graph/ops/sources.ts';
import { elementCount } from '../src/graph/shape.ts';
import { inputShapes } from '../src/graph/tensor.ts';
import { middleSquare, type RgbImage } from '../src/images/image.ts';
import { listImages, readImage, resizeImage } from '../src/images/node/image-file.ts';
import { contactSheet } from '../src/images/node/contact-sheet.ts';
import { contentLoss } from '../src/losses/content.ts';
import { slicedWassersteinLoss } from '../src/losses/sliced-wasserstein.ts';
import type { LossNetwork } from '../src/networks/loss-network.ts';
import { readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import { type RandomGenerator, standardNormal, stream, uniformInt } from '../src/random.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { parseTrainingConfig } from '../src/training/config.ts';
import { Sight, vectorsOf } from '../src/training/sight.ts';
import { writeFileAtomic } from '../src/files/write.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'content-dir': { type: 'string' },
    'style-dir': { type: 'string' },
    /** Number of pairs, made of evenly spaced pictures of each folder. */
    pairs: { type: 'string', default: '6' },
    sizes: { type: 'string', default: '128,256' },
    steps: { type: 'string', default: '50' },
    rate: { type: 'string', default: '0.025' },
    'style-weight': { type: 'string', default: '10' },
    threads: { type: 'string', default: '2' },
    out: { type: 'string', default: 'out/optimised.png' },
  },
});
const count = Number(values.pairs);
const steps = Number(values.steps);
const sizes = values.sizes.split(',').map(Number);
const size = sizes.at(-1) ?? 256;
const runtime = createRuntime({ threads: Number(values.threads), spinning: false });

const [contents, styles] = await Promise.all([values['content-dir'], values['style-dir']].map(chosen));
const columns = [];
for (const text of positionals) {
  const [label = text, network = text] = text.includes('=') ? text.split('=') : [text, text];
  columns.push({ label, network: await readLossNetwork(network) });
}
const rows: RgbImage[][] = (contents ?? []).map(() => []);
for (const { label, network } of columns) {
  const start = performance.now();
  for (const [i, content] of (contents ?? []).entries()) {
    const style = styles?.[i];
    if (style !== undefined) rows[i]?.push(await optimised(content, style, network));
  }
  console.log(`${label}: ${((performance.now() - start) / 1000 / count).toFixed(1)} s a picture`);
}
await runtime.dispose();
const cells = rows.map((row, i) => [...(styles?.[i] ? [styles[i]] : []), ...row]);
const heads = [{ label: 'style' }, ...columns.map(({ label }) => ({ label }))];
const labelled = (contents ?? []).map((image, i) => ({ label: `${i + 1}`, image }));
await writeFileAtomic(
  values.out,
  await contactSheet({ rows: labelled, columns: heads, cells, cellSize: 320 }),
);
console.log(values.out);

/** Evenly spread pictures of a folder. */
async function chosen(folder = '.'): Promise<RgbImage[]> {
  const files = await listImages(folder);
  const picked = Array.from(
    { length: count },
    (_, i) => files[Math.floor(((i + 0.5) * files.length) / count)],
  );
  return Promise.all(
    picked.map(async (file = '') => middleSquare(await readImage(file, { shortSide: size }), size)),
  );
}

async function optimised(content: RgbImage, style: RgbImage, network: LossNetwork): Promise<RgbImage> {
  let x: RgbImage | undefined;
  for (const side of sizes) {
    const square = { width: side, height: side };
    const [photo, painting] = [await resized(content, side), await resized(style, side)];
    x = x === undefined ? photo : await resizeImage(x, { size: square });
    x = { ...square, data: await descend(x.data.slice(), photo.data, painting.data, side, network) };
  }
  return x ?? content;
}

async function resized(image: RgbImage, side: number): Promise<RgbImage> {
  return image.width === side ? image : resizeImage(image, { size: { width: side, height: side } });
}

async function descend(
  x: Float32Array,
  content: Float32Array,
  style: Float32Array,
  side: number,
  network: LossNetwork,
): Promise<Float32Array> {
  const shape = [1, 3, side, side];
  const [picture, photo, painting] = ['x', 'content', 'style'].map((name) => input(name, shape));
  if (picture === undefined || photo === undefined || painting === undefined) return x;
  const settings = { stage: 'style', contentDir: '', styleDir: '', saveDir: '', cropSize: 64 } as const;
  const config = parseTrainingConfig({ ...settings, gridWeight: 0, momentPositions: 4096 });
  const positions: Record<string, { count: number; of: number }> = {};
  const sight = new Sight('', config, network, positions);
  const deep = ['relu4_1', 'relu5_1'] as const;
  const where = contentLoss(sight.whole(picture, deep), sight.whole(photo, deep), 'normalised');
  const strokes = sight.compare(picture, painting).map(({ layer, own, target }) => {
    const [fake, real] = [vectorsOf(own), vectorsOf(target)];
    return slicedWassersteinLoss(fake, real, input(`directions.${layer}`, [fake.shape[2] ?? 1, 64]));
  });
  const objective = total([where, mul(total(strokes), Number(values['style-weight']))]);
  const [slope = objective] = gradients(objective, [picture]);
  const shapes = inputShapes({ slope });
  const program = await runtime.compile({ slope });
  const random = stream(1, 'optimise', side);
  const [first, second] = [new Float32Array(x.length), new Float32Array(x.length)];
  for (let t = 1; t <= steps; t++) {
    const feeds: Record<string, Float32Array> = { x, content, style };
    for (const [name, wanted] of shapes) feeds[name] ??= drawn(name, elementCount(wanted), positions, random);
    const { slope: g } = await program.run(feeds);
    const rate = Number(values.rate) * Math.min(1, 2 * (1 - t / (steps + 1)));
    for (const [i, slope] of g.entries()) {
      first[i] = 0.9 * (first[i] ?? 0) + 0.1 * slope;
      second[i] = 0.99 * (second[i] ?? 0) + 0.01 * slope ** 2;
      const step = (first[i] ?? 0) / (1 - 0.9 ** t) / (Math.sqrt((second[i] ?? 0) / (1 - 0.99 ** t)) + 1e-10);
      x[i] = Math.min(1.05, Math.max(-0.05, (x[i] ?? 0) - rate * step));
    }
  }
  await program.dispose();
  return x;
}

function drawn(
  name: string,
  length: number,
  positions: Record<string, { count: number; of: number }>,
  random: RandomGenerator,
): Float32Array {
  const of = positions[name]?.of;
  return Float32Array.from({ length }, () =>
    of === undefined ? standardNormal(random) : uniformInt(random, 0, of - 1),
  );
}
