/** The files of a folder by their endings, and of the folders inside it. Node only. */

import { readdir } from 'node:fs/promises';
import { extname, join, resolve, sep } from 'node:path';

export interface WalkOptions {
  /** Endings with their dot, in lower case; files match in any case. */
  readonly endings: readonly string[];
  /** Whether folders inside are entered. Links to folders never are, since they may lead in a circle. */
  readonly recursive?: boolean | undefined;
  /** A folder that is not entered, or a file that is left out, such as that of the results. */
  readonly except?: string | undefined;
}

/**
 * The files with one of the endings, as paths sorted with their folders' names, the same on every machine.
 * Hidden files and folders are left out.
 *
 * @throws the system's error if a folder cannot be read
 */
export async function filesIn(folder: string, options: WalkOptions): Promise<string[]> {
  const { files, folders } = await entriesOf(folder, options);
  if (options.recursive !== true) return files;
  const inner = await Promise.all(folders.map((path) => filesIn(path, options)));
  return inTheSameOrder([...files, ...inner.flat()]);
}

/** Paths sorted as if every system put `/` between folders. */
function inTheSameOrder(paths: readonly string[]): string[] {
  const keyed = paths.map((path) => ({ path, key: path.split(sep).join('/') }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : 1)).map(({ path }) => path);
}

/** The number of folders directly inside that hold such files, at any depth. */
export async function innerFolders(folder: string, options: WalkOptions): Promise<number> {
  const { folders } = await entriesOf(folder, options);
  const found = await Promise.all(folders.map((path) => holdsAny(path, options)));
  return found.filter(Boolean).length;
}

async function holdsAny(folder: string, options: WalkOptions): Promise<boolean> {
  const { files, folders } = await entriesOf(folder, options).catch(() => ({ files: [], folders: [] }));
  if (files.length > 0) return true;
  for (const path of folders) if (await holdsAny(path, options)) return true;
  return false;
}

async function entriesOf(
  folder: string,
  { endings, except }: WalkOptions,
): Promise<{ files: string[]; folders: string[] }> {
  const entries = (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const paths = (chosen: typeof entries) =>
    chosen
      .map(({ name }) => join(folder, name))
      .filter((path) => except === undefined || resolve(path) !== resolve(except));
  return {
    files: paths(
      entries.filter((entry) => !entry.isDirectory() && endings.includes(extname(entry.name).toLowerCase())),
    ),
    folders: paths(entries.filter((entry) => entry.isDirectory())),
  };
}
