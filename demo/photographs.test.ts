/** The photographs exist in their packages, are large enough, and have colours. */

import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { type Photograph, photographBytes, photographs, readPhotograph } from './photographs.ts';

describe.each(photographs)('%s', (label) => {
  it('is large enough to be painted at 512 pixels', async () => {
    const { width = 0, height = 0 } = await sharp(await photographBytes(label)).metadata();
    expect(Math.min(width, height)).toBeGreaterThanOrEqual(720);
    const { image } = await readPhotograph(label, 64);
    expect(Math.min(image.width, image.height)).toBe(64);
  });
});

it('most have warm and cool colours, unlike sepia', async () => {
  const sharesOf = async (label: Photograph) => {
    const { data, width, height } = (await readPhotograph(label, 64)).image;
    const n = width * height;
    const warmth = data.subarray(0, n).map((red, i) => red - (data[2 * n + i] ?? 0));
    return Math.min(...[1, -1].map((sign) => warmth.filter((w) => sign * w > 0.05).length / n));
  };
  const shares = await Promise.all(photographs.map(sharesOf));
  expect(shares.filter((share) => share > 0.02).length).toBeGreaterThanOrEqual(6);
});
