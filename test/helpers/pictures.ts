/** Pictures drawn by code in temporary folders, and a tiny loss network, for tests of training. */

import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { input } from '../../src/graph/ops/sources.ts';
import type { RgbImage } from '../../src/images/image.ts';
import { writeImage } from '../../src/images/node/image-file.ts';
import { layerNames, vgg19 } from '../../src/networks/vgg19.ts';
import { writeWeights } from '../../src/weights/node/weights-file.ts';
import { randomWeights } from './networks.ts';
import { randomSource } from './numbers.ts';

export async function temporaryFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'wasserfarbe-test-'));
}

/** Coloured waves, different for each seed. */
export function drawnImage(seed: number, width: number, height: number): RgbImage {
  const random = randomSource(seed);
  const wave = Array.from({ length: 9 }, random);
  const data = new Float32Array(3 * width * height);
  for (let i = 0; i < data.length; i++) {
    const c = Math.floor(i / (width * height));
    const [x, y] = [i % width, Math.floor(i / width) % height];
    const [a = 0, b = 0, phase = 0] = wave.slice(3 * c, 3 * c + 3);
    data[i] = 0.5 + 0.5 * Math.sin(x * a + y * b + 7 * phase);
  }
  return { width, height, data };
}

/** Writes `count` drawn pictures `NAME-00.png`, … into `folder`. */
export async function writePictures(
  folder: string,
  name: string,
  count: number,
  { width = 48, height = 40, seed = 1 } = {},
): Promise<string[]> {
  await mkdir(folder, { recursive: true });
  const names = Array.from({ length: count }, (_, i) => `${name}-${String(i).padStart(2, '0')}.png`);
  for (const [i, file] of names.entries()) {
    await writeImage(drawnImage(seed + i, width, height), join(folder, file));
  }
  return names;
}

/** A random VGG-19 of 4-4-8-8-8 channels with conv0, as a weights file. */
export async function writeTinyLossNetwork(path: string): Promise<void> {
  const x = input('x', [1, 3, 32, 32]);
  const config = { widths: [4, 4, 8, 8, 8], preprocessing: 'conv0' } as const;
  await writeWeights(
    path,
    randomWeights((p) => vgg19(x, p, config, layerNames), 7),
  );
}

/** Formats in which sharp can write test pictures, by sharp's names. */
export const sharpFormats = ['jpeg', 'png', 'webp', 'avif', 'tiff', 'gif'] as const;

/** One of {@link sharpFormats}. */
export type SharpFormat = (typeof sharpFormats)[number];

/** A sharp pipeline of interleaved samples, in sRGB or, for 16 bits, in sRGB of 16 bits. */
export function sharpOf(samples: Uint8Array | Uint16Array, width: number, height: number): Sharp {
  const channels = samples.length / (width * height);
  if (channels !== 1 && channels !== 2 && channels !== 3 && channels !== 4) throw new Error(`${channels}`);
  const picture = sharp(samples, { raw: { width, height, channels } });
  return samples instanceof Uint16Array ? picture.toColourspace(channels < 3 ? 'grey16' : 'rgb16') : picture;
}

/** Encodes with the least loss that the format allows. */
export async function encodedAs(picture: Sharp, format: SharpFormat): Promise<Buffer> {
  const encoders: Record<SharpFormat, () => Sharp> = {
    jpeg: () => picture.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }),
    png: () => picture.png(),
    webp: () => picture.webp({ lossless: true, exact: true }),
    avif: () => picture.avif({ lossless: true, chromaSubsampling: '4:4:4' }),
    tiff: () => picture.tiff({ compression: 'deflate' }),
    gif: () => picture.gif({ dither: 0 }),
  };
  return encoders[format]().toBuffer();
}

/** Four quarters, red and green above blue and white, as interleaved bytes. */
export function quarters(width: number, height: number): Uint8Array {
  const colours = [
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
  ];
  const bytes = new Uint8Array(3 * width * height);
  for (let i = 0; i < width * height; i++) {
    const [right, low] = [2 * (i % width) >= width, 2 * Math.floor(i / width) >= height];
    bytes.set(colours[(low ? 2 : 0) + (right ? 1 : 0)] ?? [], 3 * i);
  }
  return bytes;
}
