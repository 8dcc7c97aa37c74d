/** From the paths on the command line to pictures, styles, and the output files of their pairs. */

import { lstat, readdir, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, sep } from 'node:path';
import { ImageError } from '../../errors.ts';
import { cutName, LONGEST_NAME, outputStem, stemOf } from '../../files/names.ts';
import { formatOfPath, writtenEndings } from '../../images/formats.ts';
import { inspectImage, listImages } from '../../images/node/image-file.ts';
import { UsageError } from './failure.ts';

/** One picture to paint. */
export interface Pair {
  readonly content: string;
  readonly style: string;
  readonly output: string;
}

/** Pictures that were found, and an error for each path without any. */
export interface Found {
  readonly files: string[];
  readonly errors: unknown[];
  /** The paths of the errors. */
  readonly missing: string[];
}

/** The expectation of a flag of pictures, in errors. */
export const PICTURES = 'a picture, a folder or a pattern';

/**
 * The pictures that a flag names: files, folders (their pictures, not those of folders inside), patterns with
 * `*` and `?` in the last part, and lists of these with commas. Each is listed once.
 */
export async function findPictures(values: readonly string[]): Promise<Found> {
  const files = new Set<string>();
  const errors: unknown[] = [];
  const missing: string[] = [];
  for (const value of values) {
    for (const path of await splitList(value)) {
      const failed = (place: string) => (error: unknown) => {
        errors.push(error);
        missing.push(place);
        return [];
      };
      // One bad file does not spoil the others of a pattern.
      for (const place of await expandPattern(path).catch(failed(path))) {
        for (const file of await listImages(place).catch(failed(place))) files.add(file);
      }
    }
  }
  return { files: [...files], errors, missing };
}

/**
 * Every content with every style, and the output of each: `output` itself if it is a file name and there is
 * one pair, otherwise `{content}_stylized_{style}.{format}` in the folder `output`.
 *
 * @throws UsageError if there are more pairs than the one file that `output` names
 */
export async function planPairs(
  contents: readonly string[],
  styles: readonly string[],
  output: string,
  format: string,
): Promise<Pair[]> {
  const isFolder =
    output.endsWith('/') || output.endsWith(sep) || extname(output) === '' || (await isDirectory(output));
  if (!isFolder) {
    const [content, style] = [contents[0], styles[0]];
    if (contents.length * styles.length > 1) {
      const received = `${output} for ${contents.length * styles.length} pictures`;
      throw new UsageError({ expected: 'a folder', name: '--output', received });
    }
    if (formatOfPath(output) === undefined) {
      const expected = `the ending ${writtenEndings}`;
      throw new UsageError({ expected, name: '--output', received: output });
    }
    return content === undefined || style === undefined ? [] : [{ content, style, output }];
  }
  const taken = new Set<string>();
  // Contents are the outer loop, so that each is decoded and encoded once for all styles.
  return contents.flatMap((content) =>
    styles.map((style) => {
      const name = outputStem(stemOf(content), stemOf(style));
      return { content, style, output: join(output, `${unique(name, taken)}.${format}`) };
    }),
  );
}

/** Room for an ending, and for a number that makes names unique. */
const ROOM = 16;

/** A name not taken yet: pictures of one name in several folders or formats must not become one file. */
export function unique(long: string, taken: Set<string>): string {
  const name = cutName(long, LONGEST_NAME - ROOM);
  let candidate = name;
  // Names that differ only in case are one on some file systems.
  for (let i = 2; taken.has(candidate.toLowerCase()); i++) candidate = `${name}-${i}`;
  taken.add(candidate.toLowerCase());
  return candidate;
}

async function splitList(value: string): Promise<string[]> {
  // A file may have a comma in its name.
  if (!value.includes(',') || (await exists(value))) return [value];
  return value.split(',').filter((part) => part !== '');
}

/** Expands a pattern that the shell has not expanded, such as a quoted one. */
async function expandPattern(path: string): Promise<string[]> {
  const last = basename(path);
  if (!/[*?]/.test(last) || (await exists(path))) return [path];
  const pattern = new RegExp(
    `^${last
      .replace(/[\\^$.|+()[\]{}]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
  );
  const names = await readdir(dirname(path)).catch(() => []);
  const matching = names.filter((name) => !name.startsWith('.') && pattern.test(name)).sort();
  if (matching.length === 0) {
    throw new UsageError({ expected: 'a pattern that matches a file', name: 'a picture', received: path });
  }
  return matching.map((name) => join(dirname(path), name));
}

/** Lines about colours that a picture names and that are not shown so; none for other files. */
export async function colourNotices(path: string): Promise<readonly string[]> {
  return inspectImage(path).then(
    ({ warnings }) => warnings,
    () => [],
  );
}

/** Whether anything is at a path, be it a link that leads nowhere. */
export async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

/** The refusal to write over a file. */
export function existing(output: string): ImageError {
  return new ImageError({
    expected: 'a new file',
    name: '--output',
    received: `${output}, which exists`,
    remedy: 'add --force to write over it',
  });
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Ending of style files in folders. A path given by itself may have any ending. */
export const STYLE_ENDING = '.style';

/** The expectation of a flag of styles, in errors. */
export const STYLES = 'a picture, a style file, a folder or a pattern';

/** {@link findPictures} that also finds the style files (`.style`) in folders, sorted among the pictures. */
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
    // A folder of style files need not contain pictures.
    if (saved.length > 0) continue;
    errors.push(...pictures.errors);
    missing.push(...pictures.missing);
  }
  return { files: [...files], errors, missing };
}

/** The style files in a folder; none if the path is no folder. */
async function styleFilesIn(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .filter((name) => extname(name).toLowerCase() === STYLE_ENDING)
    .map((name) => join(path, name));
}
