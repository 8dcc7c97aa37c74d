/** Paint on drawn pans: it stays on things, keeps its contrast, and begins anew at a cut. */

import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { cropImage, type RgbImage } from '../images/image.ts';
import { blurred } from '../images/planes.ts';
import { type PaintedFrame, steady } from './steady.ts';

const [WIDTH, HEIGHT, PAN] = [120, 90, 2];

function noise(width: number, height: number, seed: number, deviation: number, gain: number): RgbImage {
  const size = { width, height };
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) {
    const plane = blurred(uniform(seed + c, width * height), size, deviation);
    data.set(
      plane.map((value) => 0.5 + gain * value),
      c * width * height,
    );
  }
  return { width, height, data };
}

const scene = noise(260, HEIGHT, 1, 3, 2.5);
const frameAt = (i: number) => cropImage(scene, { left: PAN * i, top: 0, width: WIDTH, height: HEIGHT });
/** A painter whose strokes have nothing to do with things: as bad as can be. */
const paintingAt = (i: number) => noise(WIDTH, HEIGHT, 100 + 3 * i, 1, 0.6);

/** Root mean square of what does not move along with the pan. */
function flicker(before: RgbImage, after: RgbImage): number {
  const size = { top: 0, width: WIDTH - PAN, height: HEIGHT };
  const [a, b] = [cropImage(before, { ...size, left: PAN }), cropImage(after, { ...size, left: 0 })];
  return Math.sqrt(a.data.reduce((sum, v, i) => sum + (v - (b.data[i] ?? 0)) ** 2, 0) / a.data.length);
}

function contrast({ data, width, height }: RgbImage): number {
  const plane = data.subarray(0, width * height);
  const ground = blurred(plane, { width, height }, 3);
  return Math.sqrt(plane.reduce((sum, v, i) => sum + (v - (ground[i] ?? 0)) ** 2, 0) / plane.length);
}

describe('steady', () => {
  it('keeps paint on things that move, with its contrast, and paints all of it anew in time', () => {
    let last: PaintedFrame = { frame: frameAt(0), painting: paintingAt(0) };
    let [plain, held] = [0, 0];
    for (let i = 1; i <= 20; i++) {
      const next = { frame: frameAt(i), painting: paintingAt(i) };
      const { painting, isCut } = steady(last, next, i, 0.97);
      expect(isCut).toBe(false);
      plain += flicker(paintingAt(i - 1), next.painting);
      held += flicker(last.painting, painting);
      last = { frame: next.frame, painting };
    }
    expect(held / plain).toBeLessThan(0.3);
    const ratio = contrast(last.painting) / contrast(paintingAt(20));
    expect(ratio).toBeGreaterThan(0.9);
    expect(ratio).toBeLessThan(1.1);
  });

  it('begins anew where another scene begins', () => {
    const next = { frame: noise(WIDTH, HEIGHT, 50, 3, 2.5), painting: paintingAt(1) };
    const { painting, isCut } = steady({ frame: frameAt(0), painting: paintingAt(0) }, next, 1, 0.95);
    expect(isCut).toBe(true);
    expect(painting).toBe(next.painting);
  });

  it('paints each frame for itself without steadiness', () => {
    const next = { frame: frameAt(1), painting: paintingAt(1) };
    expect(steady({ frame: frameAt(0), painting: paintingAt(0) }, next, 1, 0).painting).toBe(next.painting);
  });

  it('is nearly the new painting with little steadiness', () => {
    const next = { frame: frameAt(1), painting: paintingAt(1) };
    const { painting } = steady({ frame: frameAt(0), painting: paintingAt(0) }, next, 1, 0.05);
    const far = painting.data.reduce((sum, v, i) => sum + Math.abs(v - (next.painting.data[i] ?? 0)), 0);
    expect(far / painting.data.length).toBeLessThan(0.01);
  });

  it('takes what comes into sight from the new painting', () => {
    const [before, after] = [
      { frame: frameAt(0), painting: paintingAt(0) },
      { frame: frameAt(10), painting: paintingAt(1) },
    ];
    const { painting } = steady(before, after, 1, 1);
    const right = { left: WIDTH - 8, top: 0, width: 8, height: HEIGHT };
    const [shown, own] = [cropImage(painting, right), cropImage(after.painting, right)];
    const most = shown.data.reduce((far, v, i) => Math.max(far, Math.abs(v - (own.data[i] ?? 0))), 0);
    expect(most).toBeLessThan(0.15);
  });
});
