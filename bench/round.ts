/**
 * Rounds the large tensors of a baseline, so that the package packs smaller. The file stays F16, but most of
 * its low bits are zero. Says how much the demo's pictures change. A rule is a pattern of names, and the
 * number of steps to a standard deviation of a filter.
 *
 *   npx tsx bench/round.ts --model adain-slim --rule 'encoder@64' --rule 'decoder@48' --write
 *   npx tsx bench/round.ts --model sanet-slim --rule 'encoder.conv(4_[234]|5)@16' \
 *     --rule 'encoder.conv(3|4_1)@256' --rule 'decoder|merge@48' --write
 *
 * `--write` writes the model and its card.
 */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { photographs, readPhotograph } from '../demo/photographs.ts';
import { styles } from '../demo/styles/index.ts';
import { readImage } from '../src/images/node/image-file.ts';
import { loadStylizer, type Stylizer } from '../src/stylize/node/stylizer.ts';
import { loadModel } from '../src/weights/node/weights-file.ts';
import { type WeightMap, writeSafetensors } from '../src/weights/safetensors.ts';
import { sha256 } from '../src/weights/sha256.ts';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'sanet-slim' },
    rule: { type: 'string', multiple: true, default: [] },
    size: { type: 'string', default: '384' },
    write: { type: 'boolean', default: false },
  },
});
const { model: name, rule: rules } = values;
const size = Number(values.size);
/** Smaller tensors are at the ends of the network, where an error shows most. */
const LEAST_VALUES = 9000;

const folder = fileURLToPath(new URL('../models/', import.meta.url));
const path = join(folder, `${name}.safetensors`);
const { card, tensors } = await loadModel(path);
const bytes = writeSafetensors(rounded(tensors), { dtype: 'F16' });
const packed = (file: Uint8Array) => `${gzipSync(file, { level: 9 }).length} bytes packed`;
console.log(`${name}: ${packed(await readFile(path))}, rounded ${packed(bytes)}`);

const old = await loadStylizer({ model: path, threads: 1 });
const place = await mkdtemp(join(tmpdir(), 'wasserfarbe-round-'));
await writeModel(place);
const now = await loadStylizer({ model: join(place, `${name}.safetensors`), threads: 1 });
await compare(old, now);
await Promise.all([old.dispose(), now.dispose()]);
await rm(place, { recursive: true });
if (values.write) await writeModel(folder);

async function writeModel(place: string): Promise<void> {
  const released = { ...card, sha256: await sha256(bytes) };
  await writeFile(join(place, `${name}.safetensors`), bytes);
  await writeFile(join(place, `${name}.json`), `${JSON.stringify(released, null, 2)}\n`);
}

/** Tensors that a rule names on a grid for each output channel; its step is a power of two. */
function rounded(tensors: WeightMap): WeightMap {
  const made = new Map(tensors);
  for (const rule of rules) {
    const [pattern = '', parts] = rule.split('@');
    for (const [name, { shape, data }] of tensors) {
      if (!new RegExp(pattern).test(name) || data.length < LEAST_VALUES) continue;
      const [channels = 1, , ...kernel] = shape;
      const length = data.length / channels;
      const values = Array.from({ length: channels }, (_, i) =>
        roundedFilter(data.subarray(i * length, (i + 1) * length), product(kernel), Number(parts)),
      );
      made.set(name, { shape, data: Float32Array.from(values.flat()) });
    }
  }
  return made;
}

/**
 * A filter whose kernels keep their sums as far as the grid allows, and pass the rest on to the next kernel.
 * Features are smooth: a sum that is off shifts colours, and an error between neighbours hardly shows.
 */
function roundedFilter(filter: Float32Array, kernel: number, parts: number): number[] {
  const step = 2 ** Math.round(Math.log2(deviation(filter) / parts));
  const made = Array.from(filter, (value) => Math.round(value / step) * step);
  const error = (i: number) => (made[i] ?? 0) - (filter[i] ?? 0);
  let sum = 0;
  for (let start = 0; start < filter.length; start += kernel) {
    const places = Array.from({ length: kernel }, (_, i) => start + i);
    sum = places.reduce((total, i) => total + error(i), sum);
    while (Math.abs(sum) > step / 2) {
      const move = sum > 0 ? -step : step;
      // The value that was rounded furthest the other way.
      const at = places.reduce((best, i) => (error(i) * move < error(best) * move ? i : best));
      made[at] = (made[at] ?? 0) + move;
      sum += move;
    }
  }
  return made;
}

/** Root mean square. */
function deviation(data: Float32Array): number {
  return Math.sqrt(data.reduce((sum, value) => sum + value ** 2, 0) / data.length);
}

function product(lengths: readonly number[]): number {
  return lengths.reduce((all, length) => all * length, 1);
}

/** Prints the mean and the largest change of eight photographs in two styles each, in 1/255. */
async function compare(old: Stylizer, now: Stylizer): Promise<void> {
  const means: number[] = [];
  let most = 0;
  for (const [i, label] of photographs.entries()) {
    const { image } = await readPhotograph(label, size);
    for (const k of [0, 5]) {
      const drawn = await readImage((await styles[(i + k) % styles.length]?.draw(size)) ?? '');
      const [a, b] = await Promise.all(
        [old, now].map(async (own) => own.stylize(image, await own.prepareStyle(drawn, { size }))),
      );
      if (a === undefined || b === undefined) continue;
      const changes = a.data.map((value, j) => 255 * Math.abs(clamped(value) - clamped(b.data[j] ?? 0)));
      means.push(changes.reduce((sum, value) => sum + value, 0) / changes.length);
      most = changes.reduce((x, y) => Math.max(x, y), most);
    }
  }
  const mean = means.reduce((sum, value) => sum + value, 0) / means.length;
  const figures = [mean, Math.max(...means), most].map((value) => value.toFixed(3));
  console.log(
    `change of ${means.length} pictures, /255: mean ${figures[0]}, of one ${figures[1]}, of a value ${figures[2]}`,
  );
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
