/** The index of a folder of pictures: what is in it, how large, and what cannot be used. Node only. */

import { messageOf } from '../../thrown.ts';
import { stat } from 'node:fs/promises';
import { z } from 'zod';
import { readRegular } from '../../files/regular.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { inspectImage } from '../../images/node/image-file.ts';
import { isWanted, listPictures } from './list-pictures.ts';

/** A picture file whose beginning has been read. */
interface IndexedPicture {
  /** With the folders inside, such as `monet/1.jpg`. */
  readonly name: string;
  readonly path: string;
  /** Changes with the file. */
  readonly stamp: string;
  /** Sides of the upright picture in pixels. */
  readonly width: number;
  readonly height: number;
}

export interface FolderIndex {
  /** Names of all files considered, sorted. */
  readonly listed: readonly string[];
  readonly pictures: readonly IndexedPicture[];
  /** `file: reason` of each that is no picture. Damage after the beginning shows only when it is decoded. */
  readonly skipped: readonly string[];
}

export interface IndexOptions {
  /** The file in which the index is kept. */
  readonly file: string;
  readonly recursive?: boolean | undefined;
  /** File names to use, with or without their folders; all by default. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Called for each file that is opened. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

const keptSchema = z.object({
  pictures: z.array(z.tuple([z.string(), z.string(), z.number(), z.number()])),
});

/** Files that are opened at a time. */
const TOGETHER = 8;

/** Files that are opened in any case: a run that is stopped before its first step then ends in order. */
const FEW = 100;

/**
 * Indexes a folder. Files that the kept index knows with the same size and time are not opened. What cannot
 * be used is not kept, since a right or a decoder may be all that it lacks.
 *
 * @throws ImageError if the folder has no pictures; the signal's reason
 */
export async function indexFolder(folder: string, options: IndexOptions): Promise<FolderIndex> {
  const { file, recursive, only, onProgress, signal } = options;
  const listed = await listPictures(folder, recursive);
  const wanted = listed.filter(({ name }) => isWanted(name, only));
  const known = await readKept(file);
  const found: (IndexedPicture | string | undefined)[] = new Array(wanted.length);
  const fresh: number[] = [];
  await each(wanted, async ({ name, path }, i) => {
    const kept = known.get(name);
    if (kept !== undefined && kept.stamp === (await stampOf(path))) found[i] = { name, path, ...kept };
    else fresh.push(i);
  });
  let done = 0;
  await each(
    fresh.sort((a, b) => a - b),
    async (i) => {
      if (done >= FEW) signal?.throwIfAborted();
      const { name, path } = wanted[i] ?? { name: '', path: '' };
      found[i] = await inspected(name, path);
      done++;
      onProgress?.(done, fresh.length);
    },
  );
  const pictures = found.filter((picture) => typeof picture === 'object');
  if (pictures.some(({ name, stamp }) => known.get(name)?.stamp !== stamp)) {
    const here = new Set(listed.map(({ name }) => name));
    for (const name of known.keys()) if (!here.has(name)) known.delete(name);
    for (const { name, stamp, width, height } of pictures) known.set(name, { stamp, width, height });
    await keep(file, known);
  }
  return {
    listed: wanted.map(({ name }) => name),
    pictures,
    skipped: found.filter((picture) => typeof picture === 'string'),
  };
}

/** Changes with the file; `undefined` if there is none. */
async function stampOf(path: string): Promise<string | undefined> {
  return stat(path).then(
    ({ size, mtimeMs }) => `${size} ${mtimeMs}`,
    () => undefined,
  );
}

/** The picture, or `file: reason`. */
async function inspected(name: string, path: string): Promise<IndexedPicture | string> {
  try {
    // Before the picture: one that changes in between is seen as changed the next time.
    const stamp = (await stampOf(path)) ?? '';
    const { width, height } = await inspectImage(path);
    return { name, path, stamp, width, height };
  } catch (error) {
    return `${name}: ${messageOf(error)}`;
  }
}

type Known = Map<string, Pick<IndexedPicture, 'stamp' | 'width' | 'height'>>;

async function readKept(file: string): Promise<Known> {
  try {
    const { pictures } = keptSchema.parse(JSON.parse(new TextDecoder().decode(await readRegular(file))));
    return new Map(pictures.map(([name, stamp, width, height]) => [name, { stamp, width, height }]));
  } catch {
    // It is made anew.
    return new Map();
  }
}

async function keep(file: string, known: Known): Promise<void> {
  const pictures = [...known].map(([name, { stamp, width, height }]) => [name, stamp, width, height]);
  const bytes = new TextEncoder().encode(JSON.stringify({ pictures }));
  // Without it, the next run opens the files again.
  await writeFileAtomic(file, bytes).catch(() => {});
}

/** Does the work for all items, a few at a time. */
async function each<T>(items: readonly T[], work: (item: T, i: number) => Promise<void>): Promise<void> {
  const rest = items.entries();
  const one = async () => {
    for (const [i, item] of rest) await work(item, i);
  };
  await Promise.all(Array.from({ length: TOGETHER }, one));
}
