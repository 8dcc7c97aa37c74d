/** Writing of pictures too large for memory, band by band through a temporary file. Node only. */

import { type FileHandle, mkdir, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ImageError, SettingError } from '../../errors.ts';
import { pathOf } from '../../files/paths.ts';
import { explainFileError } from '../../files/read.ts';
import { takeOver, type WriteTarget, writeTarget } from '../../files/target.ts';
import { checkWriting, encoderFor, formatToWrite, unwritable, type WriteImageOptions } from './encode.ts';
import { holdsAlpha, type ImageFormat } from '../formats.ts';
import { type ImageSize, onWhite, outputSize, type RgbImage, toSamples } from '../image.ts';
import { checkNames } from './option-names.ts';
import { checkSpace } from './pixel-file.ts';
import { forgetTemporary, pathBeside, removeTemporary } from '../../files/temporary.ts';
import { type RawPixels, rowBytes, tiffHeader } from './tiff.ts';

/** Takes a picture in bands and writes a complete file or nothing. */
export interface BandWriter {
  /**
   * Adds the next rows. Bands without alpha count as opaque.
   *
   * @throws SettingError for a band of another width, with unannounced alpha, or beyond the last row;
   * ImageError if the disk is full. Only `abort` is possible then.
   */
  write(band: RgbImage): Promise<void>;
  /**
   * Encodes the rows under the requested name: completely or not at all, replacing a file of that name.
   *
   * @throws SettingError if rows are missing; ImageError if the file cannot be written. Temporary files are
   * removed in either case.
   */
  finish(): Promise<void>;
  /** Removes the temporary files. Does nothing after `finish` or a second time. */
  abort(): Promise<void>;
}

/** Options of {@link openBandWriter}. */
export interface BandWriterOptions extends WriteImageOptions {
  /** Whether bands have alpha, default no. JPEG gets the picture on white. */
  readonly alpha?: boolean;
}

/**
 * Starts a picture file of a given size, in the format of the path's ending. Missing folders are created.
 * Pixels are kept in a hidden file next to it, width × height × 3 or 4 bytes, twice that for 16 bits. Memory
 * does not grow with the picture for JPEG, PNG and TIFF; WebP and AVIF hold all of it while they encode.
 *
 * @throws ImageError for another ending, a size that the format cannot hold, or a place where nothing can be
 * written; SettingError for an impossible size or options
 */
export async function openBandWriter(
  place: string | URL,
  size: ImageSize,
  options: BandWriterOptions = {},
): Promise<BandWriter> {
  checkNames(options, 'openBandWriter');
  const path = pathOf(place, 'the output');
  const format = formatToWrite(path);
  // As callers without types call.
  const { width, height } = outputSize(size ?? {}, { size: size ?? {} });
  checkWriting({ width, height }, format, options);
  const { depth = 8, alpha = false } = options;
  const channels = alpha && holdsAlpha(format) ? 4 : 3;
  const pixels: RawPixels = { width, height, channels, depth };
  const target = await placeFor(path).catch(noPlace(path));
  const spool = pathBeside(target.path, '.pixels.tif');
  try {
    await checkSpace(spool, height * rowBytes(pixels), path);
    // Other users of the machine must not see the picture.
    const file = await open(spool, 'wx', 0o600).catch(noPlace(path));
    const writer = new SpoolingWriter({ path, target, format, pixels, options, alpha }, spool, file);
    await writer.begin().catch(async (error: unknown) => {
      await writer.abort();
      throw error;
    });
    return writer;
  } catch (error) {
    await removeTemporary(spool);
    throw error;
  }
}

/** Properties and path of the picture to write. */
interface Target {
  /** As given, for messages. */
  readonly path: string;
  readonly target: WriteTarget;
  readonly format: ImageFormat;
  readonly pixels: RawPixels;
  readonly options: WriteImageOptions;
  /** Whether bands have alpha, even if the format has none. */
  readonly alpha: boolean;
}

class SpoolingWriter implements BandWriter {
  readonly #target: Target;
  readonly #spool: string;
  #file: FileHandle | undefined;
  #rows = 0;
  /** Calls made while another is at work wait for it. */
  #queue: Promise<void> = Promise.resolve();

  constructor(target: Target, spool: string, file: FileHandle) {
    this.#target = target;
    this.#spool = spool;
    this.#file = file;
  }

  async begin(): Promise<void> {
    await this.#append(tiffHeader(this.#target.pixels));
  }

  async write(band: RgbImage): Promise<void> {
    return this.#inTurn(async () => {
      const { pixels, alpha, path } = this.#target;
      if (this.#file === undefined) throw ended(path);
      if (band.width !== pixels.width || this.#rows + band.height > pixels.height) {
        const expected = `at most ${pixels.height - this.#rows} rows of ${pixels.width} pixels`;
        const received = `${band.height} of ${band.width}`;
        throw new SettingError({ expected, name: `the next band of ${path}`, received });
      }
      if (band.alpha !== undefined && !alpha) {
        const problem = {
          expected: 'no alpha',
          name: `the next band of ${path}`,
          received: 'a band with alpha',
        };
        throw new SettingError({ ...problem, remedy: 'open the writer with alpha' });
      }
      const flat = pixels.channels === 4 ? band : onWhite(band);
      const samples = toSamples(flat, pixels.depth, pixels.channels);
      await this.#append(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
      this.#rows += band.height;
    });
  }

  async finish(): Promise<void> {
    return this.#inTurn(async () => {
      const { path, pixels } = this.#target;
      if (this.#file === undefined) throw ended(path);
      try {
        if (this.#rows < pixels.height) {
          const expected = `${pixels.height} rows`;
          throw new SettingError({ expected, name: path, received: `${this.#rows}` });
        }
        await this.#close();
        await this.#encode();
      } finally {
        await this.#discard();
      }
    });
  }

  async abort(): Promise<void> {
    return this.#inTurn(() => this.#discard());
  }

  async #encode(): Promise<void> {
    const { path, target, pixels, format, options } = this.#target;
    const temporary = pathBeside(target.path, '.tmp');
    try {
      const encoder = await encoderFor(this.#spool, pixels, format, options);
      // libvips keeps the permissions of an existing file.
      await open(temporary, 'wx', target.mode | 0o600).then((file) => file.close(), noPlace(path));
      await encoder.toFile(temporary).catch(unwritable(format, pixels));
      await putInPlace(temporary, target).catch(noPlace(path));
      forgetTemporary(temporary);
    } finally {
      await removeTemporary(temporary);
    }
  }

  async #append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length; ) {
      const written = await this.#file?.write(bytes, done).catch(noPlace(this.#target.path));
      done += written?.bytesWritten ?? bytes.length;
    }
  }

  async #close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  async #discard(): Promise<void> {
    await this.#close();
    await removeTemporary(this.#spool);
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => {});
    return done;
  }
}

/**
 * Flushes a file to disk before renaming it: some file systems would rename it before its data are on disk.
 */
async function putInPlace(temporary: string, target: WriteTarget): Promise<void> {
  const file = await open(temporary, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
  await takeOver(temporary, target);
  await rename(temporary, target.path);
}

/** Finds out now rather than after hours of painting. */
async function placeFor(path: string): Promise<WriteTarget> {
  const target = await writeTarget(path);
  await mkdir(dirname(target.path), { recursive: true });
  return target;
}

/** For `.catch`: turns an error of the file system into an ImageError. */
function noPlace(path: string): (cause: unknown) => never {
  return (cause) => {
    const received = explainFileError(cause);
    throw new ImageError({ expected: 'a place to write', name: path, received }, { cause });
  };
}

function ended(path: string): SettingError {
  return new SettingError({ expected: 'a writer at work', name: path, received: 'one that has ended' });
}
