/**
 * The finish of a painting after the network: the content's colours and transparency, and
 * the strength at each place.
 */

import type { ImageSize, RgbImage } from '../images/image.ts';
import { withColoursOf } from './colours.ts';
import { coverage, type Window } from './masks.ts';
import type { Mix } from './mixing.ts';
import { paintingChoices, type PixelOptions } from './options.ts';

/** Finishes a part of the painting, given the same part of the content. */
export type Finish = (content: RgbImage, painted: RgbImage, window: Window) => RgbImage;

/** The finish in colours and strength; undefined if the painting stays as it is. */
export function finishing(
  mix: Mix,
  picture: ImageSize,
  { strength = paintingChoices.strength.default, strengthMap, preserveColor }: PixelOptions,
): Finish | undefined {
  const everywhere = strengthMap === undefined && mix.masks.some((mask) => mask === undefined);
  if (everywhere && strength === 1 && preserveColor !== 'luma') return undefined;
  return (content, painted, window) => {
    const coloured = preserveColor === 'luma' ? withColoursOf(content, painted) : painted;
    const covered = everywhere ? undefined : coverage(mix.masks, strengthMap, picture, window);
    if (covered === undefined && strength === 1) return coloured;
    return blend(content, coloured, covered?.map((value) => value * strength) ?? strength);
  };
}

/** Gives a painting the transparency of its content, which the network does not see. */
export function withAlphaOf({ alpha }: RgbImage, { width, height, data }: RgbImage): RgbImage {
  return alpha === undefined ? { width, height, data } : { width, height, data, alpha };
}

function blend(from: RgbImage, to: RgbImage, strength: Float32Array | number): RgbImage {
  const pixels = from.width * from.height;
  const data = from.data.map((value, i) => {
    const share = typeof strength === 'number' ? strength : (strength[i % pixels] ?? 0);
    return value + share * ((to.data[i] ?? value) - value);
  });
  return { width: from.width, height: from.height, data };
}
