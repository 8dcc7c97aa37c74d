/** Every method of refining on tiny pictures: its loss falls, it is repeatable, and masks are kept. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../../test/helpers/networks.ts';
import { drawnImage } from '../../../test/helpers/pictures.ts';
import { input } from '../../graph/ops/sources.ts';
import type { RgbImage } from '../../images/image.ts';
import { lossNetwork } from '../../networks/loss-network.ts';
import { layerNames, vgg19 } from '../../networks/vgg19.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { Engine, RefiningStyle } from '../level.ts';
import { chancesOf } from '../places.ts';
import { refine } from '../refine.ts';
import type { LossValues } from '../step.ts';
import { type RefiningMethodName, refiningMethodNames } from './names.ts';

const SIDE = 32;
const STEPS = 16;
const eye = { widths: [4, 4, 6, 8, 8], preprocessing: 'conv0' } as const;
const loss = lossNetwork(
  randomWeights((p) => vgg19(input('x', [1, 3, SIDE, SIDE]), p, eye, layerNames), 3),
  'tiny eye',
);
const content = drawnImage(1, SIDE, SIDE);
const start = drawnImage(2, SIDE, SIDE);
let runtime: Runtime;
let engine: Engine;

beforeAll(() => {
  runtime = createRuntime({ device: 'cpu', threads: 1 });
  engine = {
    runtime,
    loss,
    async use(_, compile, work) {
      const program = await compile();
      return work(program).finally(() => program.dispose());
    },
  };
});
afterAll(() => runtime.dispose());

/** A dark picture, or a light one. */
function toned(isLight: boolean): RgbImage {
  const drawn = drawnImage(3, SIDE, SIDE);
  return { ...drawn, data: drawn.data.map((value) => 0.4 * value + (isLight ? 0.6 : 0)) };
}

async function run(
  method: RefiningMethodName,
  styles: readonly RefiningStyle[],
  steps: number,
): Promise<{ picture: RgbImage; losses: LossValues[] }> {
  const heard: LossValues[] = [];
  const picture = await refine(
    start,
    content,
    styles,
    {
      ...{ levels: 1, time: { steps }, method, seed: 1 },
      goOn: async () => true,
      onStep: ({ losses }) => heard.push(losses),
    },
    engine,
  );
  return { picture, losses: heard };
}

describe.each(refiningMethodNames.filter((name) => name !== 'sliced'))('%s', (method) => {
  it('comes nearer to the style, the same for the same seed', async () => {
    const style = { picture: drawnImage(3, 50, 41), share: 1 };
    const { losses, picture } = await run(method, [style], STEPS);
    const mean = (part: readonly LossValues[]) =>
      part.reduce((sum, { style }) => sum + style, 0) / part.length;
    if (method !== 'critics') expect(mean(losses.slice(-4))).toBeLessThan(0.8 * mean(losses.slice(0, 2)));
    const again = await run(method, [style], STEPS);
    expect(again.picture.data).toEqual(picture.data);
    expect(again.losses).toEqual(losses);
  });
});

// One for each way of keeping to a mask: weights, drawn places, drawn columns.
describe.each([
  ['gatys', STEPS],
  ['li-gaussian', 2 * STEPS],
  ['strotss', STEPS],
] as const)('%s', (method, steps) => {
  it('follows each of two styles where it is likely', async () => {
    const isLeft = (x: number, width: number) => x < width / 2;
    const styles = [false, true].map(
      (isLight, k): RefiningStyle => ({
        picture: toned(isLight),
        share: 0.5,
        chances: ({ width, height }, stride) => {
          const [w, h] = [width / stride, height / stride];
          return chancesOf(
            Float32Array.from({ length: w * h }, (_, i) => (isLeft(i % w, w) === (k === 0) ? 1 : 0)),
          );
        },
      }),
    );
    const { picture } = await run(method, styles, steps);
    const difference = ({ data }: RgbImage) => {
      let sum = 0;
      for (const [i, value] of data.entries()) sum += isLeft(i % SIDE, SIDE) ? -value : value;
      return sum / (data.length / 2);
    };
    expect(difference(picture) - difference(start)).toBeGreaterThan(0.02);
  });
});
