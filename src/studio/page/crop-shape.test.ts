import { expect, it } from 'vitest';
import { fittedBox, movedBox, pixelsOf, resizedBox, spotOf, turnedBox, wholeBox } from './crop-shape.ts';

const box = { x: 0.1, y: 0.2, width: 0.4, height: 0.3 };
const least = { width: 0.05, height: 0.05 };

function expectNear(a: typeof box, b: typeof box): void {
  for (const key of ['x', 'y', 'width', 'height'] as const) expect(a[key]).toBeCloseTo(b[key], 9);
}

it('turns a box with its picture', () => {
  expectNear(turnedBox(box, 1), { x: 0.5, y: 0.1, width: 0.3, height: 0.4 });
  expectNear(turnedBox(turnedBox(box, 1), -1), box);
  let all = box;
  for (let i = 0; i < 4; i++) all = turnedBox(all, 1);
  expectNear(all, box);
});

it('keeps a box within the picture', () => {
  expectNear(movedBox(box, { x: -1, y: 1 }), { ...box, x: 0, y: 0.7 });
  expectNear(resizedBox(box, 'se', { x: 2, y: 2 }, undefined, least), { ...box, width: 0.9, height: 0.8 });
  expectNear(resizedBox(box, 'nw', { x: -2, y: 9 }, undefined, least), {
    x: 0,
    y: 0.45,
    width: 0.5,
    height: 0.05,
  });
  expectNear(resizedBox(box, 'e', { x: 0.1, y: 0.5 }, undefined, least), { ...box, width: 0.5 });
});

it('keeps a ratio', () => {
  const resized = resizedBox(box, 'se', { x: 0.2, y: 0 }, 2, least);
  expectNear(resized, { ...box, width: 0.6, height: 0.3 });
  const most = resizedBox(box, 'ne', { x: 5, y: -5 }, 2, least);
  expectNear(most, { x: 0.1, y: 0.05, width: 0.9, height: 0.45 });
  expect(resizedBox(box, 'e', { x: 0.2, y: 0 }, 2, least)).toBe(box);
  expectNear(fittedBox(wholeBox, 0.5), { x: 0.25, y: 0, width: 0.5, height: 1 });
  expectNear(fittedBox(box, 2), { x: 0, y: 0.1, width: 1, height: 0.5 });
});

it('covers whole pixels', () => {
  const size = { width: 101, height: 7 };
  expect(pixelsOf(wholeBox, size)).toEqual({ x: 0, y: 0, ...size });
  expect(pixelsOf({ x: 0.5, y: 0.5, width: 0.5, height: 0.5 }, size)).toEqual({
    x: 51,
    y: 4,
    width: 50,
    height: 3,
  });
});

it('says where a corner or an edge is', () => {
  const pixels = { x: 10, y: 20, width: 40, height: 31 };
  expect(spotOf(pixels, 'nw')).toEqual({ x: 10, y: 20 });
  expect(spotOf(pixels, 'e')).toEqual({ x: 50, y: 36 });
  expect(spotOf(pixels, 's')).toEqual({ x: 30, y: 51 });
});
