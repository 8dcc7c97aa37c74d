/**
 * Flicker: what of a painted clip does not move along with its things. Clips are drawn from one photograph,
 * so that their motion is known exactly, and no estimate of motion is judged along.
 */

import { cropImage, type RgbImage } from '../images/image.ts';
import { standardNormal, stream } from '../random.ts';
import { unit } from '../unit.ts';
import { type Motion, motionOf, wasSeen } from '../video/motion.ts';
import { moved } from '../video/moved.ts';

/** The place of the photograph for each of a frame: magnified about the middle, then shifted, in pixels. */
interface Camera {
  readonly zoom: number;
  readonly x: number;
  readonly y: number;
}

interface Scene {
  camera(i: number): Camera;
  /** Deviation of noise that is new in each frame, 0–1. */
  readonly noise?: number;
  /** Factor of light from one frame to the next. */
  readonly light?: number;
}

const still = { zoom: 1, x: 0, y: 0 };

/** The drawn clips, by name. */
const scenes = {
  pan: { camera: (i) => ({ ...still, x: 3 * i, y: i }) },
  drift: { camera: (i) => ({ ...still, x: 0.7 * i, y: 0.4 * i }) },
  zoom: { camera: (i) => ({ ...still, zoom: 0.99 ** i }) },
  noise: { camera: () => still, noise: 2 / 255 },
  light: { camera: () => still, light: 1.02 },
} as const satisfies Readonly<Record<string, Scene>>;
export type SceneName = keyof typeof scenes;
export const sceneNames = Object.keys(scenes) as SceneName[];

/** Frames of a drawn clip, and how each has moved since the one before. */
export interface DrawnClip {
  readonly frames: readonly RgbImage[];
  /** One for each frame but the first. */
  readonly motions: readonly Motion[];
}

/**
 * Draws a clip from a photograph.
 *
 * @param margin pixels of the photograph around the first frame, for the camera to move in
 */
export function drawClip(photograph: RgbImage, scene: SceneName, count: number, margin: number): DrawnClip {
  const { camera, noise = 0, light = 1 }: Scene = scenes[scene];
  const size = { width: photograph.width - 2 * margin, height: photograph.height - 2 * margin };
  const random = stream(1, 'flicker', scene);
  const frames = Array.from({ length: count }, (_, i) => {
    const own = camera(i);
    const view = motionOf(photograph, (x, y) => placeOf(own, x, y, photograph));
    const frame = cropImage(moved(photograph, view), { left: margin, top: margin, ...size });
    const data = frame.data.map((value) =>
      unit(value * light ** i + (noise === 0 ? 0 : noise * standardNormal(random))),
    );
    return { ...size, data };
  });
  const motions = Array.from({ length: count - 1 }, (_, i) => {
    const [before, after] = [camera(i), camera(i + 1)];
    return motionOf(size, (x, y) => {
      const [u, v] = placeOf(after, x, y, size);
      // The place in the frame before that shows the same place of the photograph.
      const [cx, cy] = [(size.width - 1) / 2, (size.height - 1) / 2];
      return [(u - before.x - cx) / before.zoom + cx, (v - before.y - cy) / before.zoom + cy];
    });
  });
  return { frames, motions };
}

function placeOf(
  { zoom, x: shiftX, y: shiftY }: Camera,
  x: number,
  y: number,
  { width, height }: { width: number; height: number },
): [number, number] {
  const [cx, cy] = [(width - 1) / 2, (height - 1) / 2];
  return [cx + zoom * (x - cx) + shiftX, cy + zoom * (y - cy) + shiftY];
}

/**
 * Root mean square, 0–1, of the difference between each painting and the one before, moved along, where both
 * show the same.
 *
 * @param paintings of the frames of {@link DrawnClip}, in their order
 */
export function flicker(paintings: readonly RgbImage[], motions: readonly Motion[]): number {
  let [sum, count] = [0, 0];
  for (const [i, motion] of motions.entries()) {
    const [before, after] = [paintings[i], paintings[i + 1]];
    if (before === undefined || after === undefined) continue;
    const carried = moved(before, motion);
    const pixels = after.width * after.height;
    for (let p = 0; p < pixels; p++) {
      if (!wasSeen(motion, p)) continue;
      for (let c = p; c < 3 * pixels; c += pixels)
        sum += ((carried.data[c] ?? 0) - (after.data[c] ?? 0)) ** 2;
      count += 3;
    }
  }
  return Math.sqrt(sum / count);
}
