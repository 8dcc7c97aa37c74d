import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import type { RgbImage } from '../images/image.ts';
import { lumaPlane } from '../images/planes.ts';
import { resampleImage } from '../images/resample.ts';
import { brokenColour, brokenColourTensor } from './broken-colour.ts';
import { detailMap, detailTensor } from './detail.ts';

const [width, height] = [256, 192];
const pixels = width * height;

/** A slope from blue to orange at the left, stripes at the right. */
function scene(colours = [1, 0.6, 0.2]): RgbImage {
  const data = new Float32Array(3 * pixels);
  for (let i = 0; i < pixels; i++) {
    const [x, y] = [i % width, Math.floor(i / width) / height];
    const light = x < width / 2 ? 0.5 : x % 6 < 3 ? 0.3 : 0.8;
    for (const [c, colour] of colours.entries())
      data[c * pixels + i] = light + 0.3 * (colour - 0.5) * (y - 0.5);
  }
  return { width, height, data };
}

const differenceAt = (a: RgbImage, b: RgbImage, from: number, to: number) => {
  let sum = 0;
  for (let i = 0; i < 3 * pixels; i++) {
    if (i % width >= from && i % width < to) sum += Math.abs((a.data[i] ?? 0) - (b.data[i] ?? 0));
  }
  return sum / (3 * height * (to - from));
};
const broken = (picture: RgbImage, share = 1) => brokenColour(picture, detailMap(picture), share);

it('varies colours in plain ground, leaves detail alone, and is the same each time', () => {
  const picture = scene();
  const painted = broken(picture);
  expect(differenceAt(painted, picture, 0, 100)).toBeGreaterThan(0.01);
  expect(differenceAt(painted, picture, 160, width)).toBe(0);
  expect(broken(picture)).toEqual(painted);
  expect(differenceAt(broken(picture, 0.5), picture, 0, 100)).toBeCloseTo(
    differenceAt(painted, picture, 0, 100) / 2,
    4,
  );
});

it('hardly changes the picture as a whole', () => {
  const mean = ({ data }: RgbImage) => data.reduce((sum, value) => sum + value, 0) / data.length;
  expect(mean(broken(scene()))).toBeCloseTo(mean(scene()), 2);
});

it('keeps a grey picture grey and a plain one as it is', () => {
  const { data } = broken(scene([1, 1, 1]));
  for (const c of [1, 2])
    expectClose(data.subarray(c * pixels, (c + 1) * pixels), data.subarray(0, pixels), 1e-6);
  const plain = { width, height, data: new Float32Array(3 * pixels).fill(0.6) };
  expect(broken(plain).data).toEqual(plain.data);
});

it('gives black no colour', () => {
  const picture = scene();
  for (let i = 0; i < 3 * pixels; i++) if (i % width < 60) picture.data[i] = 0;
  const { data } = broken(picture);
  let lightest = 0;
  for (let i = 0; i < pixels; i++) {
    if (i % width >= 30) continue;
    lightest = Math.max(lightest, data[i] ?? 0);
    expect(data[i + pixels]).toBe(data[i]);
  }
  expect(lightest).toBeGreaterThan(0.01);
});

it.each([
  [600, 399],
  [1000, 666],
  [1536, 1021],
])('has the same touches at %i×%i as at 768×511', (width, height) => {
  const lumaOf = (size: { width: number; height: number }) => {
    const pixels = size.width * size.height;
    const slope = Float32Array.from(
      { length: pixels },
      (_, i) => 0.4 + (0.2 * (i % size.width)) / size.width,
    );
    const image = { ...size, data: new Float32Array(3 * pixels) };
    for (const c of [0, 1, 2]) image.data.set(slope, c * pixels);
    const made = resampleImage(broken(image), { width: 32, height: 21 });
    return lumaPlane(made).map((value, i) => value - 0.4 - (0.2 * ((i % 32) + 0.5)) / 32);
  };
  const [a, b] = [lumaOf({ width, height }), lumaOf({ width: 768, height: 511 })];
  const power = a.reduce((sum, value) => sum + value * value, 0);
  const error = a.reduce((sum, value, i) => sum + (value - (b[i] ?? 0)) ** 2, 0);
  expect(power).toBeGreaterThan(0);
  expect(error).toBeLessThan(0.1 * power);
});

it.each([
  [160, 128],
  [101, 97],
  [40, 9],
])('is made by a graph of %i×%i as of a picture', (width, height) => {
  const picture = { width, height, data: uniform(3, 3 * width * height, 0.2, 0.3) };
  const content = input('content', [1, 3, height, width]);
  const { made } = evaluate(
    { made: brokenColourTensor(content, detailTensor(content)) },
    { content: picture.data },
  );
  expectClose(brokenColour(picture, detailMap(picture)).data, made, 1e-4);
});
