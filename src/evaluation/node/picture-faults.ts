/** Faults that keep a folder of pictures from being judged, found before the work starts. Node only. */

import { ImageError } from '../../errors.ts';
import { readImageSize } from '../../images/node/image-file.ts';
import { baseName, outputStem } from '../../files/names.ts';

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
