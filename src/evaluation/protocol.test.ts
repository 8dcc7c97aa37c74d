import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { drawnImage, temporaryFolder, writePictures } from '../../test/helpers/pictures.ts';
import { expectClose } from '../../test/helpers/numbers.ts';
import { input } from '../graph/ops/sources.ts';
import { writeImage } from '../images/node.ts';
import { layerNames, vgg19 } from '../networks/vgg19.ts';
import { encodeStyle, type GeneratorConfig, stylise } from '../networks/wasserfarbe.ts';
import { createRuntime } from '../runtime/node.ts';
import {
  choosePairs,
  evaluateMethod,
  evaluateModel,
  type Method,
  metricNames,
  quantile,
  readSquare,
  summarise,
} from './protocol.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
const x = input('x', [1, 3, 32, 32]);
const judging = { widths: [4, 4, 8, 8, 8], preprocessing: 'imagenet' } as const;
const lossWeights = randomWeights((p) => vgg19(x, p, judging, layerNames), 3);
const network: GeneratorConfig = {
  encoder: { widths: [4, 5, 6, 8, 8], preprocessing: 'centred' },
  levels: ['relu4_1'],
  transform: 'statistics-attention',
  temperature: 'one',
  pooledKeys: true,
  modulation: 2,
  shortcuts: 'relu3_1',
  palette: true,
};
const weights = randomWeights((p) => stylise(x, encodeStyle(x, p, network), p, network), 4);
let folder: string;
let contents: string[];
let styles: string[];

beforeAll(async () => {
  folder = await temporaryFolder();
  const files = async (name: string, count: number, seed: number) =>
    (await writePictures(folder, name, count, { seed })).map((file) => join(folder, file));
  contents = await files('content', 2, 1);
  styles = await files('style', 3, 50);
});
afterAll(async () => {
  await runtime.dispose();
  await rm(folder, { recursive: true });
});

describe('evaluateModel', () => {
  it('gives every pair finite metrics, the same each time', async () => {
    const options = { weights, network, lossWeights, contents, styles, size: 32, runtime };
    const evaluation = await evaluateModel(options);
    expect(evaluation.pairs).toHaveLength(6);
    for (const { metrics } of evaluation.pairs) {
      expect(Object.keys(metrics).sort()).toEqual([...metricNames].sort());
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
    }
    expect(evaluation.protocol.size).toMatch(/^32×32/);
    for (const name of metricNames) {
      const { median, low, high } = evaluation.medians[name];
      expect(low).toBeLessThanOrEqual(median);
      expect(high).toBeGreaterThanOrEqual(median);
    }
    expect(await evaluateModel(options)).toEqual(evaluation);
  });

  it('takes a seeded choice of pairs', async () => {
    const evaluation = await evaluateModel({
      weights,
      network,
      lossWeights,
      contents,
      styles,
      size: 32,
      pairs: 4,
      runtime,
    });
    expect(new Set(evaluation.pairs.map((p) => `${p.content} ${p.style}`)).size).toBe(4);
  });
});

it('evaluateMethod: a method that returns the content loses nothing of it', async () => {
  let prepared = 0;
  const method: Method = {
    prepare: async () => {
      prepared++;
      return async (content) => content;
    },
    dispose: async () => {},
  };
  const seen: string[] = [];
  const { medians } = await evaluateMethod(method, {
    lossWeights,
    contents,
    styles,
    size: 32,
    runtime,
    onPair: (done, total, pair) => void seen.push(`${done}/${total} ${pair.content} ${pair.style}`),
  });
  expect(medians.content.median).toBe(0);
  expect(medians.contentRaw.high).toBe(0);
  expect(medians.ssim.median).toBeCloseTo(1, 10);
  expect(medians.swd.median).toBeGreaterThan(0);
  expect(prepared).toBe(3);
  expect(seen).toHaveLength(6);
  expect(seen[0]).toMatch(/^1\/6 content-0\d\.png style-00\.png$/);
});

describe('choosePairs', () => {
  it('takes all when no number is given', () => {
    expect(choosePairs(2, 3, undefined, 1).map((list) => [...list].sort())).toEqual([
      [0, 1],
      [0, 1],
      [0, 1],
    ]);
  });

  it('spreads pairs over styles and contents, none twice', () => {
    const chosen = choosePairs(20, 40, 100, 1);
    expect(chosen.map((list) => list.length).sort()).toEqual([...Array(20).fill(2), ...Array(20).fill(3)]);
    for (const list of chosen) expect(new Set(list).size).toBe(list.length);
    const perContent = Array.from({ length: 20 }, (_, c) => chosen.flat().filter((v) => v === c).length);
    expect(Math.min(...perContent)).toBeGreaterThanOrEqual(4);
    expect(Math.max(...perContent)).toBeLessThanOrEqual(6);
    expect(choosePairs(20, 40, 100, 1)).toEqual(chosen);
    expect(choosePairs(20, 40, 100, 2)).not.toEqual(chosen);
  });

  it.each([0, 7, 1.5])('refuses %s of 6', (count) => {
    expect(() => choosePairs(2, 3, count, 1)).toThrow('expected a whole number from 1 to 6 for pairs');
  });
});

it('quantile interpolates', () => {
  const values = Float64Array.of(4, 1, 3, 2);
  expect([0, 0.5, 1].map((q) => quantile(values, q))).toEqual([1, 2.5, 4]);
  expect(quantile(values, 0.25)).toBeCloseTo(1.75);
});

it('summarise gives medians, an interval that narrows with more pairs, and the spread of styles', () => {
  const pairs = (count: number) =>
    Array.from({ length: count }, (_, i) => {
      const v = (i * 7919) % 101;
      return {
        content: 'c',
        style: `s${i % 10}`,
        metrics: { content: v, contentRaw: v, style: v + (i % 10) * 1000, swd: v, cfsd: v, ssim: v },
      };
    });
  const [few, many] = [summarise(pairs(20), 1), summarise(pairs(500), 1)];
  expect(many.content.median).toBeCloseTo(50, -1);
  expect(many.content.high - many.content.low).toBeLessThan(few.content.high - few.content.low);
  expect(many.style.styleHigh - many.style.styleLow).toBeGreaterThan(5000);
  expect(summarise(pairs(20), 1)).toEqual(few);
});

it('readSquare brings the short side to the size and takes the middle', async () => {
  const image = drawnImage(3, 50, 32);
  const file = join(folder, 'wide.png');
  await writeImage(image, file);
  const square = await readSquare(file, 32);
  expect([square.width, square.height, square.data.length]).toEqual([32, 32, 3072]);
  const wanted = Float32Array.from({ length: 3072 }, (_, i) => {
    return image.data[Math.floor(i / 32) * 50 + 9 + (i % 32)] ?? Number.NaN;
  });
  expectClose(square.data, wanted, 1 / 255);
});
