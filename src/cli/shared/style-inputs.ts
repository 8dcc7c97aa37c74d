/** The styles that a flag names: pictures and style files. */

import { readdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { exists, type Found, findPictures } from './picture-pairs.ts';

/** By which style files in folders are told; a path of its own may have any ending. */
export const STYLE_ENDING = '.style';

/** What a flag of styles expects, in errors. */
export const STYLES = 'a picture, a style file, a folder or a pattern';

/** As {@link findPictures}, and of folders the style files (`.style`) too, sorted among the pictures. */
export async function findStyles(values: readonly string[]): Promise<Found> {
  const files = new Set<string>();
  const errors: unknown[] = [];
  const missing: string[] = [];
  const paths = await Promise.all(
    // A file may have a comma in its name.
    values.map(async (value) => (value.includes(',') && !(await exists(value)) ? value.split(',') : [value])),
  );
  for (const path of paths.flat().filter((part) => part !== '')) {
    const [pictures, saved] = await Promise.all([findPictures([path]), styleFilesIn(path)]);
    for (const file of [...pictures.files, ...saved].sort()) files.add(file);
    // A folder of style files need not have pictures.
    if (saved.length > 0) continue;
    errors.push(...pictures.errors);
    missing.push(...pictures.missing);
  }
  return { files: [...files], errors, missing };
}

/** None if it is no folder. */
async function styleFilesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => extname(name).toLowerCase() === STYLE_ENDING)
    .map((name) => join(path, name));
}
