import { expect, it } from 'vitest';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { refiningStyles } from './refiner.ts';
import type { Style } from './style.ts';

const style: Style = { model: '', width: 8, height: 8, tensors: {} };
const side = (isLeft: boolean) => ({
  width: 32,
  height: 1,
  data: Float32Array.from({ length: 32 }, (_, x) => (x < 16 === isLeft ? 1 : 0)),
});

it('lays masks over a level of any size', () => {
  const mix = [true, false].map((isLeft) => ({ style, mask: side(isLeft) }));
  const pictures = [drawnImage(1, 32, 32), drawnImage(2, 32, 32)];
  const styles = refiningStyles(mix, pictures, { width: 256, height: 128 });
  expect(styles.map(({ share }) => share)).toEqual([expect.closeTo(0.5, 2), expect.closeTo(0.5, 2)]);
  for (const level of [
    { width: 256, height: 128 },
    { width: 128, height: 64 },
  ]) {
    const places = level.width / 16;
    const [left, right] = styles.map(({ chances }) => chances?.(level, 16, level) ?? []);
    // Running sums of the first row: the left half rises, then the right.
    const middle = places / 2 - 1;
    expect(left?.[middle]).toBeGreaterThan(0.9 * (left?.[places - 1] ?? 0));
    expect(right?.[middle]).toBeLessThan(0.1 * (right?.[places - 1] ?? 1));
  }
});
