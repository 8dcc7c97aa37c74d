/** Pictures drawn by code in temporary folders, and a tiny loss network: what a training needs. */

import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { input } from '../../src/graph/ops/sources.ts';
import type { RgbImage } from '../../src/images/image.ts';
import { writeImage } from '../../src/images/node.ts';
import { layerNames, vgg19 } from '../../src/networks/vgg19.ts';
import { writeWeights } from '../../src/weights/node.ts';
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
