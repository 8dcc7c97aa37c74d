import { afterAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { get, mse, normalise, plain, type Plain, statistics } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import type { RgbImage } from '../images/image.ts';
import { lossNetwork } from '../networks/loss-network.ts';
import { frozen } from '../networks/parameters.ts';
import { type LayerName, layerNames, vgg19, type Vgg19Config } from '../networks/vgg19.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import { createJudge } from './judge.ts';
import {
  contentDistance,
  eightBits,
  measureAgainst,
  metricInfo,
  metricNames,
  normalisedFeatures,
  slicedWasserstein,
  styleDistance,
} from './metrics.ts';
import { chosenPositions, DIRECTIONS, METRICS_SEED, randomDirections } from './sliced.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
const config: Vgg19Config = { widths: [4, 4, 8, 8, 8], preprocessing: 'conv0', heads: [5, 6, 7, 8, 9] };
const weights = randomWeights((p) => vgg19(input('x', [1, 3, 32, 32]), p, config, layerNames), 3);
const judge = createJudge(lossNetwork(weights, 'judge.safetensors'), runtime);
afterAll(async () => {
  await judge.dispose();
  await runtime.dispose();
});

const [width, height] = [40, 34];
const output = drawnImage(1, width, height);
const content = drawnImage(2, width, height);
const style = drawnImage(3, 36, 48);

/** Features of the float64 reference. */
function features(image: RgbImage): Record<LayerName, Plain> {
  const x = input('x', [1, 3, image.height, image.width]);
  const graph = vgg19(x, frozen(weights, 'judge'), config, layerNames);
  const values = evaluate({ ...graph }, { x: image.data });
  const layer = (name: LayerName) => {
    const [, c = 0, h = 0, w = 0] = graph[name].shape;
    return plain(1, c, h, w, values[name] ?? []);
  };
  return {
    relu1_1: layer('relu1_1'),
    relu2_1: layer('relu2_1'),
    relu3_1: layer('relu3_1'),
    relu4_1: layer('relu4_1'),
    relu5_1: layer('relu5_1'),
  };
}

describe('metrics of two pictures against plain float64 code', () => {
  it('content loss, raw and normalised', async () => {
    const [a, b] = [await judge.look(output), await judge.look(content)];
    const [x, y] = [features(output), features(content)];
    const deep = ['relu4_1', 'relu5_1'] as const;
    const raw = deep.reduce((sum, l) => sum + mse(x[l].data, y[l].data), 0);
    const normal = deep.reduce((sum, l) => sum + mse(normalise(x[l]).data, normalise(y[l]).data), 0);
    expectClose([contentDistance(a.content, b.content)], [raw], 1e-5);
    expectClose(
      [contentDistance(normalisedFeatures(a.content), normalisedFeatures(b.content))],
      [normal],
      1e-4,
    );
    expect(Math.min(raw, normal)).toBeGreaterThan(1e-3);
  });

  it('style loss, with a style of another size', async () => {
    const [a, b] = [await judge.look(output), await judge.look(style)];
    const [x, y] = [features(output), features(style)];
    const wanted = layerNames.reduce((sum, l) => {
      const [p, q] = [statistics(x[l]), statistics(y[l])];
      return sum + mse(p.mean, q.mean) + mse(p.deviation, q.deviation);
    }, 0);
    expectClose([styleDistance(a.layers, b.layers)], [wanted], 1e-5);
    expect(wanted).toBeGreaterThan(1e-3);
  });

  it('sliced Wasserstein distance', async () => {
    const [a, b] = [await judge.look(output), await judge.look(content)];
    const [x, y] = [features(output), features(content)];
    const wanted = layerNames.reduce((sum, l) => sum + plainSliced(x[l], y[l]), 0);
    expectClose([slicedWasserstein(a.layers, b.layers)], [wanted], 1e-5);
    expect(wanted).toBeGreaterThan(1e-3);
  });

  it('self-similarity', async () => {
    const [a, b] = [await judge.look(output), await judge.look(content)];
    const [x, y] = [similarity(features(output).relu3_1), similarity(features(content).relu3_1)];
    const wanted = x.reduce((sum, row, i) => {
      return sum + row.reduce((s, q, j) => s + get(y[i] ?? [], j) * Math.log(get(y[i] ?? [], j) / q), 0);
    }, 0);
    expectClose([await (await judge.structure(b))(a.patches)], [wanted / x.length], 1e-5);
    expect(wanted / x.length).toBeGreaterThan(1e-4);
  });

  it('refuse an output of another size', async () => {
    const [a, b] = [await judge.look(output), await judge.look(style)];
    expect(() => contentDistance(a.content, b.content)).toThrow(/expected an output of the content’s size/);
  });

  it('use no more than 4,096 positions of a layer', async () => {
    const large = drawnImage(4, 130, 66);
    const seen = await judge.look(large);
    expect(seen.layers.relu1_1.projections).toHaveLength(DIRECTIONS * 4096);
    expect(seen.layers.relu2_1.projections).toHaveLength(DIRECTIONS * 65 * 33);
    const all = features(large).relu1_1;
    const chosen = chosenPositions(130 * 66, 4096, METRICS_SEED);
    const picked = plain(
      1,
      all.c,
      1,
      4096,
      Float64Array.from({ length: all.c * 4096 }, (_, i) =>
        get(all.data, Math.floor(i / 4096) * 130 * 66 + get(chosen, i % 4096)),
      ),
    );
    const [row] = projected(picked);
    expectClose(seen.layers.relu1_1.projections.subarray(0, 4096), row, 1e-5);
  });

  it('average large self-similarity maps over blocks', async () => {
    // relu3_1 of 289 × 260 is 73 × 65, more than 4,096 positions: averaged to 36 × 32.
    const large = drawnImage(5, 260, 289);
    const seen = await judge.look(large);
    expect(seen.patches.channels).toBe(7);
    const wide = features(large).relu3_1;
    const wanted = Float64Array.from({ length: 7 * 36 * 32 }, (_, i) => {
      const [c, y, x] = [Math.floor(i / (36 * 32)), Math.floor(i / 32) % 36, i % 32];
      const at = (dy: number, dx: number) => get(wide.data, (c * 73 + 2 * y + dy) * 65 + 2 * x + dx);
      return (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
    });
    expectClose(seen.patches.data, wanted, 1e-5);
  });
});

describe('measureAgainst', () => {
  const large = eightBits(drawnImage(11, 72, 64));
  const other = eightBits(drawnImage(12, 72, 64));

  it('finds no difference between a picture and itself', async () => {
    const measure = await measureAgainst(judge, large);
    const { layers } = await judge.look(large);
    const { metrics: same } = await measure({ ...large, data: large.data.slice() }, layers);
    expect(same).toMatchObject({ content: 0, contentRaw: 0, style: 0, swd: 0 });
    expect(same.cfsd).toBeLessThan(1e-6);
    expect(same.ssim).toBeCloseTo(1, 12);
    for (const name of ['border', 'checkerboard', 'grid'] as const) expect(same[name]).toBe(1);
  });

  it('finds noise far worse than a slightly changed picture', async () => {
    const measure = await measureAgainst(judge, large);
    const { layers } = await judge.look(large);
    const near = {
      ...large,
      data: large.data.map((v, i) => v + 0.02 * get(uniform(1, v > 2 ? 1 : 24), i % 24)),
    };
    const noise = { ...large, data: uniform(5, large.data.length, 0, 1) };
    const [{ metrics: a }, { metrics: b }] = [await measure(near, layers), await measure(noise, layers)];
    for (const name of ['content', 'contentRaw', 'style', 'swd', 'cfsd'] as const) {
      expect(get([b[name] ?? 0], 0), name).toBeGreaterThan(10 * (a[name] ?? Number.NaN));
    }
    expect(b.ssim).toBeLessThan(0.5);
    expect(a.ssim).toBeGreaterThan(0.9);
  });

  it('gives the same numbers each time and describes every metric', async () => {
    const { layers } = await judge.look(style);
    const { metrics: first } = await (await measureAgainst(judge, large))(other, layers);
    expect((await (await measureAgainst(judge, large))(other, layers)).metrics).toEqual(first);
    expect(Object.keys(first).sort()).toEqual(
      metricNames
        .filter((name) => !['strokes', 'newStructure', 'tones', 'outside', 'diversity'].includes(name))
        .filter((name) => !['flicker', 'steadied'].includes(name))
        .sort(),
    );
    expect(Object.keys(metricInfo)).toEqual([...metricNames]);
  });

  it('eightBits rounds as a file does, and changes nothing the second time', () => {
    const painted = { ...large, data: uniform(6, large.data.length, -0.2, 1.2) };
    const once = eightBits(painted);
    expect(eightBits(once)).toEqual(once);
    expect(Math.min(...once.data)).toBe(0);
    expect(Math.max(...once.data)).toBe(1);
  });
});

/** Sorted projections on the seeded directions, one list per direction. */
function projected(x: Plain): number[][] {
  const directions = randomDirections(DIRECTIONS, x.c, METRICS_SEED);
  const size = x.h * x.w;
  return Array.from({ length: DIRECTIONS }, (_, k) =>
    Array.from({ length: size }, (_, p) => {
      let sum = 0;
      for (let c = 0; c < x.c; c++) sum += get(directions, k * x.c + c) * get(x.data, c * size + p);
      return sum;
    }).sort((a, b) => a - b),
  );
}

function plainSliced(x: Plain, y: Plain): number {
  const [a, b] = [projected(x), projected(y)];
  return a.reduce((sum, row, k) => sum + mse(row, b[k] ?? []) / DIRECTIONS, 0);
}

function similarity(x: Plain): number[][] {
  const size = x.h * x.w;
  return Array.from({ length: size }, (_, i) => {
    const row = Array.from({ length: size }, (_, j) => {
      let sum = 0;
      for (let c = 0; c < x.c; c++) sum += get(x.data, c * size + i) * get(x.data, c * size + j);
      return Math.exp(sum / x.c);
    });
    const total = row.reduce((a, b) => a + b, 0);
    return row.map((v) => v / total);
  });
}
