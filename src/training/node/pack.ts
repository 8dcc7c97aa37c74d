/**
 * Packed pictures: decoded once, reduced, and encoded as WebP into tar shards with an index, for training on
 * any machine. This trainer and `torch/train.py` read them. Node only.
 */

import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { SettingError, TrainingError, WasserfarbeError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { type RgbImage, toInterleaved } from '../../images/image.ts';
import { inspectImage, readImage } from '../../images/node/image-file.ts';
import { takeLock } from '../../files/lock.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { explainFileError, readJson } from '../../files/read.ts';
import { openRegular } from '../../files/regular.ts';
import { isWanted, listPictures } from './list-pictures.ts';
import { isShardName, ShardWriter } from './shards.ts';

/** The index of a pack. If it exists, the shards are complete. */
export const PACK_INDEX = 'index.json';

const indexSchema = z.strictObject({
  format: z.literal('wasserfarbe pictures 1'),
  /** Short side of reduced pictures, in pixels. */
  shortSide: z.number(),
  /** Quality of WebP, 1 to 100. */
  quality: z.number(),
  /**
   * File names of all pictures considered, sorted. The split into training and held-back
   * pictures is made of them.
   */
  listed: z.array(z.string()),
  /** `file: reason` of each unusable picture. */
  skipped: z.array(z.string()),
  /** Sorted by name. A picture takes `bytes` bytes of the file `shard` from `offset` on. */
  pictures: z.array(
    z.strictObject({
      name: z.string(),
      shard: z.string(),
      offset: z.number(),
      bytes: z.number(),
      width: z.number(),
      height: z.number(),
    }),
  ),
});
export type PackIndex = z.output<typeof indexSchema>;

export interface PackOptions {
  readonly folder: string;
  /** Folder of the pack, created if necessary. */
  readonly output: string;
  /** Short side in pixels; smaller pictures keep their size. */
  readonly shortSide: number;
  /** Quality of WebP, 1 to 100. */
  readonly quality: number;
  /**
   * Most bytes of the whole pack. It limits the number of pictures, which are spread evenly over the order of
   * their names. Default: all.
   */
  readonly maxBytes?: number | undefined;
  /** Whether folders inside are entered. Names of pictures there begin with those of their folders. */
  readonly recursive?: boolean;
  /** File names to use, with or without their folders; all by default. */
  readonly only?: ReadonlySet<string> | undefined;
  /** Whether to replace an existing pack. */
  readonly overwrite?: boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Packs a folder of pictures. The pack is made in a hidden folder of `output`, and takes the place of an
 * older one when it is whole.
 *
 * @throws SettingError if `output` holds a pack and `overwrite` is not set; TrainingError if
 *   no picture can be used, or `output` cannot be written; the signal's reason
 */
export async function packPictures(options: PackOptions): Promise<PackIndex> {
  const { folder, output, signal } = options;
  const unwritten = (cause: unknown): never => {
    const isOurs = cause instanceof WasserfarbeError || signal?.aborted === true;
    if (isOurs || !(cause instanceof Error && 'code' in cause)) throw cause;
    const problem = { expected: 'a folder that can be written', name: 'the output', where: output };
    throw new TrainingError({ ...problem, received: explainFileError(cause) }, { cause });
  };
  await refuseOthers(output, options.overwrite).catch(unwritten);
  const listed = await listPictures(folder, options.recursive);
  const files = listed.filter(({ name }) => isWanted(name, options.only));
  const isNew = (await mkdir(output, { recursive: true }).catch(unwritten)) !== undefined;
  const words = { expected: 'a folder that nobody else packs into', name: 'the output' };
  const lock = await takeLock(join(output, 'packing.lock'), words).catch(unwritten);
  const making = join(output, MAKING);
  try {
    // A killed process leaves it.
    await rm(making, { recursive: true, force: true });
    await mkdir(making);
    const index = await makePack(making, files, options);
    await replacePack(output, making, index);
    return index;
  } catch (error) {
    return unwritten(error);
  } finally {
    await rm(making, { recursive: true, force: true }).catch(() => {});
    await lock.release();
    // One that was made for nothing is empty.
    if (isNew) await rmdir(output).catch(() => {});
  }
}

/** The hidden folder in which a pack is made. */
const MAKING = '.packing';

/** @throws SettingError if there is a pack, or a file like one of a pack, unless it may be replaced */
async function refuseOthers(output: string, overwrite = false): Promise<void> {
  if (overwrite) return;
  const names = await readdir(output).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  const found = names.find((name) => name === PACK_INDEX) ?? names.find(isShardName);
  if (found === undefined) return;
  throw new SettingError({
    expected: 'a folder without a pack',
    name: 'the output',
    received: join(output, found),
    remedy: 'choose another, or replace it with --force',
  });
}

/** Writes shards and index into an empty folder. */
async function makePack(
  place: string,
  files: Awaited<ReturnType<typeof listPictures>>,
  { folder, shortSide, quality, maxBytes = Number.POSITIVE_INFINITY, signal, onProgress }: PackOptions,
): Promise<PackIndex> {
  const index: PackIndex = {
    format: 'wasserfarbe pictures 1',
    ...{ shortSide, quality, listed: [], skipped: [], pictures: [] },
  };
  const shards = new ShardWriter(place);
  let total = ROOM_AROUND;
  try {
    const order = evenOrder(files.length).flatMap((i) => files[i] ?? []);
    let full = false;
    for (let at = 0; at < order.length && !full; at += TOGETHER) {
      signal?.throwIfAborted();
      const batch = order.slice(at, at + TOGETHER);
      const packed = await Promise.all(batch.map(({ path }) => encode(path, shortSide, quality)));
      for (const [i, { name }] of batch.entries()) {
        const picture = packed[i];
        if (picture === undefined) continue;
        const cost =
          typeof picture === 'string' ? 0 : shards.cost(picture.data) + ROOM_IN_INDEX + 2 * name.length;
        full = total + cost > maxBytes;
        if (full) break;
        total += cost;
        index.listed.push(name);
        if (typeof picture === 'string') index.skipped.push(`${name}: ${picture}`);
        else {
          const { width, height, data } = picture;
          index.pictures.push({ name, ...(await shards.add(data)), bytes: data.length, width, height });
        }
      }
      onProgress?.(Math.min(at + TOGETHER, order.length), order.length);
    }
    await shards.close();
  } finally {
    await shards.drop();
  }
  if (index.pictures.length === 0) {
    throw new TrainingError({
      expected: 'pictures that can be read, and room for them',
      name: folder,
      received: index.skipped[0] ?? 'none',
    });
  }
  index.listed.sort();
  index.skipped.sort();
  index.pictures.sort((a, b) => (a.name < b.name ? -1 : 1));
  await writeFileAtomic(join(place, PACK_INDEX), new TextEncoder().encode(`${JSON.stringify(index)}\n`));
  return index;
}

/** Puts a whole pack in place of the one in `output`. That is back if any of its files cannot be moved. */
async function replacePack(output: string, made: string, index: PackIndex): Promise<void> {
  const before = await readPackIndex(output).catch(() => undefined);
  const shardsOf = (pack: PackIndex | undefined) => (pack?.pictures ?? []).map(({ shard }) => shard);
  const shards = [...new Set(shardsOf(index))];
  const aside = join(made, 'before');
  await mkdir(aside);
  const undo: (() => Promise<void>)[] = [];
  const move = async (from: string, to: string) => {
    await rename(from, to);
    undo.unshift(() => rename(to, from));
  };
  try {
    // The index goes first and comes last: what has one is whole.
    for (const name of new Set([PACK_INDEX, ...shardsOf(before).filter(isShardName), ...shards])) {
      if (existsSync(join(output, name))) await move(join(output, name), join(aside, name));
    }
    for (const name of [...shards, PACK_INDEX]) await move(join(made, name), join(output, name));
  } catch (error) {
    for (const back of undo) await back();
    throw error;
  }
}

/** Reads the index of the pack in `folder`. */
export async function readPackIndex(folder: string): Promise<PackIndex> {
  const path = join(folder, PACK_INDEX);
  const parsed = indexSchema.safeParse(await readJson(path, 'the index of packed pictures', TrainingError));
  if (parsed.success) return parsed.data;
  throw new TrainingError({
    expected: 'an index of wasserfarbe dataset pack',
    name: path,
    received: parsed.error.issues[0]?.message ?? 'something else',
    remedy: 'pack the pictures again',
  });
}

/** The file of a packed picture. */
export async function readPacked(
  folder: string,
  { name, shard, offset, bytes }: PackIndex['pictures'][number],
): Promise<Uint8Array> {
  const { file } = await openRegular(join(folder, shard)).catch((cause: unknown) => {
    const received = explainFileError(cause);
    const problem = { expected: 'a shard of packed pictures', name: join(folder, shard), received };
    throw new TrainingError({ ...problem, remedy: 'fetch or pack it again' }, { cause });
  });
  try {
    const { bytesRead, buffer } = await file.read(new Uint8Array(bytes), 0, bytes, offset);
    if (bytesRead === bytes) return buffer;
    throw new TrainingError({
      expected: `${bytes} bytes of ${name}`,
      name: join(folder, shard),
      received: `${bytesRead}`,
      remedy: 'fetch or pack it again',
    });
  } finally {
    await file.close();
  }
}

/** Number of pictures decoded at a time. */
const TOGETHER = 8;

/** Bytes of a pack beside its pictures: settings, ends of shards. */
const ROOM_AROUND = 4096;

/** Bytes of a picture's entry in the index, without its name. */
const ROOM_IN_INDEX = 100;

/** 0 … count − 1 with their bits mirrored. Every prefix of this order is evenly spread. */
export function evenOrder(count: number): number[] {
  const bits = Math.max(1, Math.ceil(Math.log2(Math.max(1, count))));
  const mirrored = (i: number) =>
    Number.parseInt(i.toString(2).padStart(bits, '0').split('').reverse().join(''), 2);
  return Array.from({ length: 2 ** bits }, (_, i) => mirrored(i)).filter((i) => i < count);
}

/** The picture as WebP, or the reason why it cannot be used. */
async function encode(file: string, shortSide: number, quality: number) {
  try {
    const image = await readSmall(file, shortSide);
    const raw = { width: image.width, height: image.height, channels: 3 } as const;
    const data = await sharp(toInterleaved(image), { raw }).webp({ quality }).toBuffer();
    return { data, width: image.width, height: image.height };
  } catch (error) {
    return messageOf(error);
  }
}

/** Reads a picture and reduces it if its short side is longer than `shortSide`. */
export async function readSmall(input: string | Uint8Array, shortSide: number): Promise<RgbImage> {
  const { width, height } = await inspectImage(input);
  return readImage(input, Math.min(width, height) <= shortSide ? {} : { shortSide });
}
