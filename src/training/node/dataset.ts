/** Folders or packs of pictures as a cache of raw pixels on disk. Node only. */

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { internal, TrainingError } from '../../errors.ts';
import { type RgbImage, toInterleaved } from '../../images/image.ts';
import { explainFileError } from '../../files/read.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { readImage } from '../../images/node/image-file.ts';
import type { TrainingConfig } from '../config.ts';
import { isWanted, listPictures } from './list-pictures.ts';
import { PACK_INDEX, readPacked, readPackIndex, readSmall } from './pack.ts';

/** The pictures of a folder, decoded once. */
export interface Dataset {
  /** File names of the usable pictures, sorted. */
  readonly names: readonly string[];
  /** File names of all pictures considered, including those skipped. A split is made of them. */
  readonly listed: readonly string[];
  /** `file: reason` of each unusable picture. */
  readonly skipped: readonly string[];
  /** A picture in the form that {@link readImage} takes: its path, or the bytes of a packed one. */
  original(name: string): Promise<string | Uint8Array>;
  /** Interleaved RGB bytes of picture `i`. */
  pixels(i: number): { readonly data: Uint8Array; readonly width: number; readonly height: number };
  close(): void;
}

export interface DatasetOptions {
  /** Short side of the cached pictures; smaller ones keep their size. Both sides if they are made square. */
  readonly shortSide: number;
  readonly resize?: TrainingConfig['resize'];
  /** Pictures with a shorter side below this are skipped. */
  readonly minimumSide: number;
  readonly cacheDir: string;
  /** Whether folders inside are entered. Names of pictures there begin with those of their folders. */
  readonly recursive?: boolean;
  /** File names to use, with or without their folders; all by default. */
  readonly only?: ReadonlySet<string>;
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting while the cache is made rejects with the signal's reason and leaves no cache. */
  readonly signal?: AbortSignal;
}

const indexSchema = z.object({
  entries: z.array(z.object({ name: z.string(), offset: z.number(), width: z.number(), height: z.number() })),
  skipped: z.array(z.string()),
});
type Index = z.infer<typeof indexSchema>;

/** Pictures before they are decoded. */
interface Originals {
  readonly names: readonly string[];
  /** Changes with the pictures. */
  readonly stamp: readonly string[];
  read(name: string): Promise<string | Uint8Array>;
}

/** Changes when pictures are read differently, so that old caches are not used. */
const READING = 'colours outside profiles';

/** Opens the cache of `folder`. Makes it first if the folder or the options are new. */
export async function openDataset(folder: string, options: DatasetOptions): Promise<Dataset> {
  const originals = existsSync(join(folder, PACK_INDEX))
    ? await packedOriginals(folder, options.only)
    : await looseOriginals(folder, options);
  const key = createHash('sha256')
    .update([READING, options.resize, options.shortSide, options.minimumSide, ...originals.stamp].join('\n'))
    .digest('hex')
    .slice(0, 16);
  const base = join(options.cacheDir, key);
  const index = knownIndex(base) ?? (await build(originals, base, options).catch(uncached(base)));
  if (index.entries.length === 0) {
    throw new TrainingError({
      expected: `pictures of at least ${options.minimumSide} pixels`,
      name: folder,
      received: `none that can be used out of ${originals.names.length}`,
    });
  }
  const file = openSync(`${base}.bin`, 'r');
  return {
    names: index.entries.map((entry) => entry.name),
    listed: originals.names,
    skipped: index.skipped,
    original: originals.read,
    pixels(i) {
      const entry = index.entries[i];
      if (entry === undefined) throw internal(`no picture ${i}`);
      const { offset, width, height } = entry;
      const data = new Uint8Array(width * height * 3);
      if (readSync(file, data, 0, data.length, offset) < data.length) {
        throw new TrainingError({
          expected: `${data.length} bytes of ${entry.name}`,
          name: `${base}.bin`,
          received: 'fewer',
          remedy: 'delete it and start again: it will be made anew',
        });
      }
      return { data, width, height };
    },
    close: () => closeSync(file),
  };
}

/** The index of a cache that is whole. */
function knownIndex(base: string): Index | undefined {
  try {
    statSync(`${base}.bin`);
    return indexSchema.parse(JSON.parse(readFileSync(`${base}.json`, 'utf8')));
  } catch {
    // It is made anew.
    return undefined;
  }
}

/** For `.catch`: puts an error of the file system into words. */
function uncached(base: string): (cause: unknown) => never {
  return (cause) => {
    if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
    const problem = { expected: 'a place for the cache of pictures', name: base };
    throw new TrainingError({ ...problem, received: explainFileError(cause) }, { cause });
  };
}

async function looseOriginals(folder: string, { only, recursive }: DatasetOptions): Promise<Originals> {
  const listed = (await listPictures(folder, recursive)).filter(({ name }) => isWanted(name, only));
  return {
    names: listed.map(({ name }) => name),
    stamp: listed.map(({ path }) => stampOf(path)),
    read: async (name) => join(folder, name),
  };
}

/** Changes with the file. A link that leads nowhere counts too: it is skipped when it is read. */
function stampOf(file: string): string {
  try {
    const { size, mtimeMs } = statSync(file);
    return `${file} ${size} ${mtimeMs}`;
  } catch {
    return `${file} unreadable`;
  }
}

async function packedOriginals(folder: string, only?: ReadonlySet<string>): Promise<Originals> {
  const { listed, skipped, pictures } = await readPackIndex(folder);
  const entries = new Map(pictures.map((picture) => [picture.name, picture]));
  const names = listed.filter((name) => isWanted(name, only));
  return {
    names,
    stamp: names.map((name) => JSON.stringify([folder, name, entries.get(name)])),
    async read(name) {
      const entry = entries.get(name);
      if (entry !== undefined) return readPacked(folder, entry);
      throw new TrainingError(
        skipped.find((line) => line.startsWith(`${name}: `)) ?? `${name} is not packed`,
      );
    },
  };
}

/**
 * Writes the pixels and then the index, each under a unique name first, so that
 * simultaneous runs do not collide.
 */
async function build({ names, read }: Originals, base: string, options: DatasetOptions): Promise<Index> {
  await mkdir(options.cacheDir, { recursive: true });
  const index: Index = { entries: [], skipped: [] };
  const temporary = `${base}.${randomUUID()}.partial`;
  const out = openSync(temporary, 'wx');
  try {
    let offset = 0;
    const images = ahead(names, (name) => decode(() => read(name), options));
    for (const [i, name] of names.entries()) {
      options.signal?.throwIfAborted();
      const { value: image } = await images.next();
      if (typeof image === 'string') {
        index.skipped.push(`${name}: ${image}`);
      } else {
        const bytes = toInterleaved(image);
        writeWhole(out, bytes);
        index.entries.push({ name, offset, width: image.width, height: image.height });
        offset += bytes.length;
      }
      options.onProgress?.(i + 1, names.length);
    }
    await rename(temporary, `${base}.bin`);
    // The index comes last: where it exists, the pixels are whole.
    await writeFileAtomic(`${base}.json`, new TextEncoder().encode(JSON.stringify(index)));
    return index;
  } finally {
    closeSync(out);
    await rm(temporary, { force: true });
  }
}

/** Number of pictures that are decoded at a time: libvips works beside JavaScript, on several cores. */
const TOGETHER = 8;

/** The results of `work` in the order of `items`, of which a few are worked on at a time. Never ends. */
async function* ahead<T, R>(items: readonly T[], work: (item: T) => Promise<R>): AsyncGenerator<R, never> {
  const running = items.slice(0, TOGETHER).map(work);
  for (let next = TOGETHER; ; next++) {
    const first = running.shift();
    if (first === undefined) throw internal('no picture is left');
    const item = items[next];
    if (item !== undefined) running.push(work(item));
    yield await first;
  }
}

/** The picture, or the reason why it cannot be used. */
async function decode(
  read: () => Promise<string | Uint8Array>,
  options: DatasetOptions,
): Promise<RgbImage | string> {
  try {
    const { shortSide: side, resize } = options;
    const picture = await read();
    const image =
      resize === 'square'
        ? await readImage(picture, { size: { width: side, height: side } })
        : await readSmall(picture, side);
    const short = Math.min(image.width, image.height);
    return short < options.minimumSide ? `${short} pixels, fewer than ${options.minimumSide}` : image;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A write may take fewer bytes than it is given. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}
