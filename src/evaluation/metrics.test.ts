import { afterAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { get, mse, normalise, plain, type Plain, statistics } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import type { RgbImage } from '../images/image.ts';
import { frozen } from '../networks/parameters.ts';
import { type LayerName, layerNames, vgg19, type Vgg19Config } from '../networks/vgg19.ts';
import { createRuntime } from '../runtime/node.ts';
import {
  chosenPositions,
  contentDistance,
  createJudge,
  DIRECTIONS,
  METRICS_SEED,
  randomDirections,
  selfSimilarityDivergence,
  slicedWasserstein,
  sortedDistance,
  ssim,
  styleDistance,
} from './metrics.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2 });
const config: Vgg19Config = { widths: [4, 4, 8, 8, 8], preprocessing: 'conv0', heads: [5, 6, 7, 8, 9] };
const weights = randomWeights((p) => vgg19(input('x', [1, 3, 32, 32]), p, config, layerNames), 3);
const judge = createJudge(weights, 'judge.safetensors', runtime);
afterAll(async () => {
  await judge.dispose();
  await runtime.dispose();
});

const [width, height] = [40, 34];
const output = drawnImage(1, width, height);
const content = drawnImage(2, width, height);
const style = drawnImage(3, 36, 48);

/** Features by the float64 reference. */
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
    expectClose([contentDistance(a, b, 'raw')], [raw], 1e-5);
    expectClose([contentDistance(a, b, 'normalised')], [normal], 1e-4);
    expect(Math.min(raw, normal)).toBeGreaterThan(1e-3);
  });

  it('style loss, with a style of another size', async () => {
    const [a, b] = [await judge.look(output), await judge.look(style)];
    const [x, y] = [features(output), features(style)];
    const wanted = layerNames.reduce((sum, l) => {
      const [p, q] = [statistics(x[l]), statistics(y[l])];
      return sum + mse(p.mean, q.mean) + mse(p.deviation, q.deviation);
    }, 0);
    expectClose([styleDistance(a, b)], [wanted], 1e-5);
    expect(wanted).toBeGreaterThan(1e-3);
  });

  it('sliced Wasserstein distance', async () => {
    const [a, b] = [await judge.look(output), await judge.look(content)];
    const [x, y] = [features(output), features(content)];
    const wanted = layerNames.reduce((sum, l) => sum + plainSliced(x[l], y[l]), 0);
    expectClose([slicedWasserstein(a, b)], [wanted], 1e-5);
    expect(wanted).toBeGreaterThan(1e-3);
  });

  it('self-similarity', async () => {
    const [a, b] = [await judge.look(output), await judge.look(content)];
    const [x, y] = [similarity(features(output).relu3_1), similarity(features(content).relu3_1)];
    const wanted = x.reduce((sum, row, i) => {
      return sum + row.reduce((s, q, j) => s + get(y[i] ?? [], j) * Math.log(get(y[i] ?? [], j) / q), 0);
    }, 0);
    expectClose([await judge.selfSimilarity(a, b)], [wanted / x.length], 1e-5);
    expect(wanted / x.length).toBeGreaterThan(1e-4);
  });

  it('are nothing between a picture and itself', async () => {
    const seen = await judge.look(output);
    const again = await judge.look({ ...output, data: output.data.slice() });
    expect(contentDistance(again, seen, 'normalised')).toBe(0);
    expect(contentDistance(again, seen, 'raw')).toBe(0);
    expect(styleDistance(again, seen)).toBe(0);
    expect(slicedWasserstein(again, seen)).toBe(0);
    expect(await judge.selfSimilarity(again, seen)).toBeLessThan(1e-6);
    expect(ssim(output, output)).toBeCloseTo(1, 12);
  });

  it('refuse a content of another size', async () => {
    const [a, b] = [await judge.look(output), await judge.look(style)];
    expect(() => contentDistance(a, b, 'raw')).toThrow(/expected an output of the content’s size/);
    expect(() => ssim(output, style)).toThrow(/expected an output of the content’s size/);
  });

  it('look at no more than 4,096 positions of a layer', async () => {
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

/** Sorted projections on the seeded directions, a list per direction. */
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

describe('sortedDistance', () => {
  it('is the mean squared difference of equal lengths', () => {
    expect(sortedDistance(Float32Array.of(1, 2, 5, 6), Float32Array.of(1, 4, 5, 9), 2)).toBeCloseTo(13 / 4);
  });

  it('resamples the longer row at the quantiles of the shorter, either way round', () => {
    const long = Float32Array.of(0, 1, 2, 3);
    const short = Float32Array.of(0.5, 2.5);
    expect(sortedDistance(long, short, 1)).toBeCloseTo(0);
    expect(sortedDistance(short, long, 1)).toBeCloseTo(0);
    expect(sortedDistance(long, Float32Array.of(1), 1)).toBeCloseTo(0.25);
  });

  it('grows with the square of a shift', () => {
    const a = uniform(1, 300).sort();
    expect(
      sortedDistance(
        a,
        a.map((v) => v + 2),
        1,
      ),
    ).toBeCloseTo(4, 4);
  });
});

describe('randomDirections', () => {
  it('are unit vectors, the same for a seed, of all directions', () => {
    const directions = randomDirections(400, 3, 5);
    expect(randomDirections(400, 3, 5)).toEqual(directions);
    expect(randomDirections(400, 3, 6)).not.toEqual(directions);
    const sums = [0, 0, 0];
    for (let k = 0; k < 400; k++) {
      const vector = directions.subarray(3 * k, 3 * k + 3);
      expect(Math.hypot(...vector)).toBeCloseTo(1, 5);
      vector.forEach((v, i) => {
        sums[i] = (sums[i] ?? 0) + v / 400;
      });
    }
    expect(Math.max(...sums.map(Math.abs))).toBeLessThan(0.1);
  });
});

it('chosenPositions are distinct, ascending, and the same for a seed', () => {
  const chosen = chosenPositions(1000, 50, 1);
  expect(chosen).toHaveLength(50);
  expect(new Set(chosen).size).toBe(50);
  expect(Array.from(chosen)).toEqual(Array.from(chosen).sort((a, b) => a - b));
  expect(chosenPositions(1000, 50, 1)).toEqual(chosen);
  expect(Array.from(chosenPositions(4, 50, 1))).toEqual([0, 1, 2, 3]);
});

it('self-similarity is blind to one shift of all similarities, and zero for equal features', () => {
  const [a, b] = [input('a', [1, 2, 3]), input('b', [1, 2, 3])];
  const d = selfSimilarityDivergence(a, b);
  const f = uniform(3, 6);
  expect(Math.abs(get(evaluate({ d }, { a: f, b: f }).d, 0))).toBeLessThan(1e-12);
  // Where one channel is constant, more of it adds the same number to every similarity.
  const [low, high] = [Float32Array.of(1, 2, 3, 1, 1, 1), Float32Array.of(1, 2, 3, 5, 5, 5)];
  expect(Math.abs(get(evaluate({ d }, { a: low, b: high }).d, 0))).toBeLessThan(1e-12);
});

describe('SSIM', () => {
  it('is the plain definition, window by window', () => {
    const [a, b] = [drawnImage(7, 15, 13), drawnImage(8, 15, 13)];
    const grey =
      ({ data }: RgbImage) =>
      (i: number) =>
        0.299 * get(data, i) + 0.587 * get(data, i + 195) + 0.114 * get(data, i + 390);
    const [x, y] = [grey(a), grey(b)];
    let total = 0;
    for (let top = 0; top < 3; top++) {
      for (let left = 0; left < 5; left++) {
        let [weight, mx, my] = [0, 0, 0];
        const each = (f: (g: number, i: number) => void) => {
          for (let r = 0; r < 11; r++)
            for (let c = 0; c < 11; c++)
              f(Math.exp(-((r - 5) ** 2 + (c - 5) ** 2) / 4.5), (top + r) * 15 + left + c);
        };
        each((g, i) => {
          weight += g;
          mx += g * x(i);
          my += g * y(i);
        });
        mx /= weight;
        my /= weight;
        let [vx, vy, cov] = [0, 0, 0];
        each((g, i) => {
          vx += (g / weight) * (x(i) - mx) ** 2;
          vy += (g / weight) * (y(i) - my) ** 2;
          cov += (g / weight) * (x(i) - mx) * (y(i) - my);
        });
        total += ((2 * mx * my + 1e-4) * (2 * cov + 9e-4)) / ((mx ** 2 + my ** 2 + 1e-4) * (vx + vy + 9e-4));
      }
    }
    expect(ssim(a, b)).toBeCloseTo(total / 15, 8);
  });

  it('falls with noise and needs room for its window', () => {
    const image = drawnImage(9, 20, 20);
    const noisy = { ...image, data: image.data.map((v, i) => v + 0.2 * get(uniform(1, 1200), i)) };
    expect(ssim(image, noisy)).toBeLessThan(0.99);
    expect(() => ssim(drawnImage(1, 10, 20), drawnImage(1, 10, 20))).toThrow('at least 11 pixels');
  });
});
