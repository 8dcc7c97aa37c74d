/** Models and the styles that they encode; mixtures of styles. */

import { SettingError, WeightsError } from '../errors.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { WeightMap, WeightTensor } from '../weights/safetensors.ts';
import type { Mask } from './masks.ts';
import { checkValue, inWords } from './option-kinds.ts';
import type { Mix } from './mixing.ts';

/** A trained generator. */
export interface StylizerModel {
  /** Name for messages. */
  readonly name: string;
  /** SHA-256 of the weights file; the styles that a model encodes carry it. */
  readonly sha256: string;
  readonly config: GeneratorConfig;
  readonly weights: WeightMap;
}

/**
 * An encoded style picture, for any number of contents. It holds keys and values of the attention (or mean
 * and deviation), and whatever the model has of the rest: statistics for its shortcuts, the decoder's
 * modulation, the palette. It belongs to the model that made it. It is plain data: for the slim model 1.8 MB
 * at 512×512 pixels, 2.7 MB at 768×512.
 */
export interface Style {
  /** SHA-256 of the model's weights file. */
  readonly model: string;
  /** Size in pixels at which the picture was encoded. */
  readonly width: number;
  readonly height: number;
  /** Tensors by name, row-major float32. */
  readonly tensors: Readonly<Record<string, WeightTensor>>;
}

/** A style and how much of it. */
export interface WeightedStyle {
  readonly style: Style;
  /** Above 0, default 1; only the ratios of all weights count. */
  readonly weight?: number;
  /**
   * Where the style is painted, default everywhere: a mask of any size, laid over the whole picture. Styles
   * share a place in the ratio of weight · mask. Where the masks of all styles together are below 1, the
   * picture shows through.
   */
  readonly mask?: Mask;
}

/** A style, or several whose features are mixed. */
export type StyleMix = Style | readonly WeightedStyle[];

/**
 * Checks styles, weights and masks.
 *
 * @throws SettingError for an impossible weight or mask, or no style; WeightsError for a style of another
 *   model
 */
export function mixOf(style: StyleMix, model: StylizerModel): Mix<Style> {
  const weighted: readonly WeightedStyle[] = isStyle(style) ? [{ style }] : style;
  if (weighted.length === 0) {
    throw new SettingError({ expected: 'at least one style', name: 'the styles', received: 'none' });
  }
  for (const { style, weight = 1, mask } of weighted) {
    checkStyle(style, model);
    if (!(weight > 0 && Number.isFinite(weight))) {
      const expected = 'a number above 0';
      throw new SettingError({ expected, name: 'the weight of a style', received: `${weight}` });
    }
    if (mask !== undefined) checkValue({ is: 'mask' }, mask, 'the mask of a style');
  }
  return {
    styles: weighted.map(({ style }) => style),
    weights: weightsOf(weighted),
    masks: weighted.map(({ mask }) => mask),
  };
}

/** Weights of which the largest is 1: sums of larger ones may be infinite. */
export function weightsOf(weighted: readonly Pick<WeightedStyle, 'weight'>[]): number[] {
  const weights = weighted.map(({ weight = 1 }) => weight);
  const most = Math.max(...weights);
  return weights.map((weight) => weight / most);
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

/** One of several styles of a picture, encoded or to be encoded just for the call. */
export interface Share<Picture> extends Omit<WeightedStyle, 'style'> {
  readonly style: Style | Picture;
}

export function isStyle(value: unknown): value is Style {
  return typeof value === 'object' && value !== null && 'tensors' in value;
}

/**
 * The styles of a picture, one or several.
 *
 * @throws SettingError for a share with an unknown field
 */
export function sharesOf<Picture>(
  style: Style | Picture | readonly Share<Picture>[],
): readonly Share<Picture>[] {
  if (style === undefined || style === null) {
    const expected = 'a picture, what prepareStyle gave, or several of them with weights';
    throw new SettingError({ expected, name: 'the style', received: 'nothing' });
  }
  if (!isShares(style)) return [{ style }];
  for (const share of style) {
    const fields = typeof share === 'object' && share !== null ? Object.keys(share) : [];
    const unknown = fields.find((field) => !['style', 'weight', 'mask'].includes(field));
    if (unknown === undefined && fields.includes('style')) continue;
    const expected = '{ style, weight, mask }, of which style is needed,';
    throw new SettingError({ expected, name: 'one of several styles', received: unknown ?? inWords(share) });
  }
  return style;
}

function isShares<Picture>(
  style: Style | Picture | readonly Share<Picture>[],
): style is readonly Share<Picture>[] {
  return Array.isArray(style);
}
