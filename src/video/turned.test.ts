import { expect, it } from 'vitest';
import { turned } from './turned.ts';

/** Three pixels across, two down, numbered. */
const image = {
  width: 3,
  height: 2,
  data: Float32Array.from([...Array(3).keys()].flatMap(() => [1, 2, 3, 4, 5, 6])),
};
const rows = ({ width, data }: { width: number; data: Float32Array }) =>
  Array.from({ length: 6 / width }, (_, y) => [...data.subarray(y * width, (y + 1) * width)]);

it.each([
  [
    0,
    false,
    [
      [1, 2, 3],
      [4, 5, 6],
    ],
  ],
  [
    90,
    false,
    [
      [4, 1],
      [5, 2],
      [6, 3],
    ],
  ],
  [
    180,
    false,
    [
      [6, 5, 4],
      [3, 2, 1],
    ],
  ],
  [
    270,
    false,
    [
      [3, 6],
      [2, 5],
      [1, 4],
    ],
  ],
  [
    0,
    true,
    [
      [3, 2, 1],
      [6, 5, 4],
    ],
  ],
  [
    90,
    true,
    [
      [1, 4],
      [2, 5],
      [3, 6],
    ],
  ],
] as const)('turns by %i degrees clockwise, mirrored %s', (degrees, isMirrored, wanted) => {
  expect(rows(turned(image, degrees, isMirrored))).toEqual(wanted);
});

it('turns alpha too', () => {
  const alpha = Float32Array.of(0.1, 0.2, 0.3, 0.4, 0.5, 0.6);
  const half = turned({ ...image, alpha }, 90);
  expect(half.alpha).toEqual(Float32Array.of(0.4, 0.1, 0.5, 0.2, 0.6, 0.3));
  expect(turned(image, 90)).not.toHaveProperty('alpha');
});
