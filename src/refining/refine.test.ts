/** Refining small pictures: what it moves, in what order, and that it is repeatable. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { input } from '../graph/ops/sources.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import { lossNetwork } from '../networks/loss-network.ts';
import { layerNames, vgg19 } from '../networks/vgg19.ts';
import { stream } from '../random.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { Engine, RefiningStyle } from './level.ts';
import { chancesOf, drawPlaces, drawVectors } from './places.ts';
import { refine, type RefiningPlan, type RefiningProgress } from './refine.ts';

const eye = { widths: [4, 4, 6, 8, 8], preprocessing: 'conv0' } as const;
const loss = lossNetwork(
  randomWeights((p) => vgg19(input('x', [1, 3, 32, 32]), p, eye, layerNames), 3),
  'tiny eye',
);
const content = drawnImage(1, 67, 45);
const start = drawnImage(2, 67, 45);
const style: RefiningStyle = { picture: drawnImage(3, 50, 61), share: 1 };
let runtime: Runtime;
let engine: Engine;
const compiled: string[] = [];

beforeAll(() => {
  runtime = createRuntime({ device: 'cpu', threads: 1 });
  engine = {
    runtime,
    loss,
    async use(key, compile, work) {
      compiled.push(key);
      const program = await compile();
      return work(program).finally(() => program.dispose());
    },
  };
});
afterAll(() => runtime.dispose());

const run = (
  plan: Partial<RefiningPlan> = {},
  styles: readonly RefiningStyle[] = [style],
): Promise<RgbImage> =>
  refine(
    start,
    content,
    styles,
    {
      ...{ levels: 2, time: { steps: 3 }, seed: 1, method: 'sliced' },
      goOn: async () => true,
      onStep: () => undefined,
      ...plan,
    },
    engine,
  );

describe('a refinement', () => {
  it('goes from half the size to the whole, tells each step, and can be seen on its way', async () => {
    compiled.length = 0;
    const heard: RefiningProgress[] = [];
    const refined = await run({ onStep: (progress) => heard.push(progress) });
    expect(heard.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6]);
    const shares = heard.map(({ done }) => done);
    shares.forEach((share, i) => {
      expect(share).toBeCloseTo((i + 1) / 6, 6);
    });
    expect(compiled.filter((key) => key.startsWith('refining'))).toEqual([
      'refining sliced 48×32 1',
      'refining sliced 80×48 1',
    ]);
    expect([refined.width, refined.height, refined.data.length]).toEqual([67, 45, 3 * 67 * 45]);
    expect(heard.at(-1)?.preview()).toEqual(refined);
    expect(refined.data.every((value) => value > -0.06 && value < 1.06)).toBe(true);
  });

  it('has a step of the picture at each level, however little time its critics leave', async () => {
    const heard: RefiningProgress[] = [];
    await run({ method: 'critics', time: { seconds: 1e-3 }, onStep: (progress) => heard.push(progress) });
    expect(heard.map(({ step }) => step)).toEqual([1, 2]);
  });

  it('brings the losses down', async () => {
    const heard: RefiningProgress[] = [];
    await run({ levels: 1, time: { steps: 40 }, onStep: (progress) => heard.push(progress) });
    const mean = (part: readonly RefiningProgress[]) =>
      part.reduce((sum, { losses }) => sum + losses.style, 0) / part.length;
    expect(mean(heard.slice(-5))).toBeLessThan(0.5 * mean(heard.slice(0, 2)));
  });

  it('is the same for the same seed, and another for another', async () => {
    const [one, again, other] = [await run(), await run(), await run({ seed: 2 })];
    expect(again.data).toEqual(one.data);
    expect(other.data).not.toEqual(one.data);
  });

  it('ends when it is told to, with the picture as it is', async () => {
    let asked = 0;
    let steps = 0;
    const ended = await run({
      goOn: async () => ++asked <= 2,
      onStep: ({ step }) => {
        steps = step;
      },
    });
    expect(steps).toBe(2);
    expect([ended.width, ended.height]).toEqual([67, 45]);
    expect(ended.data).not.toEqual(start.data);
    // Two steps move no pixel far: the basis of the optimisation brings every colour back.
    const most = ended.data.reduce((far, v, i) => Math.max(far, Math.abs(v - (start.data[i] ?? 0))), 0);
    expect(most).toBeLessThan(0.2);
    expect((await run({ goOn: async () => false })).data).toEqual(start.data);
  });

  it.each([0.1, 0.9])('brings the tone of a style of %d from the small size to the whole', async (value) => {
    const flat = (tone: number): RgbImage => ({ ...start, data: new Float32Array(3 * 67 * 45).fill(tone) });
    let asked = 0;
    const grey = flat(0.5);
    const plan = { levels: 2, time: { steps: 30 }, seed: 1, method: 'sliced' } as const;
    const { data } = await refine(
      grey,
      grey,
      [{ picture: flat(value), share: 1 }],
      { ...plan, goOn: async () => ++asked <= 30, onStep: () => undefined },
      engine,
    );
    const mean = data.reduce((sum, v) => sum + v, 0) / data.length;
    expect(Math.sign(value - 0.5) * (mean - 0.5)).toBeGreaterThan(0.05);
  });

  it('looks at each level of a masked style at its own size', async () => {
    const seen = new Set<string>();
    const chances = ({ width, height }: ImageSize, stride: number, picture: ImageSize) => {
      seen.add(`${picture.width}×${picture.height} in ${width}×${height}`);
      return chancesOf(new Float32Array((width / stride) * (height / stride)).fill(1));
    };
    await run({ time: { steps: 1 } }, [{ ...style, chances }]);
    expect([...seen]).toEqual(['34×23 in 48×32', '67×45 in 80×48']);
  });

  it('lasts about as many seconds as it is given', async () => {
    const begun = performance.now();
    await run({ time: { seconds: 1 } });
    const seconds = (performance.now() - begun) / 1000;
    expect(seconds).toBeGreaterThan(0.9);
    expect(seconds).toBeLessThan(10);
  });

  it('follows several styles, each where it is likely', async () => {
    const left = (size: { width: number; height: number }, stride: number, isLeft: boolean) => {
      const [w, h] = [size.width / stride, size.height / stride];
      return chancesOf(Float32Array.from({ length: w * h }, (_, i) => (i % w < w / 2 === isLeft ? 1 : 0)));
    };
    const flat = (value: number): RgbImage => ({
      width: 48,
      height: 48,
      data: new Float32Array(3 * 48 * 48).fill(value),
    });
    const styles = [0.1, 0.9].map(
      (value, k): RefiningStyle => ({
        picture: flat(value),
        share: 0.5,
        chances: (size, stride) => left(size, stride, k === 0),
      }),
    );
    const { width, height, data } = await run({ levels: 1, time: { steps: 100 } }, styles);
    const mean = (from: number, to: number) => {
      let sum = 0;
      for (let y = 0; y < height; y++) for (let x = from; x < to; x++) sum += data[y * width + x] ?? 0;
      return sum / (height * (to - from));
    };
    expect(mean(40, width) - mean(0, 27)).toBeGreaterThan(0.2);
  });
});

it('draws places by their chances, and the vectors of places', () => {
  const random = stream(1, 'places');
  const drawn = drawPlaces(random, 4000, 4, chancesOf(Float32Array.of(0, 1, 0, 3)));
  const counts = [0, 1, 2, 3].map((place) => drawn.filter((value) => value === place).length);
  expect([counts[0], counts[2]]).toEqual([0, 0]);
  expect((counts[3] ?? 0) / (counts[1] ?? 1)).toBeGreaterThan(2.5);
  expect((counts[3] ?? 0) / (counts[1] ?? 1)).toBeLessThan(3.6);
  expect([...drawPlaces(random, 3, 3)]).toEqual([0, 1, 2]);
  const vectors = drawVectors(random, 3, { data: Float32Array.of(1, 2, 3, 10, 20, 30), channels: 2 });
  expect([...vectors]).toEqual([1, 10, 2, 20, 3, 30]);
});
