/** Masks follow the photograph when it is turned and cropped. */

import { type Box, pixelsOf, turnedSize, type Turns } from './crop-shape.ts';
import { blankMask } from './mask-brush.ts';
import type { MaskPlane } from './settings.ts';
import type { Size, Spot } from './view.ts';

/** A photograph turned, then cropped. */
interface Cut {
  readonly turns: Turns;
  readonly box: Box;
}

/**
 * The mask of one cut of a photograph, for another cut. Parts that the old cut did not show have the values
 * at its nearest edge: a sky goes on as sky.
 *
 * @param size of the uncut photograph
 */
export function recutMask(mask: MaskPlane, from: Cut, to: Cut, size: Size): MaskPlane {
  const { width, height, data } = blankMask(pixelsOf(to.box, turnedSize(size, to.turns)), false);
  const turns = from.turns - to.turns + 4;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      let spot: Spot = {
        x: to.box.x + ((column + 0.5) / width) * to.box.width,
        y: to.box.y + ((row + 0.5) / height) * to.box.height,
      };
      for (let i = 0; i < turns % 4; i++) spot = { x: 1 - spot.y, y: spot.x };
      data[row * width + column] = valueAt(mask, {
        x: (spot.x - from.box.x) / from.box.width,
        y: (spot.y - from.box.y) / from.box.height,
      });
    }
  }
  return { width, height, data };
}

/** The value at a spot, 0–1 inside of the mask: interpolated, and outside that of the edge. */
function valueAt({ width, height, data }: MaskPlane, spot: Spot): number {
  const x = Math.min(width - 1, Math.max(0, spot.x * width - 0.5));
  const y = Math.min(height - 1, Math.max(0, spot.y * height - 0.5));
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [Math.min(width - 1, left + 1), Math.min(height - 1, top + 1)];
  const at = (column: number, row: number) => data[row * width + column] ?? 0;
  const between = (a: number, b: number, part: number) => a + (b - a) * part;
  return between(
    between(at(left, top), at(right, top), x - left),
    between(at(left, bottom), at(right, bottom), x - left),
    y - top,
  );
}
