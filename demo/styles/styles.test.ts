/** The styles suit training: repeatable, full, rich in colour and strokes, and unlike one another. */
import { existsSync } from 'node:fs';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { styles } from './index.ts';

const SIZE = 192;

interface Picture {
  pixels: Buffer;
  width: number;
  height: number;
  channels: number;
}

const pictures = new Map<string, Picture>();

async function decode(png: Buffer): Promise<Picture> {
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height, channels: info.channels };
}

function pictureOf(id: string): Picture {
  const picture = pictures.get(id);
  if (!picture) throw new Error(`no picture was drawn for ${id}`);
  return picture;
}

/** Share of pixels in each of 4 × 4 × 4 boxes of colour. */
function histogram({ pixels }: Picture): number[] {
  const counts = new Array<number>(64).fill(0);
  for (let index = 0; index < pixels.length; index += 3) {
    const [red = 0, green = 0, blue = 0] = pixels.subarray(index, index + 3);
    const box = (red >> 6) * 16 + (green >> 6) * 4 + (blue >> 6);
    counts[box] = (counts[box] ?? 0) + 3 / pixels.length;
  }
  return counts;
}

/** Mean step in brightness, 0–255, from each pixel to the one on its right. */
function roughness({ pixels }: Picture, width: number): number {
  const brightness = (pixel: number): number =>
    ((pixels[3 * pixel] ?? 0) + (pixels[3 * pixel + 1] ?? 0) + (pixels[3 * pixel + 2] ?? 0)) / 3;
  let sum = 0;
  for (let pixel = 0; pixel < width * width; pixel++) {
    if (pixel % width) sum += Math.abs(brightness(pixel) - brightness(pixel - 1));
  }
  return sum / (width * (width - 1));
}

/** Standard deviation of one channel, 0–255. */
function spread({ pixels }: Picture, channel: number): number {
  const values = pixels.filter((_, index) => index % 3 === channel);
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
}

beforeAll(async () => {
  for (const { id, draw } of styles) pictures.set(id, await decode(await draw(SIZE)));
}, 60_000);

describe('styles', () => {
  it('are twelve, each with a unique id that names its file', () => {
    expect(styles).toHaveLength(12);
    expect(new Set(styles.map(({ id }) => id)).size).toBe(12);
    for (const { id } of styles) expect(existsSync(new URL(`${id}.ts`, import.meta.url)), id).toBe(true);
  });

  it('differ in palette from one another', () => {
    const palettes = styles.map(({ id }) => ({ id, shares: histogram(pictureOf(id)) }));
    for (const [index, one] of palettes.entries()) {
      for (const other of palettes.slice(index + 1)) {
        // Half the sum of differences is the share of pixels that would have to change colour.
        const moved =
          one.shares.reduce((sum, share, box) => sum + Math.abs(share - (other.shares[box] ?? 0)), 0) / 2;
        expect(moved, `${one.id} and ${other.id}`).toBeGreaterThan(0.3);
      }
    }
  });

  describe.each(styles)('$id', ({ id, draw }) => {
    it('draws the same pixels again', { timeout: 20_000 }, async () => {
      const again = await decode(await draw(SIZE));
      expect(again.pixels.equals(pictureOf(id).pixels)).toBe(true);
    });

    it('is opaque and has the requested size', () => {
      const { pixels, width, height, channels } = pictureOf(id);
      expect([width, height, channels, pixels.length]).toEqual([SIZE, SIZE, 3, SIZE * SIZE * 3]);
    });

    it('is rich in colour', () => {
      const picture = pictureOf(id);
      for (const channel of [0, 1, 2]) expect(spread(picture, channel)).toBeGreaterThan(25);
      expect(histogram(picture).filter((share) => share > 0.002).length).toBeGreaterThanOrEqual(12);
    });

    it('is rich in strokes, out to its borders', () => {
      const picture = pictureOf(id);
      expect(roughness(picture, SIZE)).toBeGreaterThan(4);
      for (const row of [0, SIZE - 1]) {
        const border = picture.pixels.subarray(3 * row * SIZE, 3 * (row + 1) * SIZE);
        expect(new Set(border).size, `row ${row}`).toBeGreaterThan(30);
      }
    });
  });
});
