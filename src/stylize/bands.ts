/** Pictures in memory as sources and sinks of bands of rows. */

import { cropImage, type RgbImage } from '../images/image.ts';
import type { BandSink, BandSource } from './tiled.ts';

/** Rows of a picture; a copy, but for the whole picture. */
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

/** A picture that is filled from the top. */
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

/** Rows that are copied in one go. */
const COPIED_ROWS = 128;

/** The picture as it is. Aborting rejects with the signal's reason, between two bands. */
export async function copyBands(
  source: BandSource,
  sink: BandSink,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { width, height } = source;
  for (let top = 0; top < height; top += COPIED_ROWS) {
    const rows = Math.min(COPIED_ROWS, height - top);
    const { data } = await source.read(top, rows);
    await sink.write({ width, height: rows, data });
    signal?.throwIfAborted();
  }
}
