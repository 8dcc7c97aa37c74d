/**
 * Refining: a picture's own pixels are optimised, coarse to fine, until its features are arranged as the
 * content's and distributed as the style's (Gatys et al. 2016). Methods differ in how they compare.
 */

import type { ImageSize, RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { type Engine, refineLevel, type RefiningStyle } from './level.ts';
import type { RefiningMethodName } from './methods/names.ts';
import type { LossValues } from './step.ts';

export interface RefiningProgress {
  /** Steps done, of all levels together. */
  readonly step: number;
  /** Share of the work that is done, 0–1. */
  readonly done: number;
  readonly losses: LossValues;
  /** The picture as it is now, at its full size. */
  preview(): RgbImage;
}

export interface RefiningPlan {
  /** Number of levels, each of twice the size of the one before; the last has the picture's size. */
  readonly levels: number;
  /** How long: steps at each level, or seconds for all of them. Levels end with a whole step. */
  readonly time: { readonly steps: number } | { readonly seconds: number };
  readonly method: RefiningMethodName;
  /** The same seed and steps give the same picture. */
  readonly seed: number;
  /** Asked before each step: false ends the refinement with the picture as it is. */
  goOn(): Promise<boolean>;
  onStep(progress: RefiningProgress): void;
}

/**
 * Refines `start` towards `content`, of the same size, and towards styles, whose strokes are as large as they
 * will be in the result. Pictures are RGB, 0–1.
 */
export async function refine(
  start: RgbImage,
  content: RgbImage,
  styles: readonly RefiningStyle[],
  { levels, time, method, seed, goOn, onStep }: RefiningPlan,
  engine: Engine,
): Promise<RgbImage> {
  let [current, steps] = [start, 0];
  const learned = new Map<string, Float32Array>();
  for (let level = 0; level < levels; level++) {
    const [from, to] = [shareBefore(level, levels, time), shareBefore(level + 1, levels, time)];
    const by = 2 ** (levels - 1 - level);
    const [size, base] = [reduced(content, by), current];
    const before = resized(base, size);
    // The level's changes are laid over the picture at full size, which keeps the detail that it has.
    const merged = (picture: RgbImage) => (by === 1 ? picture : withChanges(base, before, picture));
    const clock = clockOf(time, to - from);
    const refined = await refineLevel(
      {
        start: before,
        content: resized(content, size),
        styles: styles.map((style) => ({
          ...style,
          picture: resized(style.picture, reduced(style.picture, by)),
        })),
        method,
        learned,
        stream: [seed, level],
        done: clock,
        goOn,
        onStep: (step, losses, preview) =>
          onStep({
            step: steps + step,
            done: from + (to - from) * Math.min(1, clock(step)),
            losses,
            preview: () => inRange(merged(preview())),
          }),
      },
      engine,
    );
    steps += refined.steps;
    current = merged(refined.picture);
    if (refined.isEnded) break;
  }
  return inRange(current);
}

/** Steps may go a little beyond the range of colours. */
function inRange(picture: RgbImage): RgbImage {
  return { ...picture, data: picture.data.map((value) => Math.min(1, Math.max(0, value))) };
}

/** Short side from which on a picture is refined at half its size first. */
const LEAST_HALVED = 192;

/** The usual number of levels for a picture. */
export function levelsOf({ width, height }: ImageSize): number {
  return Math.min(width, height) < LEAST_HALVED ? 1 : 2;
}

/**
 * How much of the work comes before a level. Steps count alike. Of the seconds a level has twice as many as
 * the next: its steps are four times as quick, and bring more of the strokes.
 */
function shareBefore(level: number, levels: number, time: RefiningPlan['time']): number {
  return 'steps' in time ? level / levels : (2 ** levels - 2 ** (levels - level)) / (2 ** levels - 1);
}

/** How much of a level is done after so many steps, 0–1 or more. */
function clockOf(time: RefiningPlan['time'], share: number): (step: number) => number {
  if ('steps' in time) return (step) => step / time.steps;
  const begun = performance.now();
  return () => (performance.now() - begun) / 1000 / (time.seconds * share);
}

function reduced({ width, height }: ImageSize, by: number): ImageSize {
  return { width: Math.max(1, Math.round(width / by)), height: Math.max(1, Math.round(height / by)) };
}

function resized(image: RgbImage, size: ImageSize): RgbImage {
  const isSame = image.width === size.width && image.height === size.height;
  return isSame ? image : resampleImage(image, size);
}

/** `base` with the difference of two smaller pictures, which is negative where it darkens. */
function withChanges(base: RgbImage, before: RgbImage, after: RgbImage): RgbImage {
  const change = { ...before, data: after.data.map((value, i) => value - (before.data[i] ?? 0)) };
  const large = resampleImage(change, base, { centred: true, clamped: false });
  return { ...base, data: base.data.map((value, i) => value + (large.data[i] ?? 0)) };
}
