/** The pictures of an evaluation: squares of one size, and the choice of pairs. Node only. */

import { SettingError } from '../../errors.ts';
import { stemOf } from '../../files/names.ts';
import { middleSquare, type RgbImage } from '../../images/image.ts';
import { readImage } from '../../images/node/image-file.ts';
import { permutation, stream } from '../../random.ts';

/** A content or style in the form that methods and judge get. */
export interface Square extends RgbImage {
  /** File name without folder and ending. */
  readonly stem: string;
}

/** The picture with its short side brought to `size`, cut to the middle square. */
export async function readSquare(file: string, size: number): Promise<Square> {
  return { ...middleSquare(await readImage(file, { shortSide: size }), size), stem: stemOf(file) };
}

/** Content numbers for each style: all, or `count` pairs spread evenly over styles and contents by `seed`. */
export function choosePairs(
  contents: number,
  styles: number,
  count: number | undefined,
  seed: number,
): readonly (readonly number[])[] {
  const all = contents * styles;
  const wanted = count ?? all;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > all) {
    throw new SettingError({
      expected: `a whole number from 1 to ${all}`,
      name: 'pairs',
      received: `${wanted}`,
    });
  }
  const random = stream(seed, 'pairs');
  const styleOrder = permutation(random, styles);
  const contentOrder = permutation(random, contents);
  const chosen: number[][] = Array.from({ length: styles }, () => []);
  for (let k = 0; k < wanted; k++) {
    const [round, place] = [Math.floor(k / styles), k % styles];
    const style = styleOrder[place] ?? 0;
    // As in a Latin square, every style meets another content in each round, and no pair comes twice.
    chosen[style]?.push(contentOrder[(place + round) % contents] ?? 0);
  }
  return chosen;
}
