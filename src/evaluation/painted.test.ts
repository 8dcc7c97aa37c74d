import { existsSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { randomSource } from '../../test/helpers/numbers.ts';
import { mirroredPicture, overlaid, photograph, strokesPicture } from '../../test/helpers/painted.ts';
import { input } from '../graph/ops/sources.ts';
import type { RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { vgg19 } from '../networks/vgg19.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import { lossNetwork } from '../networks/loss-network.ts';
import { readLossNetwork } from '../networks/node/loss-network-file.ts';
import { createEye, type Eye, eyeLayers } from './eye.ts';
import { eightBits } from './metrics.ts';
import { paintedAgainst, paintedContent, paintedStyle } from './painted.ts';
import { recoloured, tonesContent } from './tones.ts';

const runtime = createRuntime({ device: 'cpu', threads: 2, spinning: false });
afterAll(() => runtime.dispose());

const [photo, style] = [photograph(), strokesPicture()];
const tinted = eightBits(recoloured(tonesContent(photo), tonesContent(style).palette));

async function measureOf(eye: Eye, content: RgbImage, wanted: RgbImage) {
  return paintedAgainst(eye, await paintedStyle(eye, wanted), paintedContent(content));
}

describe('through a random network that ends at conv3_1', async () => {
  const config = { widths: [6, 8, 10, 0, 0], preprocessing: 'conv0' } as const;
  const weights = randomWeights((p) => vgg19(input('x', [1, 3, 32, 32]), p, config, eyeLayers), 5);
  const eye = await createEye(lossNetwork(weights, 'random'), runtime);
  const measure = await measureOf(eye, photo, style);

  it('gives the photograph no strokes and hardly any new structure', async () => {
    const { strokes, newStructure } = await measure(photo);
    expect(strokes).toBe(0);
    expect(newStructure).toBeLessThan(0.05);
  });

  it('treats a darker photograph as the same photograph', async () => {
    const { strokes, newStructure } = await measure({ ...photo, data: photo.data.map((v) => 0.5 * v) });
    expect(strokes).toBeCloseTo(0, 3);
    expect(newStructure).toBeLessThan(0.05);
  });

  it('gives the mirrored style strokes of 1 and tones of 0', async () => {
    const { strokes, tones } = await measure(mirroredPicture(style));
    expect(strokes).toBeCloseTo(1, 5);
    expect(tones).toBeCloseTo(0, 5);
    expect((await measure(style)).strokes).toBeGreaterThan(1);
  });

  it('gives distances of 0 between a picture and itself, equal in both directions', async () => {
    const grey = (seed: number) => ({
      width: 128,
      height: 128,
      values: Float64Array.from({ length: 128 * 128 }, randomSource(seed)),
    });
    const [a, b] = [await eye.look(grey(1)), await eye.look(grey(2))];
    for (const distance of await eye.distances(a, a)) expect(distance).toBeLessThan(1e-5);
    const [there, back] = [await eye.distances(a, b), await eye.distances(b, a)];
    there.forEach((distance, layer) => {
      expect(distance).toBeCloseTo(back[layer] ?? Number.NaN, 5);
      expect(distance).toBeGreaterThan(1e-3);
    });
    expect(there).toHaveLength(3);
  });

  it('brings pictures of any size to 512²', async () => {
    const small = (image: RgbImage) => resampleImage(image, { width: 256, height: 256 });
    const own = await measureOf(eye, small(photo), small(style));
    expect((await own(small(photo))).strokes).toBe(0);
    expect((await own(mirroredPicture(small(style)))).strokes).toBeCloseTo(1, 1);
  });

  it('leaves out undefined values if the content is the style or flat', async () => {
    expect(await (await measureOf(eye, style, style))(photo)).not.toHaveProperty('strokes');
    const flat = { ...photo, data: photo.data.map(() => 0.5) };
    const found = await (await measureOf(eye, flat, flat))(flat);
    expect(Object.values(found).every(Number.isFinite)).toBe(true);
  });

  it.each([
    [200, 30, 17],
    [128, 128, 128],
    [255, 255, 255],
  ])('leaves out strokes and new structure of a style of one colour, %i %i %i', async (...colour) => {
    const pixels = photo.data.length / 3;
    const plain = { ...photo, data: photo.data.map((_, i) => (colour[Math.floor(i / pixels)] ?? 0) / 255) };
    expect(Object.keys(await (await measureOf(eye, photo, plain))(style))).toEqual(['tones']);
  });
});

const file = '../shared/weights/vgg19-conv3_1.safetensors';
describe.skipIf(!existsSync(file))(`through VGG-19 (skipped where ${file} is missing)`, async () => {
  const eye = existsSync(file) ? await createEye(await readLossNetwork(file), runtime) : undefined;
  const measure = eye && (await measureOf(eye, photo, style));

  it.each<[string, RgbImage, number]>([
    ['recoloured', tinted, 0.04],
    ['under a weave of 4 pixels', weave(tinted), 0.08],
    ['under noise', noise(tinted), 0.08],
  ])('gives the photograph %s no strokes', async (_, picture, limit) => {
    const { strokes, newStructure, tones } = (await measure?.(picture)) ?? {};
    expect(Math.abs(strokes ?? Number.NaN)).toBeLessThan(limit);
    expect(newStructure).toBeLessThan(0.2);
    expect(tones).toBeCloseTo(1, 1);
  });

  it('gives half of the style over the photograph some strokes, but fewer than the style', async () => {
    const half = { ...photo, data: tinted.data.map((v, i) => 0.5 * v + 0.5 * (mirrored[i] ?? 0)) };
    const { strokes = Number.NaN } = (await measure?.(half)) ?? {};
    expect(strokes).toBeGreaterThan(0.2);
    expect(strokes).toBeLessThan(1);
  });
});

const mirrored = mirroredPicture(style).data;

function weave(image: RgbImage): RgbImage {
  const wave = (i: number) => Math.sin((i * Math.PI) / 2 + 0.5);
  return eightBits(overlaid(image, (x, y) => 0.08 * wave(x) * wave(y)));
}

function noise(image: RgbImage): RgbImage {
  const random = randomSource(3);
  return eightBits(overlaid(image, () => 0.1 * (random() - 0.5)));
}
