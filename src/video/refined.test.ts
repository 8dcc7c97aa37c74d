/** Refined paint on a drawn pan: it stays on things, and is missing where things come into sight. */

import { expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { cropImage, type RgbImage } from '../images/image.ts';
import { blurred } from '../images/planes.ts';
import { allRefined, fromStored, missingOf, refinedOn, toStored } from './refined.ts';
import { successionOf } from './steady.ts';

const [WIDTH, HEIGHT, PAN] = [120, 90, 12];

const scene = ((): RgbImage => {
  const size = { width: 200, height: HEIGHT };
  const data = new Float32Array(3 * 200 * HEIGHT);
  for (let c = 0; c < 3; c++) {
    const plane = blurred(uniform(1 + c, 200 * HEIGHT), size, 3);
    data.set(
      plane.map((value) => 0.5 + 2.5 * value),
      c * 200 * HEIGHT,
    );
  }
  return { ...size, data };
})();
const frameAt = (i: number) => cropImage(scene, { left: PAN * i, top: 0, width: WIDTH, height: HEIGHT });
const painted = (value: number): RgbImage => ({
  ...{ width: WIDTH, height: HEIGHT },
  data: new Float32Array(3 * WIDTH * HEIGHT).fill(value),
});

it('is carried along, and missing where something comes into sight', () => {
  const succession = successionOf(frameAt(0), frameAt(1));
  if (succession === undefined) throw new Error('no succession');
  const next = refinedOn(succession, allRefined(painted(0.8)), painted(0.2));
  expect(missingOf(next)).toBeGreaterThan(0.8 * (PAN / WIDTH));
  expect(missingOf(next)).toBeLessThan(2 * (PAN / WIDTH));
  const row = (HEIGHT / 2) * WIDTH;
  expect([next.painting.data[row + 40], next.shares[row + 40]]).toEqual([
    expect.closeTo(0.8, 2),
    expect.closeTo(1, 2),
  ]);
  expect([next.painting.data[row + WIDTH - 3], next.shares[row + WIDTH - 3]]).toEqual([
    expect.closeTo(0.2, 2),
    expect.closeTo(0, 2),
  ]);
});

it('is stored and read back', () => {
  const shares = Float32Array.from({ length: WIDTH * HEIGHT }, (_, i) => (i % 3) / 2);
  const back = fromStored(toStored({ painting: painted(0.4), shares }));
  expect(back.shares).toEqual(shares);
  expect(Math.min(...(toStored({ painting: painted(0.4), shares }).alpha ?? []))).toBe(0.5);
  expect(missingOf(fromStored(painted(0.4)))).toBe(0);
});
