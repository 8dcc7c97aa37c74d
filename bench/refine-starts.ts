/**
 * How refining goes on with its steps, from each start: the painting, its draft, the photograph and noise.
 *
 *   npx tsx bench/refine-starts.ts --content-dir photos --style-dir paintings --eye vgg19.safetensors \
 *     --out docs/refining.webp
 *
 * It refines a few pairs for each number of steps, and plots strokes (T) and new structure (N) of the
 * results, as `evaluate` measures them, in the mean over the pairs.
 */

import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { createEye } from '../src/evaluation/eye.ts';
import { paintedAgainst, paintedContent, paintedStyle } from '../src/evaluation/painted.ts';
import { writeFileAtomic } from '../src/files/write.ts';
import type { RgbImage } from '../src/images/image.ts';
import { EYE, readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import { standardNormal, stream } from '../src/random.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { spreadSquares } from './spread.ts';

const { values } = parseArgs({
  options: {
    'content-dir': { type: 'string', default: '.' },
    'style-dir': { type: 'string', default: '.' },
    /** Number of pairs, made of evenly spaced pictures of each folder. */
    pairs: { type: 'string', default: '4' },
    size: { type: 'string', default: '512' },
    /** Steps at each of the two levels. */
    steps: { type: 'string', default: '10,25,50,100,200' },
    starts: { type: 'string', default: 'painting,draft,photograph,noise' },
    eye: { type: 'string', default: EYE },
    threads: { type: 'string', default: '2' },
    out: { type: 'string', default: 'out/refining.webp' },
  },
});
const [count, size, threads] = [Number(values.pairs), Number(values.size), Number(values.threads)];
const counts = values.steps.split(',').map(Number);
const [contents, styles] = [
  await spreadSquares(values['content-dir'], count, size),
  await spreadSquares(values['style-dir'], count, size),
];
const stylizer = await loadStylizer({ threads });
const runtime = createRuntime({ threads });
const eye = await createEye(await readLossNetwork(values.eye), runtime);

/** Means of T and N after each number of steps. */
interface Curve {
  readonly start: string;
  readonly points: readonly {
    readonly steps: number;
    readonly strokes: number;
    readonly newStructure: number;
  }[];
}
const curves: Curve[] = [];
for (const start of values.starts.split(',')) {
  const points = [];
  for (const steps of [0, ...counts]) {
    const sums = { strokes: 0, newStructure: 0 };
    const begun = performance.now();
    for (const [i, content] of contents.entries()) {
      const style = styles[i] ?? content;
      const from = await beginning(start, content, style);
      const often = steps === 0 ? { enough: AbortSignal.abort() } : { steps };
      const made = await stylizer.refine(content, style, { ...often, ...(from && { from }) });
      const measure = await paintedAgainst(eye, await paintedStyle(eye, style), paintedContent(content));
      const { strokes = 0, newStructure = 0 } = await measure(made);
      sums.strokes += strokes / count;
      sums.newStructure += newStructure / count;
    }
    const seconds = (performance.now() - begun) / 1000 / count;
    points.push({ steps, ...sums });
    const [t, n] = [sums.strokes.toFixed(3), sums.newStructure.toFixed(3)];
    console.log(`${start}, ${steps} steps: T ${t}, N ${n}, ${seconds.toFixed(1)} s a picture`);
  }
  curves.push({ start, points });
}
await eye.dispose();
await stylizer.dispose();
await runtime.dispose();
await writeFileAtomic(
  values.out,
  await sharp(Buffer.from(plot(curves)))
    .webp({ quality: 90 })
    .toBuffer(),
);
console.log(values.out);

async function beginning(start: string, content: RgbImage, style: RgbImage): Promise<RgbImage | undefined> {
  if (start === 'photograph') return content;
  if (start === 'draft') return stylizer.stylize(content, style, { finestSize: 256 });
  if (start !== 'noise') return undefined;
  const random = stream(1, 'noise');
  const near = () => Math.min(1, Math.max(0, 0.5 + 0.2 * standardNormal(random)));
  return { ...content, data: content.data.map(near) };
}

/** Two plots beside each other, T and N over the logarithm of steps. */
function plot(curves: readonly Curve[]): string {
  const [width, height, left, top] = [420, 300, 50, 46];
  const hues = ['#1c5674', '#c8553d', '#8a6d1f', '#6b4c8f'];
  const most = Math.max(...counts);
  const x = (steps: number) => (Math.log(1 + steps) / Math.log(1 + most)) * (width - 40);
  const panels = (['strokes', 'newStructure'] as const).map((metric, panel) => {
    const all = curves.flatMap(({ points }) => points.map((point) => point[metric]));
    const [low, high] = [Math.min(0, ...all), Math.max(...all) * 1.05];
    const y = (value: number) => height - ((value - low) / (high - low)) * height;
    const lines = curves.map(({ points }, i) => {
      const path = points.map((point) => `${x(point.steps)},${y(point[metric])}`).join(' ');
      const dots = points.map((point) => `<circle cx="${x(point.steps)}" cy="${y(point[metric])}" r="3.5"/>`);
      return `<g fill="${hues[i]}"><polyline points="${path}" fill="none" stroke="${hues[i]}" stroke-width="2"/>${dots.join('')}</g>`;
    });
    const ticks = [0, ...counts].map(
      (steps) => `<text x="${x(steps)}" y="${height + 20}" text-anchor="middle">${steps}</text>`,
    );
    const marks = Array.from({ length: 5 }, (_, i) => low + ((high - low) * i) / 4).map(
      (value) =>
        `<line x1="0" x2="${width - 40}" y1="${y(value)}" y2="${y(value)}" stroke="#ddd"/><text x="-8" y="${y(value) + 4}" text-anchor="end">${value.toFixed(2)}</text>`,
    );
    const title = metric === 'strokes' ? 'Strokes (T)' : 'New structure (N)';
    return `<g transform="translate(${left + panel * (width + left)} ${top})"><text y="-16" font-weight="bold">${title}</text>${marks.join('')}${lines.join('')}${ticks.join('')}<text x="${width - 40}" y="${height + 40}" text-anchor="end">steps at each level</text></g>`;
  });
  const legend = curves.map(({ start }, i) => `<tspan fill="${hues[i]}" dx="16">● ${start}</tspan>`);
  const [w, h] = [2 * (width + left) + 20, height + top + 56];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}" font-family="sans-serif" font-size="13" fill="#222"><rect width="100%" height="100%" fill="white"/>${panels.join('')}<text x="${left + 140}" y="${top - 16}">${legend.join('')}</text></svg>`;
}
