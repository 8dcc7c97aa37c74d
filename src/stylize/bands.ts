/** Pictures in memory as sources and sinks of bands of rows. */

import type { RgbImage } from '../images/image.ts';
import type { BandSink, BandSource } from './tiled.ts';

/** Rows of a picture; a copy, but for the whole picture. */
export function imageSource({ width, height, data }: RgbImage): BandSource {
  return {
    width,
    height,
    async read(top, rows) {
      if (rows === height) return { width, height, data };
      const band = new Float32Array(3 * rows * width);
      for (let c = 0; c < 3; c++) {
        const from = (c * height + top) * width;
        band.set(data.subarray(from, from + rows * width), c * rows * width);
      }
      return { width, height: rows, data: band };
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
