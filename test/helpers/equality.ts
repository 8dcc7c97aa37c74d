/** Fast comparison of pictures. */

import { expect } from 'vitest';
import type { RgbImage } from '../../src/images/image.ts';

/** Expects two pictures to be equal bit for bit. Far faster than comparing their values one by one. */
export function expectSame(actual: RgbImage, expected: RgbImage): void {
  const bytes = (plane: Float32Array | undefined): Buffer =>
    plane === undefined ? Buffer.alloc(0) : Buffer.from(plane.buffer, plane.byteOffset, plane.byteLength);
  const same = (['data', 'alpha'] as const).every((name) =>
    bytes(actual[name]).equals(bytes(expected[name])),
  );
  const shape = ({ width, height, alpha }: RgbImage) => ({ width, height, alpha: alpha !== undefined });
  expect(shape(actual)).toEqual(shape(expected));
  // Reports the difference if there is one.
  if (!same) expect(actual).toEqual(expected);
}
