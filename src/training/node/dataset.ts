/** Folders of pictures, or packs of them, as a cache of raw pixels on disk, and random crops of them at mixed scales. Node only. */

import { createHash, randomUUID } from 'node:crypto';
import { closeSync, existsSync, openSync, readFileSync, readSync, statSync, writeSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { z } from 'zod';
import { internal, TrainingError } from '../../errors.ts';
import { type RgbImage, toInterleaved } from '../../images/image.ts';
import { listImages } from '../../images/node/image-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { PACK_INDEX, readPacked, readPackIndex, readSmall } from './pack.ts';
import { permutation, type RandomGenerator, stream, uniformFloat64, uniformInt } from '../../random.ts';

/** A folder's pictures, decoded once. */
export interface Dataset {
  /** File names of the pictures that can be used, sorted. */
  readonly names: readonly string[];
  /** File names of all that were considered, those skipped included: what a split is made of. */
  readonly listed: readonly string[];
  /** `file: reason` of each picture that could not be used. */
  readonly skipped: readonly string[];
  /** A picture as {@link readImage} takes it: its path, or the bytes of a packed one. */
  original(name: string): Promise<string | Uint8Array>;
  /** Interleaved RGB bytes of picture `i`. */
  pixels(i: number): { readonly data: Uint8Array; readonly width: number; readonly height: number };
  close(): void;
}

export interface DatasetOptions {
  /** Short side of the cached pictures; smaller ones keep their size. */
  readonly shortSide: number;
  /** Pictures with a shorter side below this are skipped. */
  readonly minimumSide: number;
  readonly cacheDir: string;
  /** File names to use; all when left out. */
  readonly only?: ReadonlySet<string>;
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting while the cache is made rejects with its reason and leaves none. */
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
  /** Changes when the pictures do. */
  readonly stamp: readonly string[];
  read(name: string): Promise<string | Uint8Array>;
}

/** Opens the cache of `folder`, making it first where the folder or the options are new. */
export async function openDataset(folder: string, options: DatasetOptions): Promise<Dataset> {
  const originals = existsSync(join(folder, PACK_INDEX))
    ? await packedOriginals(folder, options.only)
    : await looseOriginals(folder, options.only);
  const key = createHash('sha256')
    .update([options.shortSide, options.minimumSide, ...originals.stamp].join('\n'))
    .digest('hex')
    .slice(0, 16);
  const base = join(options.cacheDir, key);
  if (!existsSync(`${base}.json`)) await build(originals, base, options);
  const index = indexSchema.parse(JSON.parse(readFileSync(`${base}.json`, 'utf8')));
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

async function looseOriginals(folder: string, only?: ReadonlySet<string>): Promise<Originals> {
  const files = (await listImages(folder)).filter((file) => only?.has(basename(file)) ?? true);
  return {
    names: files.map((path) => basename(path)),
    stamp: files.map((file) => {
      const { size, mtimeMs } = statSync(file);
      return `${file} ${size} ${mtimeMs}`;
    }),
    read: async (name) => join(folder, name),
  };
}

async function packedOriginals(folder: string, only?: ReadonlySet<string>): Promise<Originals> {
  const { listed, skipped, pictures } = await readPackIndex(folder);
  const entries = new Map(pictures.map((picture) => [picture.name, picture]));
  const names = listed.filter((name) => only?.has(name) ?? true);
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

/** Writes pixels and then the index, each under a name of its own first: runs that start together do not meet. */
async function build({ names, read }: Originals, base: string, options: DatasetOptions): Promise<void> {
  await mkdir(options.cacheDir, { recursive: true });
  const index: Index = { entries: [], skipped: [] };
  const temporary = `${base}.${randomUUID()}.partial`;
  const out = openSync(temporary, 'wx');
  try {
    let offset = 0;
    for (const [i, name] of names.entries()) {
      options.signal?.throwIfAborted();
      const image = await decode(() => read(name), options);
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
  } finally {
    closeSync(out);
    await rm(temporary, { force: true });
  }
}

/** The picture, or why it cannot be used. */
async function decode(
  read: () => Promise<string | Uint8Array>,
  options: DatasetOptions,
): Promise<RgbImage | string> {
  try {
    const image = await readSmall(await read(), options.shortSide);
    const side = Math.min(image.width, image.height);
    return side < options.minimumSide ? `${side} pixels, fewer than ${options.minimumSide}` : image;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** A write may take fewer bytes than it is given. */
function writeWhole(file: number, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done);
}

export interface CropOptions {
  /** Side of a crop in pixels. */
  readonly size: number;
  /** Range of the side of the region that a crop shows; cut to what the picture has. */
  readonly regionMin: number;
  readonly regionMax: number;
}

/**
 * Picture numbers of batch `step`: every picture of `indices` once in a random order, then again in another.
 * A function of seed and step alone, so that a resumed run goes on exactly where the other stopped.
 */
export function batchIndices(
  indices: readonly number[],
  seed: number,
  name: string,
  step: number,
  batchSize: number,
): number[] {
  return Array.from({ length: batchSize }, (_, i) => {
    const position = step * batchSize + i;
    const epoch = Math.floor(position / indices.length);
    return indices[order(indices.length, seed, name, epoch)[position % indices.length] ?? 0] ?? 0;
  });
}

/** Random crops of the given pictures, `[N, 3, size, size]`, RGB 0–1, half of them mirrored. */
export function crops(
  dataset: Dataset,
  pictures: readonly number[],
  random: RandomGenerator,
  options: CropOptions,
): Float32Array {
  const { size } = options;
  const result = new Float32Array(pictures.length * 3 * size * size);
  pictures.forEach((picture, i) => {
    const { data, width, height } = dataset.pixels(picture);
    const short = Math.min(width, height);
    const low = Math.min(options.regionMin, short);
    const high = Math.min(options.regionMax, short);
    const region = low + uniformFloat64(random) * (high - low);
    const left = uniformFloat64(random) * (width - region);
    const top = uniformFloat64(random) * (height - region);
    const mirrored = uniformInt(random, 0, 1) === 1;
    const target = result.subarray(i * 3 * size * size, (i + 1) * 3 * size * size);
    resample({ data, width, height }, { left, top, region, mirrored }, size, target);
  });
  return result;
}

const orders = new Map<string, Uint32Array>();

function order(count: number, seed: number, name: string, epoch: number): Uint32Array {
  const key = `${count}/${seed}/${name}/${epoch}`;
  const known = orders.get(key);
  if (known !== undefined) return known;
  if (orders.size > 8) orders.clear();
  const fresh = permutation(stream(seed, 'order', name, epoch), count);
  orders.set(key, fresh);
  return fresh;
}

interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

interface Region {
  readonly left: number;
  readonly top: number;
  readonly region: number;
  readonly mirrored: boolean;
}

/**
 * What {@link readImage} does to the pictures of users: Lanczos-3 as wide as the reduction, so that shrinking does not
 * alias, and Catmull-Rom for enlarging. A softer filter teaches the networks to paint softly.
 */
function resample(
  picture: Pixels,
  { left, top, region, mirrored }: Region,
  size: number,
  out: Float32Array,
): void {
  const columns = taps(left, region, size, picture.width);
  const rows = taps(top, region, size, picture.height);
  const firstRow = rows.starts[0] ?? 0;
  const lastRow = (rows.starts[size - 1] ?? 0) + rows.length;
  const wide = new Float32Array((lastRow - firstRow) * size * 3);
  for (let y = firstRow; y < lastRow; y++) {
    for (let x = 0; x < size; x++) {
      const start = columns.starts[x] ?? 0;
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = 0; k < columns.length; k++) {
        const weight = columns.weights[x * columns.length + k] ?? 0;
        const at = (y * picture.width + start + k) * 3;
        r += weight * (picture.data[at] ?? 0);
        g += weight * (picture.data[at + 1] ?? 0);
        b += weight * (picture.data[at + 2] ?? 0);
      }
      const to = ((y - firstRow) * size + (mirrored ? size - 1 - x : x)) * 3;
      wide[to] = r;
      wide[to + 1] = g;
      wide[to + 2] = b;
    }
  }
  const plane = size * size;
  for (let y = 0; y < size; y++) {
    const start = (rows.starts[y] ?? 0) - firstRow;
    for (let x = 0; x < size; x++) {
      let r = 0;
      let g = 0;
      let b = 0;
      for (let k = 0; k < rows.length; k++) {
        const weight = rows.weights[y * rows.length + k] ?? 0;
        const at = ((start + k) * size + x) * 3;
        r += weight * (wide[at] ?? 0);
        g += weight * (wide[at + 1] ?? 0);
        b += weight * (wide[at + 2] ?? 0);
      }
      const to = y * size + x;
      out[to] = unit(r);
      out[to + plane] = unit(g);
      out[to + 2 * plane] = unit(b);
    }
  }
}

/** Bytes to 0–1; the filters overshoot at edges. */
function unit(value: number): number {
  return Math.min(255, Math.max(0, value)) / 255;
}

/** For each of `size` output pixels over `[offset, offset + region)`: first source pixel and weights that sum to 1. */
function taps(offset: number, region: number, size: number, limit: number) {
  const scale = region / size;
  const kernel = scale > 1 ? lanczos3 : catmullRom;
  const stretch = Math.max(1, scale);
  const radius = kernel.support * stretch;
  const length = Math.min(limit, Math.ceil(2 * radius));
  const starts = new Int32Array(size);
  const weights = new Float32Array(size * length);
  for (let i = 0; i < size; i++) {
    const centre = offset + (i + 0.5) * scale - 0.5;
    const start = Math.max(0, Math.min(limit - length, Math.ceil(centre - radius)));
    starts[i] = start;
    let sum = 0;
    for (let k = 0; k < length; k++) {
      const weight = kernel.weight(Math.abs(start + k - centre) / stretch);
      weights[i * length + k] = weight;
      sum += weight;
    }
    for (let k = 0; k < length; k++) weights[i * length + k] = (weights[i * length + k] ?? 0) / sum;
  }
  return { starts, weights, length };
}

/** A filter: where it ends, and its value at a distance. */
interface Kernel {
  readonly support: number;
  weight(distance: number): number;
}

const lanczos3: Kernel = {
  support: 3,
  weight: (x) => {
    if (x >= 3) return 0;
    const angle = Math.PI * x;
    return x === 0 ? 1 : (3 * Math.sin(angle) * Math.sin(angle / 3)) / angle ** 2;
  },
};

const catmullRom: Kernel = {
  support: 2,
  weight: (x) => {
    if (x >= 2) return 0;
    return x < 1 ? (1.5 * x - 2.5) * x * x + 1 : ((2.5 - 0.5 * x) * x - 4) * x + 2;
  },
};
