/** The studio's interface to the networks. `engine.ts` implements it; tests of the page may replace it. */

import type { ColourChoice, MaskPlane, ModelName } from './settings.ts';

/** A painting as a style. */
export interface StyleSource {
  readonly id: string;
  /** A file or its address. */
  readonly picture: Blob | string;
  /** Address of its style file by our method, which spares the encoding. */
  readonly encoded?: string;
  /** Weights that have learnt it. They paint it where it is alone, by our method. */
  readonly tuned?: Tuned;
}

/** The files of a model that has learnt a painting. */
export interface Tuned {
  readonly weights: Blob;
  readonly card: Blob;
}

interface StyleShare {
  readonly source: StyleSource;
  readonly weight: number;
  readonly mask: MaskPlane | undefined;
}

export interface PaintJob {
  readonly picture: Blob | ImageBitmap | ImageData | HTMLCanvasElement;
  readonly model: ModelName;
  readonly styles: readonly StyleShare[];
  readonly strokeSize: number;
  readonly followDetail: number;
  readonly brokenColour: number;
  readonly colours: ColourChoice;
  /** Whether other pictures of the same scene follow, below which broken colours would stand still. */
  readonly isMoving?: boolean;
  /** 0–1, default 1. */
  readonly strength?: number;
  /** Short side in pixels to which the picture is resized first; default: its own. */
  readonly size?: number;
  /** Short side in pixels of the largest painting; default: the engine's. Up to `ONE_PASS` only a draft. */
  readonly finestSize?: number;
  /** A refined picture that takes the place of the painting. */
  readonly from?: ImageData;
  /** Replaces waiting jobs that have `replaces`; those reject with an AbortError. */
  readonly replaces?: boolean;
  readonly signal?: AbortSignal;
  onPreview?(preview: ImageData): void;
  onTiles?(tiles: { readonly done: number; readonly total: number }): void;
}

export interface RefineJob extends PaintJob {
  /** Ends it with the picture as it is then. */
  readonly enough: AbortSignal;
  /** Called after each step, with the done part, 0–1, and the picture at the size of its painting. */
  onStep?(done: number, picture: ImageData): void;
}

interface LearnJob {
  readonly source: StyleSource;
  /** Photographs to learn on, at least one; the first is painted along the way. Files or addresses. */
  readonly contents: readonly (Blob | string)[];
  readonly seconds: number;
  /** Ends it with what has been learnt by then. */
  readonly enough: AbortSignal;
  /** Ends it at once, with nothing. */
  readonly signal: AbortSignal;
  /** Called after each step, with the seconds that have passed since the first. */
  onStep(seconds: number): void;
  onSample(picture: ImageData): void;
}

export interface Engine {
  /** Loads a model, which takes a moment. */
  load(model: ModelName): Promise<'webgpu' | 'wasm'>;
  isLoaded(model: ModelName): boolean;
  /** Encodes a style ahead of its use. */
  prepare(model: ModelName, source: StyleSource): Promise<void>;
  /** A style as a file, with its name and a small picture. */
  saveStyle(model: ModelName, source: StyleSource, name: string): Promise<Blob>;
  /**
   * The small picture of a style file, if it has one.
   *
   * @throws WeightsError if it is damaged, or another model made it
   */
  readStyle(model: ModelName, file: File): Promise<Blob | undefined>;
  paint(job: PaintJob): Promise<ImageData>;
  /** Refines a painting, which takes a minute. */
  refine(job: RefineJob): Promise<ImageData>;
  /** Trains our method's network on one painting, which takes a minute. */
  learn(job: LearnJob): Promise<Tuned>;
}
