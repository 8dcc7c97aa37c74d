/**
 * Rounds the large tensors of a baseline or of the eye, so that the package packs smaller. The file stays
 * F16, but most of its low bits are zero. Says how much the demo's pictures change, by a baseline, or the
 * features of the photographs. A rule is a pattern of names, and the number of steps to a standard deviation
 * of a filter.
 *
 *   npx tsx bench/round.ts --model adain-slim --rule 'encoder@64' --rule 'decoder@48' --write
 *   npx tsx bench/round.ts --model sanet-slim --rule 'encoder.conv(4_[234]|5)@16' \
 *     --rule 'encoder.conv(3|4_1)@256' --rule 'decoder|merge@48' --write
 *   npx tsx bench/round.ts --model eye --rule 'conv(4_[134]|5_1)@96' --write
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
import { input } from '../src/graph/ops/sources.ts';
import { resampleImage } from '../src/images/resample.ts';
import { readLossNetwork } from '../src/networks/node/loss-network-file.ts';
import { layerNames, vgg19 } from '../src/networks/vgg19.ts';
import { createRuntime } from '../src/runtime/node/onnxruntime.ts';
import { loadStylizer } from '../src/stylize/node/stylizer.ts';
import { readWeights } from '../src/weights/node/weights-file.ts';
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
const card = JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));
const { tensors } = await readWeights(path);
const bytes = writeSafetensors(rounded(tensors), { dtype: 'F16' });
const packed = (file: Uint8Array) => `${gzipSync(file, { level: 9 }).length} bytes packed`;
console.log(`${name}: ${packed(await readFile(path))}, rounded ${packed(bytes)}`);

const place = await mkdtemp(join(tmpdir(), 'wasserfarbe-round-'));
await writeModel(place);
const files = [path, join(place, `${name}.safetensors`)] as const;
await ('method' in card ? comparePictures(...files) : compareFeatures(...files));
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
  if (filter.every((value) => value === 0)) return Array.from(filter);
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

/** Prints the root mean square change of each layer, in shares of its own root mean square. */
async function compareFeatures(...paths: readonly [string, string]): Promise<void> {
  const runtime = createRuntime({ threads: 1 });
  const sums = new Map(layerNames.map((layer) => [layer, { change: 0, all: 0 }]));
  const networks = await Promise.all(paths.map((path) => readLossNetwork(path)));
  const shape = { height: size, width: size };
  const graphs = networks.map(({ parameters, config }) =>
    vgg19(input('picture', [1, 3, size, size]), parameters, config, layerNames),
  );
  const [old, now] = await Promise.all(graphs.map((features) => runtime.compile(features)));
  for (const label of photographs) {
    const { image } = await readPhotograph(label, size);
    const feeds = { picture: resampleImage(image, shape).data };
    const [a, b] = [await old?.run(feeds), await now?.run(feeds)];
    for (const [layer, sum] of sums) {
      a?.[layer]?.forEach((value, i) => {
        sum.change += (value - (b?.[layer]?.[i] ?? 0)) ** 2;
        sum.all += value ** 2;
      });
    }
  }
  for (const [layer, { change, all }] of sums) {
    console.log(`${layer}: ${(100 * Math.sqrt(change / all)).toFixed(2)} %`);
  }
  await Promise.all([old?.dispose(), now?.dispose()]);
  await runtime.dispose();
}

/** Prints the mean and the largest change of eight photographs in two styles each, in 1/255. */
async function comparePictures(...paths: readonly [string, string]): Promise<void> {
  const [old, now] = await Promise.all([
    loadStylizer({ model: paths[0], threads: 1 }),
    loadStylizer({ model: paths[1], threads: 1 }),
  ]);
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
  await Promise.all([old.dispose(), now.dispose()]);
  console.log(
    `change of ${means.length} pictures, /255: mean ${figures[0]}, of one ${figures[1]}, of a value ${figures[2]}`,
  );
}

function clamped(value: number): number {
  return Math.min(1, Math.max(0, value));
}
