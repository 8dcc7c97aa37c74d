/** Painting from file to file, in bands: neither picture is in memory as a whole. Node only. */

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { MOST_HELD_BYTES } from '../defaults.ts';
import { type FileBands, openBands } from '../../images/node/band-reader.ts';
import { type BandWriter, openBandWriter } from '../../images/node/band-writer.ts';
import type { ImageSize, SizeRequest } from '../../images/image.ts';
import { encoderBytes, checkMemory } from '../../images/node/limits.ts';
import { formatToWrite } from '../../images/node/encode.ts';
import type { FileInput, PictureSource } from '../../images/node/image-file.ts';
import type { PixelOptions } from '../options.ts';
import type { PixelStylizer } from '../stylizer.ts';
import type { SaveImageOptions } from './options.ts';
import { writingOf } from './stylized-image.ts';
import type { StyleMix } from '../style.ts';
import type { BandSink, BandSource } from '../tile-painting.ts';

/** A picture file to paint, and the file for the result. */
export interface FilePainting {
  readonly input: FileInput;
  /** The description of the input by `inspectImage`. */
  readonly source: PictureSource;
  /** Size of the result. */
  readonly size: ImageSize;
  readonly request: SizeRequest;
  readonly output: string;
  readonly saving: SaveImageOptions;
}

/**
 * Bytes per pixel of a picture that is painted in one piece, beside the painting: content and result as
 * float32 with alpha, and the result's samples.
 */
const HELD_BYTES = 36;

/** Whether a picture is better painted in bands, where painting takes `painting` bytes beside it. */
export function needsBands({ width, height }: ImageSize, painting: number, maxMemory?: number): boolean {
  const held = HELD_BYTES * width * height;
  return (
    held > MOST_HELD_BYTES || held + painting > Math.min(maxMemory ?? Infinity, process.availableMemory())
  );
}

/**
 * Paints a file into a file in bands. Memory for decoding, painting and encoding is checked before anything
 * is decoded. The output is written whole or not at all.
 *
 * @returns lines about faults of the input
 * @throws as `stylizeFile`
 */
export async function paintFileInBands(
  pixels: PixelStylizer,
  style: StyleMix,
  painting: FilePainting,
  options: PixelOptions,
): Promise<readonly string[]> {
  checkCodecs(painting, options.maxMemory);
  const file = new LazyFiles(painting);
  try {
    await pixels.stylizeBands(file.source, file.sink, style, options);
    return await file.finish();
  } finally {
    await file.close();
  }
}

/**
 * Checks the memory of decoder and encoder. They work one after the other with the
 * painting, so each has all of it.
 */
function checkCodecs({ source, size, output }: FilePainting, maxMemory = process.availableMemory()): void {
  const limit = Math.min(maxMemory, process.availableMemory());
  const pixels = ({ width, height }: ImageSize): string => `${width}×${height} pixels`;
  checkMemory(
    source.decoderBytes,
    source.name,
    pixels(source),
    'convert it to TIFF or plain PNG first',
    limit,
  );
  const bytes = encoderBytes(formatToWrite(output), size.width * size.height);
  checkMemory(bytes, output, pixels(size), 'write JPEG, PNG or TIFF', limit);
}

/** Both files, opened when the first band is read: by then the painting has checked its own memory. */
class LazyFiles {
  readonly source: BandSource;
  readonly sink: BandSink;
  readonly #painting: FilePainting;
  #opened: Promise<{ bands: FileBands; writer: BandWriter }> | undefined;

  constructor(painting: FilePainting) {
    this.#painting = painting;
    this.source = {
      ...painting.size,
      read: async (top, rows) => (await this.#open()).bands.read(top, rows),
    };
    let top = 0;
    this.sink = {
      write: async (band) => {
        const { bands, writer } = await this.#open();
        // The network does not see transparency.
        const alpha = bands.hasAlpha ? (await bands.read(top, band.height)).alpha : undefined;
        await writer.write(alpha === undefined ? band : { ...band, alpha });
        top += band.height;
      },
    };
  }

  async finish(): Promise<readonly string[]> {
    const { bands, writer } = await this.#open();
    await bands.close();
    await writer.finish();
    return bands.source.warnings;
  }

  /** Removes unfinished files. May be called at any time. */
  async close(): Promise<void> {
    const opened = await this.#opened?.catch(() => undefined);
    await Promise.all([opened?.writer.abort(), opened?.bands.close()]);
  }

  #open(): Promise<{ bands: FileBands; writer: BandWriter }> {
    this.#opened ??= openBoth(this.#painting);
    return this.#opened;
  }
}

async function openBoth({ input, source, size, request, output, saving }: FilePainting) {
  // Decoded pixels lie in the folder of the output, which has room for pictures. A temporary
  // folder may be in memory.
  const folder = dirname(output);
  await mkdir(folder, { recursive: true }).catch(() => {});
  const bands = await openBands(input, { ...request, name: source.name, temporaryFolder: folder });
  try {
    const options = { ...writingOf(source, formatToWrite(output), saving), alpha: bands.hasAlpha };
    return { bands, writer: await openBandWriter(output, size, options) };
  } catch (error) {
    await bands.close();
    throw error;
  }
}
