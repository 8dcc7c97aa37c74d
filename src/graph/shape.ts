/** Arithmetic on tensor shapes. */

import { ShapeError } from '../errors.ts';

/** The extent of each dimension; `[]` is a scalar. Pictures and features are `[N, C, H, W]`. */
export type Shape = readonly number[];

export function elementCount(shape: Shape): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, i) => extent === b[i]);
}

/** Extent of dimension `axis`; a negative axis counts from the end. */
export function extent(shape: Shape, axis: number): number {
  const value = shape[axis < 0 ? shape.length + axis : axis];
  if (value === undefined) {
    throw new ShapeError({ expected: `a dimension ${axis}`, name: 'shape', received: show(shape) });
  }
  return value;
}

/** The four extents of a picture or feature tensor; throws a ShapeError that names `what` otherwise. */
export function nchw(shape: Shape, what: string): readonly [number, number, number, number] {
  const [n, c, h, w] = shape;
  if (shape.length !== 4 || n === undefined || c === undefined || h === undefined || w === undefined) {
    throw new ShapeError({ expected: '[N, C, H, W]', name: what, received: show(shape) });
  }
  return [n, c, h, w];
}

/** Broadcasting as in NumPy and ONNX: dimensions align at the end, an extent of 1 stretches. */
export function broadcastShapes(a: Shape, b: Shape, what: string): Shape {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[a.length - rank + i] ?? 1;
    const y = b[b.length - rank + i] ?? 1;
    if (x !== y && x !== 1 && y !== 1) {
      throw new ShapeError({
        expected: 'shapes that broadcast',
        name: what,
        received: `${show(a)} and ${show(b)}`,
      });
    }
    return x === 1 ? y : x;
  });
}

/** Row-major strides in elements. */
export function strides(shape: Shape): number[] {
  const result: number[] = new Array(shape.length).fill(1);
  for (let i = shape.length - 2; i >= 0; i--) result[i] = (result[i + 1] ?? 1) * (shape[i + 1] ?? 1);
  return result;
}

export function show(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}
