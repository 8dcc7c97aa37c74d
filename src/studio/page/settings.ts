/** A person's choices: everything that undo covers. */

import type { Box, Turns } from './crop-shape.ts';

export const modelNames = ['slim', 'sanet-slim', 'adain-slim'] as const;
export type ModelName = (typeof modelNames)[number];

export const colourChoices = ['style', 'luma', 'coral'] as const;
export type ColourChoice = (typeof colourChoices)[number];

export const MOST_STYLES = 3;

/** Breadth of strokes on the picture, whatever its size; 1 is usual. */
export const strokeSizes = { least: 0.25, most: 4 } as const;

/**
 * Short side in pixels up to which one pass paints a picture. Models that make drafts then paint only the
 * draft.
 */
export const ONE_PASS = 256;

/** A soft mask over the whole picture: row-major, 0–255. Never changed, always replaced. */
export interface MaskPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** An ImageData, for modules that know no DOM. */
interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray<ArrayBuffer>;
  readonly colorSpace: 'srgb' | 'display-p3';
}

/** A moment of a refinement. Never changed. */
export interface Moment {
  /** All that its painting depends on: for other settings it means nothing. */
  readonly look: readonly unknown[];
  /** The picture at the size of its painting. */
  readonly picture: Pixels;
}

/** A photograph turned, then cropped. Never changed. */
export interface Crop {
  /** The original file: for other photographs it means nothing. */
  readonly of: Blob;
  readonly turns: Turns;
  /** Part of the turned picture. */
  readonly box: Box;
}

/** Everything that undo covers. */
export interface Settings {
  /** Ids of one to three different paintings. */
  readonly styles: readonly string[];
  /** Weights of the styles, sum 1. */
  readonly weights: readonly number[];
  /** Masks of the styles; a style without one shows everywhere. */
  readonly masks: readonly (MaskPlane | undefined)[];
  /** 0–1. */
  readonly strength: number;
  /** Within {@link strokeSizes}. */
  readonly strokeSize: number;
  /** How much finer strokes become where the photograph has detail, 0–1. */
  readonly followDetail: number;
  /** How much colours vary in plain ground, 0–1. Frames of clips and cameras have none of it. */
  readonly brokenColour: number;
  readonly colours: ColourChoice;
  readonly model: ModelName;
  /** Whether all models are shown next to each other. */
  readonly isCompared: boolean;
  /** The moment of a refinement that is shown, if it is one of this painting. */
  readonly moment: Moment | undefined;
  readonly crop: Crop | undefined;
}

/** The painting with which the page begins. It is encoded ahead, so that the first picture comes soon. */
export const FIRST_STYLE = 'impasto';

export const firstSettings: Settings = {
  styles: [FIRST_STYLE],
  weights: [1],
  masks: [undefined],
  strength: 1,
  strokeSize: 1,
  followDetail: 1,
  brokenColour: 1,
  colours: 'style',
  model: 'slim',
  isCompared: false,
  moment: undefined,
  crop: undefined,
};

/** Settings that an earlier version kept, with what it did not know yet. */
export function completed(kept: Partial<Settings>): Settings {
  return { ...firstSettings, ...kept };
}
