import { describe, expect, it } from 'vitest';
import { ShapeError } from '../errors.ts';
import { broadcastShapes, elementCount, extent, nchw, sameShape, show, strides } from './shape.ts';

it('counts elements; a scalar has one', () => {
  expect([[], [3], [2, 3, 4]].map(elementCount)).toEqual([1, 3, 24]);
});

it('tells shapes apart by rank and by extents', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
  expect(sameShape([1, 3], [3])).toBe(false);
  expect(sameShape([], [])).toBe(true);
});

it('takes an extent from either end', () => {
  expect([0, 1, 2, -1, -2, -3].map((axis) => extent([5, 6, 7], axis))).toEqual([5, 6, 7, 7, 6, 5]);
  expect(() => extent([5, 6], 2)).toThrow('expected a dimension 2 for shape but received [5, 6]');
  expect(() => extent([], -1)).toThrow(ShapeError);
});

it('splits pictures and features only', () => {
  expect(nchw([1, 3, 5, 7], 'photo')).toEqual([1, 3, 5, 7]);
  expect(() => nchw([3, 5, 7], 'photo')).toThrow('expected [N, C, H, W] for photo but received [3, 5, 7]');
  expect(() => nchw([1, 3, 5, 7, 9], 'photo')).toThrow(ShapeError);
});

describe('broadcastShapes', () => {
  it.each([
    [
      [2, 3],
      [2, 3],
      [2, 3],
    ],
    [[2, 3], [3], [2, 3]],
    [[3], [2, 1], [2, 3]],
    [
      [2, 1, 4],
      [3, 1],
      [2, 3, 4],
    ],
    [[], [2, 2], [2, 2]],
    [[], [], []],
  ])('%j and %j make %j', (a, b, expected) => {
    expect(broadcastShapes(a, b, 'add')).toEqual(expected);
    expect(broadcastShapes(b, a, 'add')).toEqual(expected);
  });

  it.each([
    [[2], [3]],
    [[2, 3], [2]],
    [
      [4, 1, 3],
      [3, 2, 3, 1, 2],
    ],
  ])('refuses %j and %j', (a, b) => {
    expect(() => broadcastShapes(a, b, 'add')).toThrow(
      `expected shapes that broadcast for add but received ${show(a)} and ${show(b)}`,
    );
  });
});

it('has row-major strides', () => {
  expect(strides([2, 3, 4])).toEqual([12, 4, 1]);
  expect(strides([5])).toEqual([1]);
  expect(strides([])).toEqual([]);
});

it('shows a shape in brackets', () => {
  expect(show([1, 3, 8])).toBe('[1, 3, 8]');
  expect(show([])).toBe('[]');
});
