/**
 * Motion between two frames of a clip: for every place of the later one, where it was in the earlier one.
 * Lucas & Kanade 1981 in a pyramid (Bouguet 2001), begun with the shift of the whole picture.
 */

import type { ImageSize, RgbImage } from '../images/image.ts';
import { blurred, lumaPlane } from '../images/planes.ts';
import { resampleImage } from '../images/resample.ts';
import { unit } from '../unit.ts';
import { cameraMotion } from './camera.ts';

/**
 * Where places of a frame were in the frame before: `x[i]`, `y[i]` are added to the place of pixel `i`, in
 * pixels, to the right and downwards.
 */
export interface Motion extends ImageSize {
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** The motion of a picture whose places are known: `place` says where each was before. */
export function motionOf(
  { width, height }: ImageSize,
  place: (x: number, y: number) => readonly [number, number],
): Motion {
  const motion = still({ width, height });
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = place(x, y);
      motion.x[i] = u - x;
      motion.y[i] = v - y;
    }
  }
  return motion;
}

/** Whether what pixel `i` shows was in the picture before. */
export function wasSeen({ width, height, x, y }: Motion, i: number): boolean {
  const [u, v] = [(i % width) + (x[i] ?? 0), Math.floor(i / width) + (y[i] ?? 0)];
  return u >= 0 && v >= 0 && u <= width - 1 && v <= height - 1;
}

/** One channel, 0–1. */
interface Plane extends ImageSize {
  readonly data: Float32Array;
}

/** Longer side at which motion is looked for: it is smooth, and smaller pictures are searched faster. */
const LONG_SIDE = 320;
/** Shorter side of the smallest picture in the pyramid. */
const SMALLEST = 12;
const ITERATIONS = 3;
/** Standard deviation in pixels of the window whose pixels move alike. */
const WINDOW = 2;
/** Standard deviation in pixels of what counts as light rather than as a thing. */
const GROUND = 12;
/** Standard deviation in pixels over which motion spreads to places that show none. */
const SPREAD = 3;
/** Contrast, as a variance of slopes, below which a window keeps the motion of its surroundings. */
const LEAST_CONTRAST = 2e-4;
/**
 * Trust, above that of plain ground, at which a place follows its surroundings and the camera alike. Plain
 * ground alone would follow what moves at its border.
 */
const PULL = 5e-6;
/** Share of the smallest picture's sides by which the whole picture may have shifted. */
const FARTHEST = 0.4;

/** The motion from `before` to `after`, pictures of one size, at their full size. */
export function motionBetween(before: RgbImage, after: RgbImage): Motion {
  const [earlier, later] = [pyramid(structureOf(before)), pyramid(structureOf(after))];
  let motion: Motion | undefined;
  for (let level = earlier.length - 1; level >= 0; level--) {
    const [from, to] = [earlier[level], later[level]];
    if (from === undefined || to === undefined) continue;
    motion = motion === undefined ? wholeShift(from, to) : enlarged(motion, to);
    for (let i = 0; i < ITERATIONS; i++) motion = improved(motion, from, to);
  }
  return withoutTremor(enlarged(motion ?? still(after), after));
}

/** What stands still does so: less motion than this is the frames' noise, in pixels. */
const [TREMOR, SURE] = [0.05, 0.15];

function withoutTremor(motion: Motion): Motion {
  for (let i = 0; i < motion.x.length; i++) {
    const length = Math.hypot(motion.x[i] ?? 0, motion.y[i] ?? 0);
    const kept = unit((length - TREMOR) / (SURE - TREMOR));
    motion.x[i] = kept * (motion.x[i] ?? 0);
    motion.y[i] = kept * (motion.y[i] ?? 0);
  }
  return motion;
}

function still({ width, height }: ImageSize): Motion {
  return { width, height, x: new Float32Array(width * height), y: new Float32Array(width * height) };
}

/** Luma, smaller, without its ground: a change of light is no motion. */
function structureOf(image: RgbImage): Plane {
  const { width, height } = image;
  const by = Math.min(1, LONG_SIDE / Math.max(width, height));
  const size = { width: Math.max(1, Math.round(by * width)), height: Math.max(1, Math.round(by * height)) };
  const luma = lumaPlane(resampleImage(image, size, { centred: true }));
  const ground = blurred(luma, size, GROUND);
  return { ...size, data: luma.map((value, i) => value - (ground[i] ?? 0)) };
}

/** A plane at halved sizes, the largest first. */
function pyramid(first: Plane): Plane[] {
  let plane = first;
  const planes = [plane];
  while (Math.min(plane.width, plane.height) >= 2 * SMALLEST) {
    plane = halved(plane);
    planes.push(plane);
  }
  return planes;
}

/** Means of four pixels each; an odd last row or column is left out. */
function halved({ width, height, data }: Plane): Plane {
  const [w, h] = [width >> 1, height >> 1];
  const half = new Float32Array(w * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const i = 2 * y * width + 2 * x;
      const sum = (data[i] ?? 0) + (data[i + 1] ?? 0) + (data[i + width] ?? 0) + (data[i + width + 1] ?? 0);
      half[y * w + x] = sum / 4;
    }
  }
  return { width: w, height: h, data: half };
}

/** The shift of the whole picture, by whole pixels, that leaves the least difference where both overlap. */
function wholeShift(from: Plane, to: Plane): Motion {
  const { width, height } = to;
  const [farX, farY] = [Math.floor(FARTHEST * width), Math.floor(FARTHEST * height)];
  let best = { x: 0, y: 0, difference: Number.POSITIVE_INFINITY };
  for (let y = -farY; y <= farY; y++) {
    for (let x = -farX; x <= farX; x++) {
      let [sum, count] = [0, 0];
      for (let row = Math.max(0, -y); row < Math.min(height, height - y); row++) {
        for (let column = Math.max(0, -x); column < Math.min(width, width - x); column++) {
          sum += Math.abs(
            (from.data[(row + y) * width + column + x] ?? 0) - (to.data[row * width + column] ?? 0),
          );
          count++;
        }
      }
      // A longer shift must be clearly better: flat pictures stay where they are.
      const difference = sum / count + 1e-4 * Math.hypot(x, y);
      if (difference < best.difference) best = { x, y, difference };
    }
  }
  const motion = still(to);
  motion.x.fill(best.x);
  motion.y.fill(best.y);
  return motion;
}

/** The same motion for a picture of another size. */
function enlarged({ width, height, x, y }: Motion, to: ImageSize): Motion {
  if (width === to.width && height === to.height) return { width, height, x: x.slice(), y: y.slice() };
  const [byX, byY] = [to.width / width, to.height / height];
  const motion = still(to);
  for (let row = 0, i = 0; row < to.height; row++) {
    const v = (row + 0.5) / byY - 0.5;
    for (let column = 0; column < to.width; column++, i++) {
      const u = (column + 0.5) / byX - 0.5;
      motion.x[i] = byX * between(x, width, height, u, v);
      motion.y[i] = byY * between(y, width, height, u, v);
    }
  }
  return motion;
}

/** The value at a place between pixels; places outside have the value of the border. */
function between(plane: Float32Array, width: number, height: number, u: number, v: number): number {
  const x = Math.min(width - 1, Math.max(0, u));
  const y = Math.min(height - 1, Math.max(0, v));
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const right = Math.min(width - 1, left + 1);
  const [above, below] = [top * width, Math.min(height - 1, top + 1) * width];
  const [s, t] = [x - left, y - top];
  const upper = (plane[above + left] ?? 0) * (1 - s) + (plane[above + right] ?? 0) * s;
  const lower = (plane[below + left] ?? 0) * (1 - s) + (plane[below + right] ?? 0) * s;
  return upper * (1 - t) + lower * t;
}

/** One step of Lucas and Kanade's for every pixel. */
function improved(motion: Motion, from: Plane, to: Plane): Motion {
  const { width, height } = to;
  const pixels = width * height;
  const warped = new Float32Array(pixels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      warped[i] = between(from.data, width, height, x + (motion.x[i] ?? 0), y + (motion.y[i] ?? 0));
    }
  }
  const products = Array.from({ length: 5 }, () => new Float32Array(pixels));
  const mean = warped.map((value, i) => (value + (to.data[i] ?? 0)) / 2);
  for (let y = 0, i = 0; y < height; y++) {
    const [up, down] = [y > 0 ? width : 0, y < height - 1 ? width : 0];
    for (let x = 0; x < width; x++, i++) {
      const [left, right] = [x > 0 ? 1 : 0, x < width - 1 ? 1 : 0];
      const dx = ((mean[i + right] ?? 0) - (mean[i - left] ?? 0)) / (left + right || 1);
      const dy = ((mean[i + down] ?? 0) - (mean[i - up] ?? 0)) / ((up + down) / width || 1);
      const dt = (warped[i] ?? 0) - (to.data[i] ?? 0);
      for (const [k, value] of [dx * dx, dx * dy, dy * dy, dx * dt, dy * dt].entries()) {
        (products[k] as Float32Array)[i] = value;
      }
    }
  }
  const [xx = [], xy = [], yy = [], xt = [], yt = []] = products.map((plane) => blurred(plane, to, WINDOW));
  const next = still(to);
  const trust = new Float32Array(pixels);
  for (let i = 0; i < pixels; i++) {
    const [a, b, d] = [(xx[i] ?? 0) + LEAST_CONTRAST, xy[i] ?? 0, (yy[i] ?? 0) + LEAST_CONTRAST];
    const determinant = a * d - b * b;
    const [p, q] = [xt[i] ?? 0, yt[i] ?? 0];
    // Corners show where they go, edges only half of it, and flat ground follows what is around it.
    trust[i] = determinant / (a + d);
    next.x[i] = (trust[i] ?? 0) * ((motion.x[i] ?? 0) - atMostOne((d * p - b * q) / determinant));
    next.y[i] = (trust[i] ?? 0) * ((motion.y[i] ?? 0) - atMostOne((a * q - b * p) / determinant));
  }
  const sum = blurred(trust, to, SPREAD);
  const spread = (plane: Float32Array) => blurred(plane, to, SPREAD).map((value, i) => value / (sum[i] ?? 1));
  const found = { ...next, x: spread(next.x), y: spread(next.y) };
  // What was not in the picture before says nothing.
  const known = sum.map((value, i) => (wasSeen(found, i) ? Math.max(0, value - LEAST_CONTRAST / 2) : 0));
  const camera = cameraMotion(found, known);
  for (let i = 0; i < pixels; i++) {
    const share = PULL ** 2 / (PULL ** 2 + (known[i] ?? 0) ** 2);
    found.x[i] = (found.x[i] ?? 0) + share * ((camera.x[i] ?? 0) - (found.x[i] ?? 0));
    found.y[i] = (found.y[i] ?? 0) + share * ((camera.y[i] ?? 0) - (found.y[i] ?? 0));
  }
  return found;
}

function atMostOne(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
