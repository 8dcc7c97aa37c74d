/** Motion of drawn pictures whose motion is known. */

import { describe, expect, it } from 'vitest';
import { cropImage, type RgbImage } from '../images/image.ts';
import { blurred } from '../images/planes.ts';
import { uniform } from '../../test/helpers/numbers.ts';
import { unit } from '../unit.ts';
import { type Motion, motionBetween, motionOf } from './motion.ts';
import { moved } from './moved.ts';

/** Blurred noise of several sizes: structure everywhere. */
function textured(width: number, height: number, seed = 1): RgbImage {
  const size = { width, height };
  const plane = (own: number) => {
    const noise = uniform(own, width * height);
    const [fine, coarse] = [blurred(noise, size, 2), blurred(noise, size, 8)];
    return fine.map((value, i) => Math.min(1, Math.max(0, 0.5 + value + 3 * (coarse[i] ?? 0))));
  };
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) data.set(plane(seed + c), c * width * height);
  return { width, height, data };
}

/** Mean distance in pixels from a known motion, `margin` pixels inside of the picture. */
function distance(motion: Motion, known: (x: number, y: number) => [number, number], margin: number): number {
  let [sum, count] = [0, 0];
  for (let y = margin; y < motion.height - margin; y++) {
    for (let x = margin; x < motion.width - margin; x++) {
      const i = y * motion.width + x;
      const [dx, dy] = known(x, y);
      sum += Math.hypot((motion.x[i] ?? 0) - dx, (motion.y[i] ?? 0) - dy);
      count++;
    }
  }
  return sum / count;
}

/** The motion of a picture by known steps. */
const stepsOf = (width: number, height: number, step: (x: number, y: number) => [number, number]): Motion =>
  motionOf({ width, height }, (x, y) => {
    const [dx, dy] = step(x, y);
    return [x + dx, y + dy];
  });

describe('motionBetween', () => {
  const large = textured(260, 200);
  const still = cropImage(large, { left: 40, top: 40, width: 160, height: 120 });

  it.each([
    [0, 0],
    [3, 1],
    [-12, 7],
    [35, -30],
  ])('finds a pan by %i and %i pixels', (x, y) => {
    const after = cropImage(large, { left: 40 + x, top: 40 + y, width: 160, height: 120 });
    expect(distance(motionBetween(still, after), () => [x, y], 40)).toBeLessThan(0.15);
  });

  it.each([
    ['parts of a pixel', () => [0.4, -1.7]],
    ['a zoom', (x: number, y: number) => [0.03 * (x - 80), 0.03 * (y - 60)]],
    ['a turn', (x: number, y: number) => [0.03 * (y - 60), -0.03 * (x - 80)]],
  ] as [string, (x: number, y: number) => [number, number]][])('finds %s', (_, known) => {
    const after = moved(still, stepsOf(160, 120, known));
    expect(distance(motionBetween(still, after), known, 12)).toBeLessThan(0.25);
  });

  it('moves a plain sky with the camera, whatever crosses it', () => {
    const [width, height] = [320, 240];
    const noise = uniform(7, 3 * width * height);
    const scene = textured(width, height);
    for (let i = 0; i < scene.data.length; i++) {
      const [x, y] = [i % width, Math.floor(i / width) % height];
      // Along its sides a mast does not show how it moves.
      const mast = unit(Math.min((14 - Math.abs(x - 60 - 0.6 * y)) / 4, (y - 60) / 4));
      if (y < 160) scene.data[i] = 0.7 - 0.5 * mast + 0.02 * (noise[i] ?? 0);
    }
    const view = (left: number, top: number) => cropImage(scene, { left, top, width: 240, height: 200 });
    const motion = motionBetween(view(20, 10), view(26, 12));
    let worst = 0;
    for (let y = 20; y < 120; y++) {
      for (let x = 20; x < 220; x++) {
        const i = y * 240 + x;
        worst = Math.max(worst, Math.hypot((motion.x[i] ?? 0) - 6, (motion.y[i] ?? 0) - 2));
      }
    }
    expect(worst).toBeLessThan(3);
  });

  it('leaves what moves by itself its own motion', () => {
    const [ground, thing] = [textured(240, 200, 11), textured(70, 60, 31)];
    const at = (left: number, top: number): RgbImage => {
      const data = ground.data.slice();
      for (let i = 0; i < thing.data.length; i++) {
        const [x, y] = [i % 70, Math.floor(i / 70) % 60];
        const plane = Math.floor(i / 4200) * 240 * 200;
        data[plane + (top + y) * 240 + left + x] = thing.data[i] ?? 0;
      }
      return { width: 240, height: 200, data };
    };
    const motion = motionBetween(at(90, 60), at(85, 63));
    const off = (x: number, y: number, dx: number, dy: number) =>
      Math.hypot((motion.x[y * 240 + x] ?? 0) - dx, (motion.y[y * 240 + x] ?? 0) - dy);
    for (let y = 80; y < 105; y++) for (let x = 100; x < 140; x++) expect(off(x, y, 5, -3)).toBeLessThan(1);
    for (let y = 10; y < 190; y++) for (let x = 190; x < 230; x++) expect(off(x, y, 0, 0)).toBeLessThan(1);
  });

  it('takes a change of light for none', () => {
    const brighter = { ...still, data: still.data.map((value) => 0.95 * value + 0.04) };
    expect(distance(motionBetween(still, brighter), () => [0, 0], 0)).toBeLessThan(0.06);
  });

  it('takes flat pictures for still', () => {
    const flat = { width: 64, height: 40, data: new Float32Array(3 * 64 * 40).fill(0.4) };
    const motion = motionBetween(flat, { ...flat, data: flat.data.map((value) => value + 0.1) });
    expect(Math.max(...motion.x.map(Math.abs), ...motion.y.map(Math.abs))).toBeLessThan(0.01);
  });

  it.each([
    [1, 1],
    [5, 300],
    [40, 3],
  ])('takes pictures of %i × %i pixels', (width, height) => {
    const motion = motionBetween(textured(width, height), textured(width, height, 5));
    expect([motion.width, motion.height]).toEqual([width, height]);
    expect(motion.x.every(Number.isFinite) && motion.y.every(Number.isFinite)).toBe(true);
  });
});

describe('moved', () => {
  it('moves by whole pixels exactly', () => {
    const image = textured(30, 20);
    const made = moved(
      image,
      stepsOf(30, 20, () => [4, -3]),
    );
    const inner = { left: 0, top: 3, width: 26, height: 17 };
    expect(cropImage(made, inner).data).toEqual(cropImage(image, { ...inner, left: 4, top: 0 }).data);
  });

  it('gives waves their values between pixels', () => {
    const [width, height] = [20, 16];
    const at = (x: number, y: number) => (x * x + 2 * y * y) / 1000;
    const plane = Float32Array.from({ length: width * height }, (_, i) =>
      at(i % width, Math.floor(i / width)),
    );
    const image = { width, height, data: Float32Array.from([...plane, ...plane, ...plane]) };
    const made = moved(
      image,
      stepsOf(width, height, () => [0.3, 0.6]),
    );
    for (const [x, y] of [
      [5, 5],
      [10, 9],
    ] as const) {
      expect(made.data[y * width + x]).toBeCloseTo(at(x + 0.3, y + 0.6), 3);
    }
  });
});
