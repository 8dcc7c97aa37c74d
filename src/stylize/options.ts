/** What a stylizer is given: model, styles and choices, and the checks of them. */

import { SettingError, WeightsError } from '../errors.ts';
import type { GeneratorConfig } from '../networks/generator.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import { checkChoices, type PaintingChoices } from './choices.ts';
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
  /** In phase `run` of a large picture: how many of its parts are done, of how many; once for each time that it is gone through. */
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

export interface PixelOptions extends EncodeOptions, PaintingChoices {
  /** The strength of every place, multiplied with `strength`: a map of any size, laid over the whole picture. */
  readonly strengthMap?: Mask;
  /** `luma`: the painting keeps only its own light and shade and takes the colours of the content. Default: its own colours. */
  readonly preserveColor?: 'luma';
  /**
   * `auto`, the default, paints in tiles what is too large to be painted in one piece; a number is the longest side of a tile
   * in pixels, its halo of up to 96 pixels a side included. The result is the same to within 1/255. A model that makes
   * drafts paints in one piece up to a short side of about 1,024.
   */
  readonly tile?: 'auto' | number;
  /** Bytes that painting may take beside the picture and the result. Default: what the machine has free. */
  readonly maxMemory?: number;
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

export function checkOptions(options: PixelOptions): void {
  const { strengthMap, tile = 'auto', maxMemory = 1 } = options;
  if (strengthMap !== undefined) checkMask(strengthMap, 'strengthMap');
  checkChoices(options);
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
