/** Refined paint on its way through a scene, and how much of each place has it. */

import type { RgbImage } from '../images/image.ts';
import { carriedOn, type Succession } from './steady.ts';

/** A painting, and the share of refined paint at each place, 0–1. */
export interface RefinedPaint {
  readonly painting: RgbImage;
  readonly shares: Float32Array;
}

/** The refined paint of the frame before, moved along; what has come into sight is painted, not refined. */
export function refinedOn(
  succession: Succession,
  { painting, shares }: RefinedPaint,
  own: RgbImage,
): RefinedPaint {
  const { width, height } = own;
  const data = new Float32Array(3 * width * height);
  for (let c = 0; c < 3; c++) data.set(shares, c * shares.length);
  const none = { width, height, data: new Float32Array(data.length) };
  const moved = carriedOn(succession, { width, height, data }, none).data;
  return {
    painting: carriedOn(succession, painting, own),
    shares: moved.slice(0, shares.length),
  };
}

/** Mean share that is not refined, 0–1. */
export function missingOf({ shares }: RefinedPaint): number {
  return 1 - shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

/** As a picture that is stored. Shares are its alpha, from a half on: readers fill what is transparent. */
export function toStored({ painting: { width, height, data }, shares }: RefinedPaint): RgbImage {
  return { width, height, data, alpha: shares.map((share) => (1 + share) / 2) };
}

/** What {@link toStored} made. */
export function fromStored({ alpha, ...painting }: RgbImage): RefinedPaint {
  const { shares } = allRefined(painting);
  return { painting, shares: alpha?.map((value) => 2 * value - 1) ?? shares };
}

/** A painting that is refined everywhere. */
export function allRefined({ width, height, data }: RgbImage): RefinedPaint {
  return { painting: { width, height, data }, shares: new Float32Array(width * height).fill(1) };
}
