import { expect, it } from 'vitest';
import { cropCorner, extendEdges } from './extend.ts';
import type { RgbImage } from './image.ts';

const image: RgbImage = {
  width: 2,
  height: 3,
  data: Float32Array.from({ length: 18 }, (_, i) => i),
};

it('repeats the last column and row', () => {
  const { width, height, data } = extendEdges(image, 4);
  expect([width, height]).toEqual([4, 4]);
  expect([...data.slice(0, 16)]).toEqual([0, 1, 1, 1, 2, 3, 3, 3, 4, 5, 5, 5, 4, 5, 5, 5]);
  expect([...data.slice(32, 36)]).toEqual([12, 13, 13, 13]);
});

it('extends only the side that is too short and returns large pictures unchanged', () => {
  expect(extendEdges(image, 3)).toMatchObject({ width: 3, height: 3 });
  expect(extendEdges(image, 2)).toBe(image);
});

it('extends alpha too', () => {
  const alpha = Float32Array.from([0, 0.1, 0.2, 0.3, 0.4, 0.5]);
  const extended = extendEdges({ ...image, alpha }, 4);
  const rows = [0, 0.1, 0.1, 0.1, 0.2, 0.3, 0.3, 0.3, 0.4, 0.5, 0.5, 0.5, 0.4, 0.5, 0.5, 0.5];
  expect(extended.alpha).toEqual(Float32Array.from(rows));
  expect(cropCorner(extended, image)).toEqual({ ...image, alpha });
});

it('is reversed by a crop', () => {
  expect(cropCorner(extendEdges(image, 17), image)).toEqual(image);
  expect(cropCorner(image, { width: 2, height: 3 })).toBe(image);
  expect([...cropCorner(image, { width: 1, height: 2 }).data]).toEqual([0, 2, 6, 8, 12, 14]);
});
