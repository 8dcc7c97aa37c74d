/**
 * The test picture: a content and a style drawn by code, a model's painting of them, and its
 * distance from the golden.
 */

import type { RgbImage } from '../../images/image.ts';

/** A model's painting of the test picture, recorded when the goldens were written. */
export interface Golden {
  /** Name of the model at that time. */
  readonly model: string;
  /** Means of R, G and B over the whole picture, 0–255. */
  readonly means: readonly number[];
  /** Base64 of bytes, planar `[3, 16, 24]`: means over blocks of 4×4 pixels, rounded. */
  readonly blocks: string;
}

export interface Difference {
  /** The greatest difference of a block's channel, in 1/255. */
  readonly most: number;
  /** The greatest difference of the three channels' means, in 1/255. */
  readonly mean: number;
}

/**
 * ONNX Runtime rounds differently on each kind of processor, which changes a channel of a pixel by some
 * hundredths of 1/255. A fault of a kernel or a model changes it by tens.
 */
export const tolerance: Difference = { most: 2, mean: 0.5 };

const [WIDTH, HEIGHT, BLOCK] = [96, 64, 4] as const;

/** A sun in a sky that pales towards striped fields; 96×64. */
export function drawContent(): RgbImage {
  return draw(WIDTH, HEIGHT, (x, y) => {
    if (Math.hypot(x - 68, y - 18) < 10) return [1, 0.9, 0.5];
    if (y < 40) return [0.3 + y / 80, 0.5 + y / 100, 0.9];
    const shade = (x + 2 * y) % 16 < 8 ? 0.35 : 0.6;
    return [shade, shade + 0.15, 0.2];
  });
}

/** Waves of red, ochre and blue; 96×96. */
export function drawStyle(): RgbImage {
  return draw(96, 96, (x, y) => {
    const wave = (a: number, b: number, phase: number) => 0.5 + 0.5 * Math.sin(a * x + b * y + phase);
    return [wave(0.21, 0.07, 0), 0.8 * wave(0.05, 0.16, 1), wave(-0.09, 0.3, 2) ** 2];
  });
}

/** Side of {@link drawStyle}. */
export const TEST_STYLE_SIZE = 96;

/** The golden of a stylised test picture. */
export function goldenOf(model: string, picture: RgbImage): Golden {
  const blocks = blockMeans(picture);
  const bytes = Uint8Array.from(blocks, Math.round);
  const means = channelMeans(blocks).map(rounded);
  return { model, means, blocks: Buffer.from(bytes).toString('base64') };
}

/** Distance of a stylised test picture from its golden; NaN if the picture has no numbers. */
export function compare(picture: RgbImage, golden: Golden): Difference {
  const [blocks, expected] = [blockMeans(picture), Buffer.from(golden.blocks, 'base64')];
  const greatest = (differences: number[]) => differences.reduce((a, b) => Math.max(a, b), 0);
  const most = greatest(blocks.map((value, i) => Math.abs(value - (expected[i] ?? Number.NaN))));
  const means = channelMeans(blocks);
  const mean = greatest(means.map((mean, c) => Math.abs(mean - (golden.means[c] ?? Number.NaN))));
  return { most: rounded(most), mean: rounded(mean) };
}

/** Whether a difference is small enough to come from the processor. */
export function agrees({ most, mean }: Difference): boolean {
  return most <= tolerance.most && mean <= tolerance.mean;
}

/** Means of clamped values, 0–255, planar. */
function blockMeans({ width, height, data }: RgbImage): number[] {
  const [columns, rows] = [width / BLOCK, height / BLOCK];
  const means = new Array<number>(3 * columns * rows).fill(0);
  for (const [i, value] of data.entries()) {
    const [x, line] = [i % width, Math.floor(i / width)];
    // Heights are whole blocks, so that blocks never reach into the next channel.
    const block = Math.floor(line / BLOCK) * columns + Math.floor(x / BLOCK);
    const clamped = Number.isNaN(value) ? Number.NaN : Math.min(1, Math.max(0, value));
    means[block] = (means[block] ?? 0) + (255 * clamped) / BLOCK ** 2;
  }
  return means;
}

const rounded = (value: number): number => Math.round(1000 * value) / 1000;

function channelMeans(blocks: readonly number[]): number[] {
  const size = blocks.length / 3;
  return [0, 1, 2].map((c) => blocks.slice(c * size, (c + 1) * size).reduce((sum, v) => sum + v, 0) / size);
}

function draw(
  width: number,
  height: number,
  colour: (x: number, y: number) => readonly [number, number, number],
): RgbImage {
  const data = new Float32Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const rgb = colour(i % width, Math.floor(i / width));
    for (const [c, value] of rgb.entries()) data[c * width * height + i] = value;
  }
  return { width, height, data };
}
