/** New structure: lines and areas of a painting that its photograph lacks. */

import { gaussianBlur, type Plane } from './gaussian.ts';

/** Each band lies between Gaussians of two successive σ. */
const SIGMAS = [1, 2, 4, 8] as const;
/** σ of the surroundings in which the content's own structure is explained. */
const AROUND = 6;
/** Upper limit of a band's value, for outputs with much more structure than the style. */
const LIMIT = 1.5;

/** The bands of a grey picture, fine to coarse. */
export type Bands = readonly Plane[];

export function bandsOf(grey: Plane): Bands {
  const blurred = SIGMAS.map((sigma) => gaussianBlur(grey, sigma));
  return blurred.slice(1).flatMap((coarse, k) => {
    const fine = blurred[k];
    return fine === undefined ? [] : [combined(fine, coarse, (a, b) => a - b)];
  });
}

/**
 * Measures outputs against one content and style, all of one size and with the style's histogram. Let b, c
 * and s be one band of output, content and style. The content's band, stronger or weaker from place to place,
 * is taken off: r = b − (blur₆(b·c) / (blur₆(c²) + 1e-5)) · c. The band's value is min(1.5, √(Σr² / Σs²)),
 * the result the mean of the bands. It is near 0 for the content itself; 1e-5 keeps plain ground from
 * dividing by 0.
 *
 * @returns NaN for a style whose bands are zero everywhere
 */
export function newStructureAgainst(content: Bands, style: Bands): (output: Bands) => number {
  const energies = content.map((band) => gaussianBlur(product(band, band), AROUND));
  const wanted = style.map(sumOfSquares);
  return (output) => {
    const values = output.map((own, k) => {
      const [band, energy] = [content[k] ?? own, energies[k] ?? own];
      const shared = gaussianBlur(product(own, band), AROUND);
      const gain = combined(shared, energy, (a, b) => a / (b + 1e-5));
      const left = combined(own, product(gain, band), (a, b) => a - b);
      return Math.min(LIMIT, Math.sqrt(sumOfSquares(left) / (wanted[k] ?? 0)));
    });
    return values.reduce((a, b) => a + b, 0) / values.length;
  };
}

function product(a: Plane, b: Plane): Plane {
  return combined(a, b, (x, y) => x * y);
}

function combined(a: Plane, b: Plane, of: (x: number, y: number) => number): Plane {
  return { ...a, values: a.values.map((value, i) => of(value, b.values[i] ?? 0)) };
}

function sumOfSquares({ values }: Plane): number {
  return values.reduce((sum, value) => sum + value * value, 0);
}
