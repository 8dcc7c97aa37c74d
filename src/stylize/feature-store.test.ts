import { expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { FeatureStore, type Region } from './feature-store.ts';

const [C, H, W] = [3, 11, 14];
const map = Uint16Array.from(uniform(1, C * H * W, 0, 65_535));

/** Values of the whole map in a region. */
function at({ top, left, height, width }: Region): Uint16Array {
  return Uint16Array.from({ length: C * height * width }, (_, i) => {
    const [c, y, x] = [Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width];
    return map[(c * H + top + y) * W + left + x] ?? 0;
  });
}

it('gives back regions across parts', () => {
  const store = new FeatureStore(C);
  for (const [top, to] of [
    [0, 4],
    [4, 11],
  ] as const) {
    for (const [left, end] of [
      [0, 6],
      [6, 14],
    ] as const) {
      // Windows show two positions more than they put in, as tiles do.
      const window = {
        top: Math.max(0, top - 2),
        left: Math.max(0, left - 2),
        height: 0,
        width: 0,
      };
      const shown = {
        ...window,
        height: Math.min(H, to + 2) - window.top,
        width: Math.min(W, end + 2) - window.left,
      };
      store.put(at(shown), shown, { top, left, height: to - top, width: end - left });
    }
  }
  for (const region of [
    { top: 0, left: 0, height: H, width: W },
    { top: 2, left: 3, height: 5, width: 9 },
    { top: 10, left: 13, height: 1, width: 1 },
  ]) {
    expect(store.read(region)).toEqual(at(region));
  }
});

it('refuses to read a region that was not stored', () => {
  const store = new FeatureStore(C);
  store.put(map, { top: 0, left: 0, height: H, width: W }, { top: 0, left: 0, height: 4, width: W });
  expect(() => store.read({ top: 3, left: 0, height: 2, width: 2 })).toThrow('internal');
});
