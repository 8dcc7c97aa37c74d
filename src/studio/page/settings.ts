/** What a person chooses: all that undo goes back over. */

export const modelNames = ['slim', 'sanet-slim', 'adain-slim'] as const;
export type ModelName = (typeof modelNames)[number];

export const colourChoices = ['style', 'luma', 'coral'] as const;
export type ColourChoice = (typeof colourChoices)[number];

export const MOST_STYLES = 3;

/** How broad strokes are on the picture, whatever its size; 1 is usual. */
export const strokeSizes = { least: 0.25, most: 4 } as const;

/** Short side in pixels up to which pictures are painted in one pass: as drafts, by models that make some. */
export const ONE_PASS = 256;

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
  /** Within {@link strokeSizes}. */
  readonly strokeSize: number;
  /** How much finer strokes are where the photograph has detail, 0–1. */
  readonly followDetail: number;
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
  strokeSize: 1,
  followDetail: 0.5,
  colours: 'style',
  model: 'slim',
  isCompared: false,
};
