/** Resizing without a library, compared with sharp, which resizes in Node. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { drawnImage } from '../../test/helpers/pictures.ts';
import { toSamples } from './image.ts';
import { readImage, resizeImage } from './node/image-file.ts';
import { resampleImage } from './resample.ts';

/** Waves in every direction, rounded to bytes. */
function picture(width: number, height: number) {
  const image = drawnImage(3, width, height);
  return { ...image, data: image.data.map((value) => Math.round(255 * value) / 255) };
}

const image = picture(301, 203);
const sizes = [
  [200, 150],
  [300, 202],
  [77, 50],
  [30, 20],
  [400, 300],
  [1, 1],
].map(([width = 1, height = 1]) => ({ width, height }));

describe('resampleImage', () => {
  it.each(sizes)('gives the same bytes as sharp from a file at $width×$height', async (size) => {
    const raw = { width: 301, height: 203, channels: 3 } as const;
    const file = await sharp(toSamples(image, 8, 3), { raw })
      .png()
      .toBuffer();
    const made = resampleImage(image, size, { depth: 8 });
    const expected = await readImage(file, { size });
    expect(largest(toSamples(made, 8, 3), toSamples(expected, 8, 3))).toBe(0);
  });

  it.each(sizes)('is as exact as 16 bits at $width×$height', async (size) => {
    const expected = await resizeImage(image, { size });
    const made = resampleImage(image, size);
    expect(largest(made.data, expected.data)).toBeLessThan(1e-4);
  });

  it('weights colours by their alpha', async () => {
    const alpha = Float32Array.from({ length: 301 * 203 }, (_, i) => 0.55 + 0.45 * Math.sin((i % 301) / 9));
    const size = { width: 150, height: 101 };
    const expected = await resizeImage({ ...image, alpha }, { size });
    const made = resampleImage({ ...image, alpha }, size);
    expect(largest(made.alpha ?? [], expected.alpha ?? [])).toBeLessThan(1e-4);
    expect(largest(made.data, expected.data)).toBeLessThan(2e-3);
    // A hardly visible pixel has no influence.
    const [left, right] = [0, 1].map((value) => ({ value, alpha: value === 0 ? 1 : 0 }));
    const two = Float32Array.of(left?.value ?? 0, right?.value ?? 0);
    const pair = { width: 2, height: 1, data: Float32Array.of(...two, ...two, ...two) };
    const one = resampleImage({ ...pair, alpha: Float32Array.of(1, 0) }, { width: 1, height: 1 });
    expect(one.data[0]).toBeCloseTo(0, 6);
    expect(one.alpha?.[0]).toBeCloseTo(0.5, 2);
  });

  it('returns a picture of that size unchanged', () => {
    expect(resampleImage(image, { width: 301, height: 203 })).toBe(image);
  });
});

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let most = 0;
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs((a[i] ?? 0) - (b[i] ?? 0)));
  return most;
}

it('leaves flat pictures flat where it is centred', () => {
  const flat = { width: 320, height: 200, data: new Float32Array(3 * 320 * 200).fill(0.7) };
  for (const size of [
    { width: 256, height: 160 },
    { width: 411, height: 300 },
  ]) {
    const { data } = resampleImage(flat, size, { centred: true });
    expect(data.every((v) => Math.abs(v - 0.7) < 1e-6)).toBe(true);
  }
});
