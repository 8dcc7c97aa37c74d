/** Folders and packs of pictures for training: what is in them, and a picture at its size. Node only. */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { TrainingError } from '../../errors.ts';
import { messageOf } from '../../thrown.ts';
import { outputSize, toInterleaved } from '../../images/image.ts';
import { readImage } from '../../images/node/image-file.ts';
import type { TrainingConfig } from '../config.ts';
import { indexFolder } from './folder-index.ts';
import { Gate } from './gate.ts';
import { isWanted } from './list-pictures.ts';
import { PACK_INDEX, type PackIndex, readPacked, readPackIndex, readSmall } from './pack.ts';
import { cachedBytes, type PictureCache, type Pixels } from './picture-cache.ts';

/** A picture of a folder or a pack. Plain data, which threads can send each other. */
export interface Picture {
  readonly name: string;
  /** Its path, or its place in a pack. */
  readonly source: string | { readonly folder: string; readonly entry: PackIndex['pictures'][number] };
  /** Changes with the picture. */
  readonly stamp: string;
  /** Sides of the upright picture in pixels, as in its file. */
  readonly width: number;
  readonly height: number;
}

export interface Dataset {
  /** The usable pictures, sorted by name. Damage within a file shows only when it is decoded. */
  readonly pictures: readonly Picture[];
  /** File names of all pictures considered, including those skipped. A split is made of them. */
  readonly listed: readonly string[];
  /** `file: reason` of each unusable picture. */
  readonly skipped: readonly string[];
}

/** How pictures are resized when they are decoded. Plain data, which threads can send each other. */
export interface Resizing {
  /** Short side of decoded pictures; smaller ones keep their size. Both sides if they are made square. */
  readonly shortSide: number;
  readonly resize: TrainingConfig['resize'];
}

export interface DatasetOptions extends Resizing {
  /** Pictures with a shorter side below this are skipped. */
  readonly minimumSide: number;
  /** Folder in which the index is kept. */
  readonly cacheDir: string;
  /** Whether folders inside are entered. Names of pictures there begin with those of their folders. */
  readonly recursive?: boolean;
  /** File names to use, with or without their folders; all by default. */
  readonly only?: ReadonlySet<string>;
  /** Called for each file that is opened, because the index did not know it. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Aborting a long index rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Indexes the pictures of `folder`.
 *
 * @throws TrainingError if none can be used
 */
export async function openDataset(folder: string, options: DatasetOptions): Promise<Dataset> {
  const found = existsSync(join(folder, PACK_INDEX))
    ? await packedPictures(folder, options.only)
    : await loosePictures(folder, options);
  const side = ({ width, height }: Picture) =>
    options.resize === 'square' ? options.shortSide : Math.min(width, height, options.shortSide);
  const [pictures, small] = [found.pictures, []] as [Picture[], string[]];
  const usable = pictures.filter((picture) => {
    if (side(picture) >= options.minimumSide) return true;
    small.push(`${picture.name}: ${side(picture)} pixels, fewer than ${options.minimumSide}`);
    return false;
  });
  if (usable.length === 0) {
    throw new TrainingError({
      expected: `pictures of at least ${options.minimumSide} pixels`,
      name: folder,
      received: `none that can be used out of ${found.listed.length}`,
    });
  }
  return { pictures: usable, listed: found.listed, skipped: [...found.skipped, ...small].sort() };
}

interface Found extends Dataset {
  readonly pictures: Picture[];
}

async function loosePictures(folder: string, options: DatasetOptions): Promise<Found> {
  const key = createHash('sha256')
    .update(`${resolve(folder)}\n${options.recursive === true}`)
    .digest('hex');
  const file = join(options.cacheDir, `index-${key.slice(0, 16)}.json`);
  const index = await indexFolder(folder, { ...options, file });
  const pictures = index.pictures.map(({ path, ...picture }) => ({ ...picture, source: path }));
  return { ...index, pictures };
}

async function packedPictures(folder: string, only?: ReadonlySet<string>): Promise<Found> {
  const { listed, skipped, pictures } = await readPackIndex(folder);
  return {
    listed: listed.filter((name) => isWanted(name, only)),
    skipped: skipped.filter((line) => only === undefined || isWanted(line.split(': ', 1)[0] ?? '', only)),
    pictures: pictures.flatMap((entry) => {
      const { name, width, height } = entry;
      if (!isWanted(name, only)) return [];
      return [{ name, width, height, source: { folder, entry }, stamp: JSON.stringify(entry) }];
    }),
  };
}

/** A picture in the form that {@link readImage} takes: its path, or the bytes of a packed one. */
export async function originalOf({ source }: Picture): Promise<string | Uint8Array> {
  return typeof source === 'string' ? source : readPacked(source.folder, source.entry);
}

/** Changes when pictures are read differently, so that old files of the cache are not used. */
const READING = 'colours outside profiles';

/** The key of a decoded picture in a {@link PictureCache}. */
export function keyOf({ source, stamp }: Picture, { shortSide, resize }: Resizing): string {
  const place = resolve(typeof source === 'string' ? source : source.folder);
  return createHash('sha256')
    .update([READING, resize === 'square' ? `${shortSide}×${shortSide}` : shortSide, place, stamp].join('\n'))
    .digest('hex')
    .slice(0, 32);
}

/** Bytes that a decoded picture takes in a {@link PictureCache}. */
export function bytesOf(picture: Picture, { shortSide, resize }: Resizing): number {
  if (resize === 'square') return cachedBytes({ width: shortSide, height: shortSide });
  const isSmall = Math.min(picture.width, picture.height) <= shortSide;
  return cachedBytes(isSmall ? picture : outputSize(picture, { shortSide }));
}

/** Pixels that are decoded at a time. A larger picture, which may take gigabytes, is decoded alone. */
const PIXELS_TOGETHER = 48e6;

/** Pictures that are decoded at a time: libvips works beside JavaScript, on several cores. */
const TOGETHER = 8;

/** Decodes pictures, a few at a time, or takes them from the cache. */
export class PictureReader {
  readonly #resizing: Resizing;
  readonly #cache: PictureCache | undefined;
  readonly #gate = new Gate(PIXELS_TOGETHER);

  constructor(resizing: Resizing, cache?: PictureCache) {
    this.#resizing = resizing;
    this.#cache = cache;
  }

  /** The pixels at their size, or the reason why the picture cannot be used. */
  async read(picture: Picture): Promise<Pixels | string> {
    const key = keyOf(picture, this.#resizing);
    const cost = Math.max(picture.width * picture.height, PIXELS_TOGETHER / TOGETHER);
    return (await this.#cache?.get(key)) ?? this.#gate.pass(cost, () => this.#decode(picture, key));
  }

  /** What has not begun rejects. */
  close(): void {
    this.#gate.close();
  }

  async #decode(picture: Picture, key: string): Promise<Pixels | string> {
    try {
      const original = await originalOf(picture);
      const { shortSide, resize } = this.#resizing;
      const image =
        resize === 'square'
          ? await readImage(original, { size: { width: shortSide, height: shortSide } })
          : await readSmall(original, shortSide);
      const pixels = { data: toInterleaved(image), width: image.width, height: image.height };
      await this.#cache?.put(key, pixels);
      return pixels;
    } catch (error) {
      return messageOf(error);
    }
  }
}
