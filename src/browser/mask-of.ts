/** Masks from pixels. */

import type { Mask } from '../stylize/masks.ts';

/**
 * A mask out of pixels, e.g. of a canvas that somebody painted on (`context.getImageData`). `luma` (default): white is 1 and
 * black 0, as masks of the command line are, and what is transparent is 0; `alpha`: how opaque a pixel is.
 */
export function maskOf({ width, height, data }: ImageData, channel: 'luma' | 'alpha' = 'luma'): Mask {
  const values = new Float32Array(width * height);
  for (let i = 0; i < values.length; i++) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(4 * i, 4 * i + 4);
    const luma = channel === 'alpha' ? 255 : 0.299 * red + 0.587 * green + 0.114 * blue;
    values[i] = Math.min(1, (luma / 255) * (alpha / 255));
  }
  return { width, height, data: values };
}
