/**
 * Packed pictures: decoded once, reduced, and encoded as WebP into tar shards with an index, for training on
 * any machine. This trainer and `torch/train.py` read them. Node only.
 */

import { existsSync } from 'node:fs';
import { mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { z } from 'zod';
import { SettingError, TrainingError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { type RgbImage, toInterleaved } from '../../images/image.ts';
import { inspectImage, readImage } from '../../images/node/image-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { explainFileError, readJson } from '../../files/read.ts';
import { openRegular } from '../../files/regular.ts';
import { isWanted, listPictures } from './list-pictures.ts';

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
 * Packs a folder of pictures.
 *
 * @throws SettingError if `output` holds a pack and `overwrite` is not set; TrainingError if
 *   no picture can be used
 */
export async function packPictures(options: PackOptions): Promise<PackIndex> {
  const { folder, output, shortSide, quality, maxBytes = Number.POSITIVE_INFINITY, signal } = options;
  const indexPath = join(output, PACK_INDEX);
  if (existsSync(indexPath) && options.overwrite !== true) {
    throw new SettingError({
      expected: 'a folder without a pack',
      name: 'the output',
      received: indexPath,
      remedy: 'choose another, or replace it with --force',
    });
  }
  const listed = await listPictures(folder, options.recursive);
  const files = listed.filter(({ name }) => isWanted(name, options.only));
  await mkdir(output, { recursive: true });
  await rm(indexPath, { force: true });
  const index: PackIndex = {
    format: 'wasserfarbe pictures 1',
    shortSide,
    quality,
    listed: [],
    skipped: [],
    pictures: [],
  };
  const shards = new ShardWriter(output);
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
      options.onProgress?.(Math.min(at + TOGETHER, order.length), order.length);
    }
  } finally {
    await shards.close();
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
  await writeFileAtomic(indexPath, new TextEncoder().encode(`${JSON.stringify(index)}\n`));
  return index;
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

/** Bytes after which a shard is full. */
const SHARD_BYTES = 256 * 2 ** 20;

/** Tar works in blocks of this many bytes. */
const BLOCK = 512;

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

/** Tar files `00000.tar`, … of numbered pictures. */
class ShardWriter {
  readonly #folder: string;
  #file: Awaited<ReturnType<typeof open>> | undefined;
  #shards = 0;
  #pictures = 0;
  #offset = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes that `data` will take. */
  cost(data: Uint8Array): number {
    return BLOCK + Math.ceil(data.length / BLOCK) * BLOCK;
  }

  async add(data: Uint8Array): Promise<{ shard: string; offset: number }> {
    if (this.#file !== undefined && this.#offset + this.cost(data) > SHARD_BYTES) await this.close();
    const shard = `${String(this.#shards).padStart(5, '0')}.tar`;
    this.#file ??= await open(join(this.#folder, shard), 'w');
    const entry = new Uint8Array(this.cost(data));
    entry.set(tarHeader(`${String(this.#pictures++).padStart(8, '0')}.webp`, data.length));
    entry.set(data, BLOCK);
    await this.#file.writeFile(entry);
    const offset = this.#offset + BLOCK;
    this.#offset += entry.length;
    return { shard, offset };
  }

  /** Two empty blocks end a tar file. */
  async close(): Promise<void> {
    if (this.#file === undefined) return;
    await this.#file.writeFile(new Uint8Array(2 * BLOCK));
    await this.#file.close();
    this.#file = undefined;
    this.#shards++;
    this.#offset = 0;
  }
}

/** A header of POSIX's ustar form for a plain file. */
function tarHeader(name: string, size: number): Uint8Array {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7), 100);
  header.write(octal(0, 7), 108);
  header.write(octal(0, 7), 116);
  header.write(octal(size, 11), 124);
  header.write(octal(0, 11), 136);
  header.write('        0', 148);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
}
