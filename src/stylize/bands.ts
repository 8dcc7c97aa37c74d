/** Bands of rows: sources and sinks for pictures in memory, and work done band by band. */

import { cropImage, type ImageSize, type RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { pause } from '../pause.ts';
import type { Window } from './masks.ts';
import type { BandSink, BandSource } from './tile-painting.ts';

/** Reads rows of a picture: copies, except where the band is the whole picture. */
export function imageSource({ width, height, data }: RgbImage): BandSource {
  return {
    width,
    height,
    async read(top, rows) {
      if (rows === height) return { width, height, data };
      return cropImage({ width, height, data }, { left: 0, top, width, height: rows });
    },
  };
}

/** A sink that fills a picture from the top. */
export function imageSink({ width, height }: { width: number; height: number }): BandSink & {
  readonly image: RgbImage;
} {
  const image = { width, height, data: new Float32Array(3 * width * height) };
  let top = 0;
  return {
    image,
    async write(band) {
      for (let c = 0; c < 3; c++) {
        const rows = band.data.subarray(c * band.height * width, (c + 1) * band.height * width);
        image.data.set(rows, (c * height + top) * width);
      }
      top += band.height;
    },
  };
}

/** Rows of a band. */
const ROWS = 128;

/** Makes a band of the result from a band of the picture. */
export type BandWork = (band: RgbImage, window: Window) => RgbImage;

export interface BandOptions {
  readonly signal?: AbortSignal | undefined;
  onBand?(done: number, total: number): void;
}

/**
 * Carries a picture from its source through `work` into the sink. An abort takes effect between two bands and
 * rejects with the signal's reason.
 */
export async function paintBands(
  source: BandSource,
  sink: BandSink,
  work: BandWork,
  { signal, onBand }: BandOptions = {},
): Promise<void> {
  const { width, height } = source;
  const total = Math.ceil(height / ROWS);
  for (let i = 0; i < total; i++) {
    const top = i * ROWS;
    const rows = Math.min(ROWS, height - top);
    await sink.write(work(await source.read(top, rows), { top, left: 0, width, height: rows }));
    onBand?.(i + 1, total);
    await pause(signal);
  }
}

/** The colours of a picture at another size, read band by band. */
export async function resizedSource(
  source: BandSource,
  size: ImageSize,
  { signal }: BandOptions = {},
): Promise<RgbImage> {
  const { width, height } = source;
  // Averages boxes first. They stay so small that the better filter afterwards leaves no trace of them.
  const box = Math.max(1, Math.floor(Math.min(width / size.width, height / size.height) / 2));
  const small = { width: Math.ceil(width / box), height: Math.ceil(height / box) };
  const pixels = small.width * small.height;
  const data = new Float32Array(3 * pixels);
  const rows = Math.max(box, Math.floor(ROWS / box) * box);
  for (let top = 0; top < height; top += rows) {
    const band = await source.read(top, Math.min(rows, height - top));
    for (let c = 0; c < 3; c++) {
      const plane = band.data.subarray(c * width * band.height, (c + 1) * width * band.height);
      const to = data.subarray(c * pixels + (top / box) * small.width, (c + 1) * pixels);
      addBoxMeans(plane, { width, height: band.height }, box, to);
    }
    await pause(signal);
  }
  return resampleImage({ ...small, data }, size, { centred: true });
}

/** Adds means over boxes. Boxes at the right and lower edges cover only the pixels that exist. */
function addBoxMeans(plane: Float32Array, { width, height }: ImageSize, box: number, to: Float32Array): void {
  const columns = Math.ceil(width / box);
  for (let y = 0; y < height; y++) {
    const row = Math.floor(y / box);
    const rows = Math.min(box, height - row * box);
    for (let x = 0; x < columns; x++) {
      const end = Math.min(width, (x + 1) * box);
      let sum = 0;
      for (let k = x * box; k < end; k++) sum += plane[y * width + k] ?? 0;
      const i = row * columns + x;
      to[i] = (to[i] ?? 0) + sum / (rows * (end - x * box));
    }
  }
}
