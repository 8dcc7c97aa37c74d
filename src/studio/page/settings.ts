/** What a person chooses: all that undo goes back over. */

export const modelNames = ['slim', 'sanet-slim', 'adain-slim'] as const;
export type ModelName = (typeof modelNames)[number];

export const colourChoices = ['style', 'luma', 'coral'] as const;
export type ColourChoice = (typeof colourChoices)[number];

export const MOST_STYLES = 3;

/** Short side of the style picture in pixels: how broad its strokes appear. */
export const styleSizes = { least: 192, most: 1024, step: 64 } as const;

/** A soft mask, laid over the whole picture: row-major, 0–255. Never changed, always replaced. */
export interface MaskPlane {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** What undo goes back over. */
export interface Settings {
  /** Ids of paintings, one to three, each once. */
  readonly styles: readonly string[];
  /** Of each style, sum 1. */
  readonly weights: readonly number[];
  /** Of each style; undefined shows it everywhere. */
  readonly masks: readonly (MaskPlane | undefined)[];
  /** 0–1. */
  readonly strength: number;
  readonly styleSize: number;
  readonly colours: ColourChoice;
  readonly model: ModelName;
  /** All models beside each other. */
  readonly isCompared: boolean;
}

export const firstSettings: Settings = {
  styles: ['watercolour'],
  weights: [1],
  masks: [undefined],
  strength: 1,
  styleSize: 512,
  colours: 'style',
  model: 'slim',
  isCompared: false,
};
