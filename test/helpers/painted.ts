/** Pictures of known strokes: a photograph, a style of strokes, and paintings derived from them. */

import type { RgbImage } from '../../src/images/image.ts';
import { randomSource } from './numbers.ts';

const SIDE = 512;

/** A sky, hills and a few round objects, with soft shades and fine grain. */
export function photograph(seed = 1): RgbImage {
  const random = randomSource(seed);
  const balls = Array.from({ length: 12 }, () => ({
    x: random() * SIDE,
    y: random() * SIDE,
    r: 20 + 60 * random(),
    colour: [random(), random(), random()],
  }));
  return drawn((x, y, c) => {
    const ball = balls.find((b) => Math.hypot(x - b.x, y - b.y) < b.r);
    const hill = y > 300 + 40 * Math.sin(x / 60 + seed);
    const ground = hill ? [0.25, 0.4, 0.2][c] : ([0.55, 0.65, 0.85][c] ?? 0) - y / 1500;
    const light = ball === undefined ? 1 : 1.2 - Math.hypot(x - ball.x + 10, y - ball.y + 10) / ball.r / 1.5;
    const grain = 0.03 * Math.sin(x * 12.9898 + y * 78.233);
    return light * (ball?.colour[c] ?? ground ?? 0) + grain;
  });
}

/** Thousands of short strokes of a few colours, along a flow. */
export function strokesPicture(seed = 2): RgbImage {
  const random = randomSource(seed);
  const colours = Array.from({ length: 6 }, () => [random(), random(), random()]);
  const image = drawn(() => 0.5);
  for (let n = 0; n < 5000; n++) {
    const [x0, y0] = [random() * SIDE, random() * SIDE];
    const angle = Math.sin(x0 / 90) + Math.cos(y0 / 70) + 0.4 * random();
    const colour = colours[Math.floor(random() * colours.length)] ?? [];
    for (let t = -14; t <= 14; t++) {
      for (let w = -3; w <= 3; w++) {
        const x = Math.round(x0 + t * Math.cos(angle) - w * Math.sin(angle));
        const y = Math.round(y0 + t * Math.sin(angle) + w * Math.cos(angle));
        if (x < 0 || y < 0 || x >= SIDE || y >= SIDE) continue;
        for (let c = 0; c < 3; c++) {
          image.data[(c * SIDE + y) * SIDE + x] = unit((colour[c] ?? 0) + 0.04 * w);
        }
      }
    }
  }
  return image;
}

export function mirroredPicture(image: RgbImage): RgbImage {
  const { width, data } = image;
  return { ...image, data: data.map((_, i) => data[i - (i % width) + width - 1 - (i % width)] ?? 0) };
}

/** Adds `by` to every channel at each place, clamped to 0–1. */
export function overlaid(image: RgbImage, by: (x: number, y: number) => number): RgbImage {
  const { width, height, data } = image;
  const added = data.map((v, i) => unit(v + by(i % width, Math.floor(i / width) % height)));
  return { ...image, data: added };
}

function drawn(value: (x: number, y: number, channel: number) => number): RgbImage {
  const data = new Float32Array(3 * SIDE * SIDE);
  for (let i = 0; i < data.length; i++) {
    const pixel = i % (SIDE * SIDE);
    data[i] = unit(value(pixel % SIDE, Math.floor(pixel / SIDE), Math.floor(i / (SIDE * SIDE))));
  }
  return { width: SIDE, height: SIDE, data };
}

function unit(value: number): number {
  return Math.min(1, Math.max(0, value));
}
