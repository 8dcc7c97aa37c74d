/** What a stylizer is given: model, styles and choices, and the checks of them. */

import { SettingError, WeightsError } from '../errors.ts';
import type { ImageSize, RgbImage } from '../images/image.ts';
import type { GeneratorConfig } from '../networks/generator.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import type { Mask } from './masks.ts';
import type { Mix } from './mixing.ts';

/** A trained generator. */
export interface StylizerModel {
  /** For messages. */
  readonly name: string;
  /** Of the weights file: the styles that a model encodes carry it. */
  readonly sha256: string;
  readonly config: GeneratorConfig;
  readonly weights: WeightMap;
}

/**
 * An encoded style picture, for any number of contents: keys and values of the attention (or mean and deviation),
 * and what the model has of the rest: the statistics for its shortcuts, the decoder's modulation, the palette. Belongs
 * to the model that made it. Plain data: of the slim model 1.6 MB at 512×512 pixels, 2.4 MB at 768×512.
 */
export interface Style {
  /** SHA-256 of the model's weights file. */
  readonly model: string;
  /** Size in pixels at which the picture was encoded. */
  readonly width: number;
  readonly height: number;
  /** By name, row-major float32. */
  readonly tensors: Readonly<Record<string, WeightTensor>>;
}

/** `read`: the picture is decoded; `compile`: a size not seen lately; `run`: the network; `done`. */
export type StylizePhase = 'read' | 'compile' | 'run' | 'done';

/** What a call reports while it goes. */
export interface StylizeProgress {
  readonly phase: StylizePhase;
  /** In phase `run` of a picture that is painted in tiles: how many are done, of how many, in both passes together. */
  readonly tiles?: { readonly done: number; readonly total: number };
}

/** A style and how much of it. */
export interface WeightedStyle {
  readonly style: Style;
  /** Above 0, default 1; only the ratios of all weights count. */
  readonly weight?: number;
  /**
   * Where it is painted, default everywhere; of any size, laid over the whole picture. Styles share a place in the ratio of
   * weight · mask. Where the masks of all styles together are below 1, the picture shows through.
   */
  readonly mask?: Mask;
}

/** What to paint in: a style, or several, whose features are mixed. */
export type StyleMix = Style | readonly WeightedStyle[];

export interface EncodeOptions {
  /** Aborting rejects with its reason, between two steps: a network that runs is not interrupted. */
  readonly signal?: AbortSignal;
}

export interface PixelOptions extends EncodeOptions {
  /**
   * How strongly, 0–1, default 1. The result is content + strength · (stylised − content), in sRGB values of each
   * pixel: 0 is exactly the input, 1 exactly the network's picture, and every pixel moves straight between them.
   */
  readonly strength?: number;
  /** The same for every place, multiplied with it: a map of any size, laid over the whole picture. */
  readonly strengthMap?: Mask;
  /**
   * How much of its draft at half size a painting begins with, 0–1, default 0.6: the more, the larger the strokes, the less is
   * left of small things. Of models that make drafts; others have none.
   */
  readonly draftShare?: number;
  /** `luma`: the painting keeps only its own light and shade and takes the colours of the content. Default: its own colours. */
  readonly preserveColor?: 'luma';
  /**
   * `auto`, the default, paints pictures in tiles that are too large to be painted in one piece; a number is the
   * longest side of a tile in pixels, its halo of up to 96 pixels a side included. The result is the same to within
   * 1/255: tiles know the statistics of the whole picture.
   */
  readonly tile?: 'auto' | number;
  /** Bytes that painting may take beside the picture and the result. Default: what the machine has free. */
  readonly maxMemory?: number;
  /**
   * Paints at another size and brings the painting to the size of the picture; colours and strength are those of the whole
   * picture. Not for pictures in bands.
   */
  readonly paintAt?: {
    readonly size: ImageSize;
    resize(image: RgbImage, size: ImageSize): Promise<RgbImage>;
  };
  onProgress?(progress: StylizeProgress): void;
}

export function mixOf(style: StyleMix, model: StylizerModel): Mix<Style> {
  const weighted: readonly WeightedStyle[] = 'tensors' in style ? [{ style }] : style;
  if (weighted.length === 0) {
    throw new SettingError({ expected: 'at least one style', name: 'the styles', received: 'none' });
  }
  for (const { style, weight = 1, mask } of weighted) {
    checkStyle(style, model);
    if (!(weight > 0 && Number.isFinite(weight))) {
      const expected = 'a number above 0';
      throw new SettingError({ expected, name: 'the weight of a style', received: `${weight}` });
    }
    if (mask !== undefined) checkMask(mask, 'the mask of a style');
  }
  return {
    styles: weighted.map(({ style }) => style),
    weights: weighted.map(({ weight = 1 }) => weight),
    masks: weighted.map(({ mask }) => mask),
  };
}

function checkMask({ width, height, data }: Mask, name: string): void {
  const pixels = width * height;
  if (!(Number.isInteger(width) && Number.isInteger(height) && pixels > 0 && data.length === pixels)) {
    const received = `${data.length} values for ${width}×${height}`;
    throw new SettingError({ expected: 'a value for each pixel of the mask', name, received });
  }
  if (data.some((value) => !(value >= 0 && value <= 1))) {
    const wrong = data.find((value) => !(value >= 0 && value <= 1));
    throw new SettingError({ expected: 'values from 0 to 1', name, received: `${wrong}` });
  }
}

export function checkOptions({
  strength = 1,
  strengthMap,
  draftShare = 1,
  tile = 'auto',
  maxMemory = 1,
}: PixelOptions): void {
  if (strengthMap !== undefined) checkMask(strengthMap, 'strengthMap');
  for (const [name, value] of Object.entries({ strength, draftShare })) {
    if (!(value >= 0 && value <= 1)) {
      throw new SettingError({ expected: 'a number from 0 to 1', name, received: `${value}` });
    }
  }
  if (tile !== 'auto' && !(Number.isInteger(tile) && tile >= 1)) {
    const expected = "'auto' or a whole number of pixels";
    throw new SettingError({ expected, name: 'tile', received: `${tile}` });
  }
  if (!(maxMemory > 0)) {
    const expected = 'a number of bytes above 0';
    throw new SettingError({ expected, name: 'maxMemory', received: `${maxMemory}` });
  }
}

function checkStyle(style: Style, model: StylizerModel): void {
  if (style.model === model.sha256) return;
  throw new WeightsError({
    expected: `a style encoded by model ${model.name}`,
    name: 'style',
    received: 'one of another model',
    remedy: 'call prepareStyle() of the stylizer that will use it',
  });
}
