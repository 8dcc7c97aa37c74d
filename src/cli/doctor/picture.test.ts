import { expect, it } from 'vitest';
import type { RgbImage } from '../../images/image.ts';
import { agrees, compare, drawContent, drawStyle, goldenOf, TEST_STYLE_SIZE } from './picture.ts';

const picture = drawContent();

/** The picture with values changed. */
function changed(change: (value: number, index: number) => number): RgbImage {
  return { ...picture, data: picture.data.map(change) };
}

it('are pictures with light, dark and colour', () => {
  for (const { width, height, data } of [picture, drawStyle()]) {
    expect(data).toHaveLength(3 * width * height);
    const size = width * height;
    for (const c of [0, 1, 2]) {
      const channel = data.slice(c * size, (c + 1) * size);
      expect(Math.max(...channel) - Math.min(...channel)).toBeGreaterThan(0.3);
      expect(Math.min(...channel)).toBeGreaterThanOrEqual(0);
      expect(Math.max(...channel)).toBeLessThanOrEqual(1);
    }
  }
  expect(drawStyle()).toMatchObject({ width: TEST_STYLE_SIZE, height: TEST_STYLE_SIZE });
});

it('agree with their own golden, also after differences that processors make', () => {
  const golden = goldenOf('slim', picture);
  expect(golden.means.map(Math.round)).toHaveLength(3);
  expect(compare(picture, golden).most).toBeLessThanOrEqual(0.5);
  expect(compare(picture, golden).mean).toBe(0);
  const noise = compare(
    changed((value, i) => value + ((i % 3) - 1) / 255),
    golden,
  );
  expect(noise.most).toBeGreaterThan(0);
  expect(agrees(noise)).toBe(true);
});

it('do not agree with one wrong block, a shifted channel, or values that are no numbers', () => {
  const golden = goldenOf('slim', picture);
  const { width } = picture;
  const block = (i: number) => i % width < 4 && Math.floor(i / width) < 4;
  const one = compare(
    changed((value, i) => value + (block(i) ? 0.02 : 0)),
    golden,
  );
  expect(one.most).toBeGreaterThan(4);
  expect(one.mean).toBeLessThan(0.1);
  expect(agrees(one)).toBe(false);
  const green = (i: number) => Math.floor(i / (width * picture.height)) === 1;
  const moved = compare(
    changed((value, i) => value - (green(i) ? 1 / 255 : 0)),
    golden,
  );
  expect(moved.most).toBeLessThan(2);
  expect(moved.mean).toBeCloseTo(1, 1);
  expect(agrees(moved)).toBe(false);
  expect(
    agrees(
      compare(
        changed((value, i) => (i === 700 ? Number.NaN : value)),
        golden,
      ),
    ),
  ).toBe(false);
  expect(agrees(compare(picture, { ...golden, blocks: '' }))).toBe(false);
});
