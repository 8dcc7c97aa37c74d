/** From the paths on the command line to the files of pictures and styles. */

import { readdir, stat } from 'node:fs/promises';
import native, { dirname, extname, join, type posix, relative } from 'node:path';
import { ImageError } from '../../errors.ts';
import { filesIn, innerFolders } from '../../files/walk.ts';
import { pictureEndings } from '../../images/formats.ts';
import { unopened } from '../../images/node/picture-file.ts';
import { UsageError } from './failure.ts';
import { exists } from './inputs.ts';
import { DASH } from './standard-streams.ts';

/** Files that were found, and an error for each path without any. */
export interface Found {
  readonly files: string[];
  readonly errors: unknown[];
  /** The paths of the errors. */
  readonly missing: string[];
  /** Of files found inside of folders of the one that is named: where, from there. Results keep it. */
  readonly within: ReadonlyMap<string, string>;
  /** A line for each folder whose inner folders were not entered although they hold pictures. */
  readonly notices: readonly string[];
}

export interface FindOptions {
  /** Whether folders inside folders are entered. */
  readonly recursive?: boolean;
  /** A folder that is not entered, or a file of a folder that is left out: that of the results. */
  readonly except?: string;
  /** Whether `-` stands for the standard input. */
  readonly takesInput?: boolean;
  /** Whether a file that is named several times is listed as often. */
  readonly repeats?: boolean;
}

/** Ending of style files in folders. A path given by itself may have any ending. */
export const STYLE_ENDING = '.style';

/** The expectation of a flag of pictures, in errors. */
export const PICTURES = 'a picture, a folder or a pattern';

/** The expectation of a flag of styles, in errors. */
export const STYLES = 'a picture, a style file, a folder or a pattern';

/**
 * The pictures that a flag names: files, folders, patterns with `*` and `?`, or `**` for folders at any
 * depth, and lists of these with commas. Each is listed once unless the options say otherwise.
 */
export function findPictures(values: readonly string[], options: FindOptions = {}): Promise<Found> {
  return find(values, pictureEndings, options);
}

/** {@link findPictures} that also finds the style files (`.style`) in folders, sorted among the pictures. */
export function findStyles(values: readonly string[], options: FindOptions = {}): Promise<Found> {
  return find(values, [...pictureEndings, STYLE_ENDING], options);
}

async function find(
  values: readonly string[],
  endings: readonly string[],
  options: FindOptions,
): Promise<Found> {
  const files: string[] = [];
  const seen = new Set<string>();
  const errors: unknown[] = [];
  const missing: string[] = [];
  const within = new Map<string, string>();
  const notices: string[] = [];
  for (const value of values) {
    for (const path of await splitList(value)) {
      const failed = (place: string) => (error: unknown) => {
        errors.push(error);
        missing.push(place);
        return undefined;
      };
      const isInput = options.takesInput && path === DASH;
      const places = isInput ? { base: '', paths: [DASH] } : await expand(path, endings).catch(failed(path));
      for (const place of places?.paths ?? []) {
        // One bad file does not spoil the others of a pattern.
        const own = await listed(place, endings, options).catch(failed(place));
        for (const file of own?.files ?? []) {
          const isNamed = file === path && options.repeats === true;
          if (seen.has(file) && !isNamed) continue;
          seen.add(file);
          files.push(file);
          const start = places?.base || (own?.folder ? place : '');
          const inner = start === '' ? '' : relative(start, dirname(file));
          if (inner !== '') within.set(file, inner);
        }
        notices.push(...(own?.notices ?? []));
      }
    }
  }
  return { files, errors, missing, within, notices };
}

async function listed(
  path: string,
  endings: readonly string[],
  { recursive = false, except }: FindOptions,
): Promise<{ files: string[]; folder: boolean; notices: string[] }> {
  if (path === DASH) return { files: [path], folder: false, notices: [] };
  const found = await stat(path).catch(unopened(path));
  if (!found.isDirectory()) return { files: [path], folder: false, notices: [] };
  const options = { endings, recursive, except };
  const files = await filesIn(path, options).catch(unopened(path));
  const inner = recursive ? 0 : await innerFolders(path, options).catch(() => 0);
  if (files.length === 0) {
    const problem = { expected: `pictures (${pictureEndings.join(' ')})`, name: 'the folder', where: path };
    const remedy = 'its sub-folders have some: add --recursive';
    throw new ImageError({ ...problem, received: 'none', ...(inner > 0 ? { remedy } : {}) });
  }
  const folders = inner === 1 ? '1 sub-folder with pictures is' : `${inner} sub-folders with pictures are`;
  const notices = inner === 0 ? [] : [`${path}: ${folders} passed over; --recursive enters them`];
  return { files, folder: true, notices };
}

/** The paths in a list with commas. */
export async function splitList(value: string): Promise<string[]> {
  // A file may have a comma in its name.
  if (!value.includes(',') || (await exists(value))) return [value];
  return value.split(',').filter((part) => part !== '');
}

/**
 * Expands a pattern that the shell has not expanded, such as a quoted one. `base` is the folder before `**`,
 * empty for paths without it.
 */
async function expand(
  path: string,
  endings: readonly string[],
): Promise<{ base: string; paths: readonly string[] }> {
  if (!/[*?]/.test(path) || (await exists(path))) return { base: '', paths: [path] };
  const { base, parts } = splitPattern(path);
  const deep = parts.includes('**');
  const matching = await matches(base, parts);
  const paths = deep ? matching.filter((file) => endings.includes(extname(file).toLowerCase())) : matching;
  if (paths.length > 0) return { base: deep ? base : '', paths };
  throw new UsageError({ expected: 'a pattern that matches a file', name: 'a picture', received: path });
}

/**
 * The folder of a pattern, and its parts in there.
 *
 * @param system the rules of paths
 */
export function splitPattern(
  path: string,
  { parse, join, sep }: Pick<typeof posix, 'parse' | 'join' | 'sep'> = native,
): { readonly base: string; readonly parts: readonly string[] } {
  const { root } = parse(path);
  const inner = path.slice(root.length).split(sep === '/' ? '/' : /[\\/]/);
  const parts = inner.filter((part) => part !== '' && part !== '.');
  if (parts.at(-1) === '**') parts.push('*');
  const plain = parts.findIndex((part) => /[*?]/.test(part));
  return { base: join(root, ...parts.slice(0, plain)), parts: parts.slice(plain) };
}

/** Paths below a folder whose parts match, sorted. `**` stands for any number of folders, also none. */
async function matches(folder: string, [part, ...rest]: readonly string[]): Promise<string[]> {
  if (part === undefined) return [folder];
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const shown = entries
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const at = ({ name }: { name: string }) => (folder === '.' ? name : join(folder, name));
  if (part === '**') {
    const folders = shown.filter((entry) => entry.isDirectory());
    const deeper = await Promise.all(folders.map((entry) => matches(at(entry), [part, ...rest])));
    return [...(await matches(folder, rest)), ...deeper.flat()];
  }
  const pattern = patternOf(part);
  const found = shown.filter(({ name }) => name === part || pattern.test(name));
  const paths = await Promise.all(found.map((entry) => matches(at(entry), rest)));
  return paths.flat();
}

function patternOf(part: string): RegExp {
  const escaped = part.replace(/[\\^$.|+()[\]{}]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}$`);
}
