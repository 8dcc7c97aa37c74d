import { expect, it } from 'vitest';
import { wholeBox } from './crop-shape.ts';
import { recutMask } from './mask-crop.ts';
import type { MaskPlane } from './settings.ts';

const size = { width: 2560, height: 1280 };
const uncut = { turns: 0, box: wholeBox } as const;

/** A mask of the whole photograph whose left quarter and bottom row are set. */
const mask: MaskPlane = {
  width: 256,
  height: 128,
  data: Uint8ClampedArray.from({ length: 256 * 128 }, (_, i) => (i % 256 < 64 || i >= 256 * 127 ? 255 : 0)),
};
const at = ({ width, data }: MaskPlane, x: number, y: number) => data[y * width + x];

it('turns with the photograph, and back without loss', () => {
  const right = recutMask(mask, uncut, { turns: 1, box: wholeBox }, size);
  expect([right.width, right.height]).toEqual([128, 256]);
  // A right turn brings the left to the top, and the bottom to the left.
  expect([at(right, 100, 10), at(right, 100, 200), at(right, 0, 200)]).toEqual([255, 0, 255]);
  const left = recutMask(mask, uncut, { turns: 3, box: wholeBox }, size);
  expect([at(left, 100, 10), at(left, 100, 250), at(left, 127, 10)]).toEqual([0, 255, 255]);
  for (const turns of [1, 2, 3] as const) {
    const turned = recutMask(mask, uncut, { turns, box: wholeBox }, size);
    expect(recutMask(turned, { turns, box: wholeBox }, uncut, size)).toEqual(mask);
  }
});

it('is cropped with the photograph, and goes on beyond an old crop', () => {
  const crop = { turns: 0, box: { x: 0, y: 0, width: 0.5, height: 0.5 } } as const;
  const cropped = recutMask(mask, uncut, crop, size);
  expect([cropped.width, cropped.height]).toEqual([256, 128]);
  expect([at(cropped, 120, 60), at(cropped, 136, 60)]).toEqual([255, 0]);
  const opened = recutMask(cropped, crop, uncut, size);
  expect([at(opened, 60, 30), at(opened, 70, 30), at(opened, 60, 120), at(opened, 200, 120)]).toEqual([
    255, 0, 255, 0,
  ]);
});
