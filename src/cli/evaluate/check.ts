/** What is wrong with the pictures of an evaluation, found before the work and said at once. */

import { ImageError, WasserfarbeError } from '../../errors.ts';
import { few, type StemPair } from '../../evaluation/node/picture-faults.ts';
import { readSquare } from '../../evaluation/node/squares.ts';
import { outputStem, stemOf } from '../../files/names.ts';
import type { SheetPair } from '../../evaluation/node/sample-pairs.ts';
import type { Entry } from './inputs.ts';

/** What is painted and shown. */
export interface Painted {
  readonly entries: readonly Entry[];
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  /** Content numbers for each style. */
  readonly chosen: readonly (readonly number[])[];
  readonly sheet: readonly SheetPair[];
}

export interface Checked extends Painted {
  readonly size: number;
  /** Whether judged pictures are saved. */
  readonly saves: boolean;
  readonly signal: AbortSignal;
}

/**
 * Decodes every content, style and sheet picture once, and looks at the names and sizes of `--pictures`.
 *
 * @throws the one error there is, or an ImageError that counts them and has the first few
 */
export async function checkPictures(checked: Checked): Promise<void> {
  const { entries, contents, styles, chosen, sheet, size, saves, signal } = checked;
  const stems = (content: string, style: string) => ({ content: stemOf(content), style: stemOf(style) });
  const pairs = chosen.flatMap((list, s) => list.map((c) => stems(contents[c] ?? '', styles[s] ?? '')));
  const folders = entries.flatMap(({ folder }) => folder ?? []);
  const errors: WasserfarbeError[] = saves || folders.length > 0 ? collisions(pairs) : [];
  for (const file of new Set([...contents, ...styles, ...sheet.flatMap((row) => [row.content, row.style])])) {
    signal.throwIfAborted();
    await readSquare(file, size).catch((error: unknown) => {
      if (!(error instanceof WasserfarbeError)) throw error;
      errors.push(error);
    });
  }
  const shown = sheet.map(({ content, style }) => stems(content, style));
  for (const folder of folders) {
    signal.throwIfAborted();
    // Of the sheet, a folder may lack some; what it has must fit.
    const there = shown.filter(({ content, style }) => folder.has(content, style));
    errors.push(...(await folder.faults([...pairs, ...there], size)));
  }
  const [first] = errors;
  if (first === undefined) return;
  if (errors.length === 1) throw first;
  const messages = errors.map(({ message }) => message);
  const received = `${errors.length} faults: ${few(messages, '; ')}`;
  throw new ImageError({ expected: 'pictures that can be judged', name: 'evaluate', received });
}

/** Pairs whose pictures would have one name: `a_stylized_b` × `c` and `a` × `b_stylized_c`. */
function collisions(pairs: readonly StemPair[]): ImageError[] {
  const taken = new Map<string, StemPair>();
  return pairs.flatMap((pair) => {
    const stem = outputStem(pair.content, pair.style);
    // Case-blind, as some file systems are.
    const other = taken.get(stem.toLowerCase());
    taken.set(stem.toLowerCase(), other ?? pair);
    if (other === undefined) return [];
    const both = [other, pair].map(({ content, style }) => `${content} in the style of ${style}`);
    return new ImageError({
      expected: 'a name of its own for each picture',
      name: '--content and --style',
      received: `${stem} for both ${both.join(' and ')}`,
      remedy: 'rename one of them',
    });
  });
}
