/** The pictures of an evaluation: squares of one size, their pairs, and faults found before the work. */

import { SettingError, ImageError } from '../../errors.ts';
import { stemOf, baseName, outputStem } from '../../files/names.ts';
import { middleSquare, type RgbImage } from '../../images/image.ts';
import { readImage, readImageSize } from '../../images/node/image-file.ts';
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
  const period = leastCommonMultiple(contents, styles);
  for (let k = 0; k < wanted; k++) {
    const style = styleOrder[k % styles] ?? 0;
    // Both go round, so all are used alike. After a period they would meet again, so contents move on by one.
    chosen[style]?.push(contentOrder[(k + Math.floor(k / period)) % contents] ?? 0);
  }
  return chosen;
}

function leastCommonMultiple(a: number, b: number): number {
  let [divisor, rest] = [a, b];
  while (rest > 0) [divisor, rest] = [rest, divisor % rest];
  return (a * b) / divisor;
}

/** The names of a pair, without endings. */
export interface StemPair {
  readonly content: string;
  readonly style: string;
}

/** Pictures as `--pictures` names them. */
export interface NamedPictures {
  readonly name: string;
  readonly folder: string;
  /** By name without ending. */
  readonly files: ReadonlyMap<string, readonly string[]>;
}

/** Advice for pictures of another size. */
export const sizeRemedy =
  'stylize the squares that --save-pictures writes into pictures/contents, or choose another --size';

/** Number of names that messages list. */
const NAMED = 3;

/**
 * One error for each kind of fault: missing pictures, two of one name, unreadable files, other sizes. Decodes
 * nothing.
 */
export async function pictureFaults(
  { name, folder, files }: NamedPictures,
  pairs: readonly StemPair[],
  size: number,
): Promise<ImageError[]> {
  const faults: ImageError[] = [];
  const find = (expected: string, received: string, remedy?: string): void => {
    const more = remedy === undefined ? {} : { remedy };
    faults.push(new ImageError({ expected, name: `--pictures ${name}`, received, where: folder, ...more }));
  };
  const stems = [...new Set(pairs.map(({ content, style }) => outputStem(content, style)))];
  const missing = stems.filter((stem) => !files.has(stem));
  if (missing.length > 0) {
    const there = `${stems.length - missing.length}, ${missing.length} are missing`;
    find(`${stems.length} pictures named {content}_stylized_{style}`, `${there}, first ${missing[0]}.png`);
  }
  const wanted = stems.map((stem) => files.get(stem) ?? []);
  const doubled = wanted.flatMap((own) => (own.length > 1 ? [own.map(baseName).join(' and ')] : []));
  if (doubled.length > 0) find('one picture of each pair', `several: ${few(doubled)}`);
  const sizes: string[] = [];
  for (const file of wanted.flat()) {
    const found = await readImageSize(file).catch((error: unknown) => {
      if (!(error instanceof ImageError)) throw error;
      faults.push(error);
    });
    if (found === undefined || (found.width === size && found.height === size)) continue;
    sizes.push(`${baseName(file)} of ${found.width}×${found.height}`);
  }
  if (sizes.length > 0) find(`pictures of ${size}×${size} pixels`, few(sizes), sizeRemedy);
  return faults;
}

/** The first names of a list, and how many more there are. */
export function few(list: readonly string[], separator = ', '): string {
  const more = list.length - NAMED;
  return [...list.slice(0, NAMED), ...(more > 0 ? [`and ${more} more`] : [])].join(separator);
}
