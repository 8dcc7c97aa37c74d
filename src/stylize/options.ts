/**
 * The options of calls. Each stands here once with its default, unit, check and words, for
 * Node, browsers and flags.
 */

import { type RefiningMethodName, refiningMethodNames } from '../refining/methods/names.ts';
import type { RefiningProgress } from '../refining/refine.ts';
import { FINEST_SIZE, REFINING_STEPS, STYLE_SIZE } from './defaults.ts';
import { type ColourPreservation, colourPreservations } from './colours.ts';
import type { Mask } from './masks.ts';
import type { OptionTable } from './option-kinds.ts';

/** Options that are numbers and say how a painting looks. */
export interface PaintingChoices {
  /**
   * Strength of the painting, 0–1, default 1. The result is content + strength · (stylised − content),
   * in sRGB values of each pixel: 0 is exactly the input, 1 exactly the painting, and every pixel
   * moves straight between them.
   */
  readonly strength?: number;
  /**
   * Breadth of strokes on the picture, whatever its size: 0.25–4, default 1. Up to 0.5 nothing is left of the
   * draft; from 1.5 on all of it is. Beyond these the painting is larger or smaller.
   */
  readonly strokeSize?: number;
  /**
   * How much finer strokes are where the picture has detail, 0–1, default 1. Faces and thin things stay;
   * plain ground is painted broadly. It has an effect only in models that make drafts.
   */
  readonly followDetail?: number;
  /**
   * How much colours vary in plain ground, as painters break them: 0–1, default 1; 0 leaves skies and walls
   * in one tone. It has an effect only in models that make drafts.
   */
  readonly brokenColour?: number;
  /** Share of the picture's detail beyond its painting that is laid over it, 0–1, default 0.2. */
  readonly detail?: number;
  /**
   * Short side in pixels of the largest painting, default 512. It sets how small the smallest strokes are. In
   * a larger picture the rest comes from its own detail and the brush. Twice the size takes four times as
   * long. Up to 256 only the draft is painted.
   */
  readonly finestSize?: number;
}

/**
 * `read`: the picture is decoded; `compile`: its size was not used lately; `run`: the network runs; `refine`:
 * a step of refining has been made; `done`.
 */
export type StylizePhase = 'read' | 'compile' | 'run' | 'refine' | 'done';

/** Progress of a call. */
export interface StylizeProgress {
  readonly phase: StylizePhase;
  /**
   * In phase `run` of a large picture: how many of its parts are done, and how many there are. Each pass over
   * the picture counts its parts.
   */
  readonly tiles?: { readonly done: number; readonly total: number };
  /** In phase `refine`: how far it is, and the picture at its present state and the size of its painting. */
  readonly refining?: RefiningProgress;
}

/** Options of a call that paints. */
export interface StylizeOptions extends PaintingChoices {
  /**
   * Short side in pixels to which the content is brought first; also that of the result.
   * Default: the content's own.
   */
  readonly contentSize?: number;
  /** For styles that are prepared just for this call: as {@link PrepareStyleOptions.size}. */
  readonly styleSize?: number;
  /**
   * Keeps the colours of the content. `luma`: only the painting's light and shade are used. `coral`: the
   * style pictures take the content's mean colour and covariance first, so styles must be pictures. Default:
   * the colours of the style.
   */
  readonly preserveColor?: ColourPreservation;
  /**
   * The strength at every place, multiplied with `strength`: a map of any size, laid over the whole picture.
   */
  readonly strengthMap?: Mask;
  /**
   * `auto`, the default, paints in tiles if the picture is too large for one piece. A number is the longest
   * side of a tile in pixels, with its halo of up to 96 pixels a side. The result is the same to within
   * 1/255. A model that makes drafts paints in one piece up to a short side of about 1,024.
   */
  readonly tile?: 'auto' | number;
  /**
   * Bytes that painting may take beside the picture and the result. Default: the free memory of the
   * machine; in browsers 1.5 GB.
   */
  readonly maxMemory?: number;
  /**
   * Aborting rejects with the signal's reason, between two steps or tiles. A running
   * network is not interrupted.
   */
  readonly signal?: AbortSignal;
  /**
   * Called in each phase, and for each tile. In Node, what it throws, or rejects with if it is async, ends
   * the call.
   */
  onProgress?(progress: StylizeProgress): void;
}

/**
 * Options of a call that paints pixels: its pictures already have their sizes, and its styles their colours.
 */
export type PixelOptions = Omit<StylizeOptions, 'contentSize' | 'styleSize'>;

/** Options of a call that refines. */
export interface RefineOptions extends StylizeOptions {
  /**
   * How the painting is compared with its styles: `sliced`, the default, along random directions; `gatys` by
   * Gram matrices; `li-…` by means, by a Gaussian kernel, or by means and deviations; `strotss` by relaxed
   * optimal transport; `critics` by critics that learn the style.
   */
  readonly refineMethod?: RefiningMethodName;
  /** Steps at each level of size: half of the painting's size, and its own. Default 50. */
  readonly steps?: number;
  /** Seconds in place of steps. */
  readonly seconds?: number;
  /** Seed of the random numbers, default 1. The same seed and steps give the same picture. */
  readonly seed?: number;
  /** Aborting it ends refining early, with the picture as it is then. */
  readonly enough?: AbortSignal;
}

/** Options of a call that encodes a style. */
export interface PrepareStyleOptions {
  /**
   * Short side in pixels to which the style picture is brought, default 512. It decides how large its strokes
   * appear. A picture longer than 3:2 is reduced to 1.5 · size² pixels, since time and memory grow with them.
   * A style file keeps the size at which it was encoded.
   */
  readonly size?: number;
  /** As {@link StylizeOptions.signal}. */
  readonly signal?: AbortSignal;
}

export const paintingChoices = {
  strength: {
    about: 'how strongly to paint; 0 gives the content back',
    kind: { is: 'number', least: 0, most: 1 },
    default: 1,
  },
  strokeSize: {
    about: 'how broad strokes are on the picture, whatever its size',
    kind: { is: 'number', least: 0.25, most: 4 },
    default: 1,
  },
  followDetail: {
    about: 'how much finer strokes are in faces and thin things',
    kind: { is: 'number', least: 0, most: 1 },
    default: 1,
  },
  brokenColour: {
    about: 'how much colours vary in plain ground',
    kind: { is: 'number', least: 0, most: 1 },
    default: 1,
  },
  detail: {
    about: "how much of a large content's own fine detail is laid over the painting",
    kind: { is: 'number', least: 0, most: 1 },
    default: 0.2,
  },
  finestSize: {
    about: 'short side of the largest painting; twice as much gives finer strokes in four times the time',
    kind: { is: 'pixels' },
    default: FINEST_SIZE,
  },
} as const satisfies Record<keyof PaintingChoices, OptionTable[string]>;

const signal = { about: 'aborts the call', kind: { is: 'signal' } } as const;

export const stylizeOptions = {
  ...paintingChoices,
  contentSize: {
    about: 'short side to bring contents to; their own, unless it is given',
    kind: { is: 'pixels' },
  },
  styleSize: {
    about: 'short side to bring styles to; a smaller one gives finer patterns',
    kind: { is: 'pixels' },
    default: STYLE_SIZE,
  },
  preserveColor: {
    about: "keep the content's colours",
    kind: { is: 'word', words: colourPreservations },
  },
  strengthMap: { about: 'a greyscale picture: how strongly to paint where', kind: { is: 'mask' } },
  tile: {
    about: 'longest side of the tiles that large contents are painted in',
    kind: { is: 'tile' },
    default: 'auto',
  },
  maxMemory: {
    about: 'memory that it may take, as in 2GB: smaller tiles where it is little',
    kind: { is: 'bytes' },
  },
  signal,
  onProgress: { about: 'hears how far it is', kind: { is: 'function' } },
} as const satisfies Record<keyof StylizeOptions, OptionTable[string]>;

export const refineOptions = {
  ...stylizeOptions,
  refineMethod: {
    about: 'whose loss refining minimises',
    kind: { is: 'word', words: refiningMethodNames },
    default: 'sliced',
  },
  steps: { about: 'steps at each of two sizes', kind: { is: 'count' }, default: REFINING_STEPS },
  seconds: { about: 'seconds in place of steps', kind: { is: 'seconds' } },
  seed: {
    about: 'seed of the random numbers: the same seed and steps give the same picture',
    kind: { is: 'count' },
    default: 1,
  },
  enough: { about: 'ends refining early, with the picture as it is then', kind: { is: 'signal' } },
} as const satisfies Record<keyof RefineOptions, OptionTable[string]>;

export const prepareStyleOptions = {
  size: { about: stylizeOptions.styleSize.about, kind: { is: 'pixels' }, default: STYLE_SIZE },
  signal,
} as const satisfies Record<keyof PrepareStyleOptions, OptionTable[string]>;

export type ChoiceName = keyof PaintingChoices;
export const choiceNames = Object.keys(paintingChoices) as ChoiceName[];

/** Those of `options` that are given and that `table` has. */
export function pickOptions<T extends object>(options: T, table: OptionTable): T {
  const given = Object.entries(options).filter(([name, value]) => name in table && value !== undefined);
  return Object.fromEntries(given) as T;
}
