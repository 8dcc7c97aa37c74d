/** Sizes at which a picture is painted. They follow its size to the eye, not its number of pixels. */

import { DRAFTING_SIZE } from './defaults.ts';
import { type ImageSize, outputSize } from '../images/image.ts';
import { DRAFT_SHARE } from '../networks/draft.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import { type PaintingChoices, paintingChoices } from './options.ts';

/** Sizes and repetitions of a painting. */
export interface Levels {
  /** Size of the largest painting, in pixels. */
  readonly size: ImageSize;
  /** How often a draft is enlarged to twice its size and painted again. */
  readonly revisions: number;
  /** Share of the draft in its revision, 0–1. */
  readonly share: number;
}

export type LevelOptions = Pick<PaintingChoices, 'strokeSize' | 'finestSize'>;

/** Stroke sizes from which on nothing is left of the draft, and all of it. */
const [NONE, ALL] = [0.5, 1.5];

/**
 * A picture that differs from its painting by less than this factor is painted at its
 * own size, which is sharper.
 */
export const NEARLY = 2 ** 0.25;

/**
 * Longest aspect ratio whose short side has the full size. Longer pictures get a smaller short side, so that
 * a banner is not painted as a wall.
 */
const LONGEST = 8;

/** Levels of a picture. Models without drafts paint once, and never larger than the picture is. */
export function levelsOf(
  picture: ImageSize,
  { drafts }: Pick<GeneratorConfig, 'drafts'>,
  {
    strokeSize = paintingChoices.strokeSize.default,
    finestSize = paintingChoices.finestSize.default,
  }: LevelOptions = {},
): Levels {
  const own = Math.min(picture.width, picture.height);
  if (!drafts) {
    const short = Math.min(own, Math.max(1, Math.round(finestSize / strokeSize)));
    return { size: sizeOf(picture, short), revisions: 0, share: 0 };
  }
  const scale = strokeScale(strokeSize);
  // A picture smaller than its draft would be is drafted at its own size.
  const draft = Math.max(1, Math.min(Math.round(DRAFTING_SIZE * scale), own));
  const finest = Math.max(1, Math.round(finestSize * scale));
  if (finestSize <= DRAFTING_SIZE || finest <= draft) {
    return { size: sizeOf(picture, Math.min(finest, draft)), revisions: 0, share: 0 };
  }
  let [short, revisions] = [Math.min(2 * draft, finest), 1];
  for (; 2 * short <= Math.min(finest, own); revisions++) short *= 2;
  return { size: sizeOf(picture, short), revisions, share: shareOf(strokeSize) };
}

/** How much larger than usual a picture is painted, so that its strokes come out fine or broad as wanted. */
export function strokeScale(strokeSize: number = paintingChoices.strokeSize.default): number {
  return strokeSize < NONE ? NONE / strokeSize : strokeSize > ALL ? ALL / strokeSize : 1;
}

/** The largest finest size up to `wanted` that fits; `wanted` itself if none does. */
export function fittingSize(wanted: number, fits: (finestSize: number) => boolean): number {
  if (fits(wanted)) return wanted;
  let [low, high] = [0, wanted];
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low === 0 ? wanted : low;
}

/** The least that broad strokes leave of the shallow features’ usual share. With none faces dissolve. */
const LEAST_SHALLOW = 0.25;

/**
 * How much of the content's contrasts the shallow shortcuts carry under a share of the draft, as a multiple
 * of what they usually do. As in training, a revision that takes more of the draft takes less of the
 * photograph.
 */
export function shallowFactor(
  share: number,
  { shallowShare }: Pick<GeneratorConfig, 'shallowShare'>,
): number {
  return shallowShare < 1 ? Math.max(LEAST_SHALLOW, (1 - share) / (1 - DRAFT_SHARE)) : 1;
}

function sizeOf(picture: ImageSize, short: number): ImageSize {
  const own = Math.min(picture.width, picture.height);
  const isLong = Math.max(picture.width, picture.height) > LONGEST * own;
  if (!isLong && short < own * NEARLY && own < short * NEARLY) {
    return { width: picture.width, height: picture.height };
  }
  return outputSize(picture, { shortSide: short, pixelLimit: LONGEST * short * short });
}

function shareOf(strokeSize: number): number {
  if (strokeSize <= NONE) return 0;
  if (strokeSize <= 1) return (DRAFT_SHARE * (strokeSize - NONE)) / (1 - NONE);
  return Math.min(1, DRAFT_SHARE + ((1 - DRAFT_SHARE) * (strokeSize - 1)) / (ALL - 1));
}
