/** Strength of the painting: the more of it, the farther the result is from the content. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { generatorWeights, tinyGenerator } from '../../test/helpers/model.ts';
import { drawnImage } from '../../test/helpers/pictures.ts';
import type { RgbImage } from '../images/image.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import { imageSink, imageSource } from './bands.ts';
import type { PixelOptions } from './options.ts';
import type { Style } from './style.ts';
import { createStylizer } from './stylizer.ts';

const runtime = createRuntime({ threads: 1 });
const weights = generatorWeights(tinyGenerator);
const stylizer = createStylizer({ name: 'test', sha256: 'test', config: tinyGenerator, weights }, runtime);
const content = drawnImage(1, 230, 190);
let style: Style;
beforeAll(async () => {
  style = await stylizer.encodeStyle(drawnImage(2, 64, 48));
});
afterAll(async () => {
  await stylizer.dispose();
  await runtime.dispose();
});

/** Mean absolute difference. */
function distance(a: RgbImage, b: RgbImage): number {
  return (
    a.data.reduce((sum, value, i) => sum + Math.abs(value - (b.data[i] ?? Number.NaN)), 0) / a.data.length
  );
}

const ways: [string, PixelOptions][] = [
  ['in one piece', {}],
  ['in tiles', { tile: 1 }],
  ['in the colours of the content', { preserveColor: 'luma' }],
  ['by a map', { strengthMap: { width: 2, height: 1, data: Float32Array.of(0.5, 1) } }],
];

it.each(ways)('grows with the distance from the content, in proportion, %s', async (_, options) => {
  const distances: number[] = [];
  for (const strength of [0, 0.25, 0.5, 0.75, 1]) {
    const painted = await stylizer.stylize(content, style, { ...options, strength });
    if (strength === 0) expect(painted.data).toEqual(content.data);
    distances.push(distance(painted, content));
  }
  const [none, , , , full = 0] = distances;
  expect(none).toBe(0);
  expect(full).toBeGreaterThan(0.01);
  for (const [i, value] of distances.entries()) {
    if (i > 0) expect(value).toBeGreaterThan(distances[i - 1] ?? Number.NaN);
    expect(value / full).toBeCloseTo(i / 4, 3);
  }
});

it('at 0 gives exactly the input in bands, too', async () => {
  const sink = imageSink(content);
  await stylizer.stylizeBands(imageSource(content), sink, style, { strength: 0 });
  expect(sink.image.data).toEqual(content.data);
});
