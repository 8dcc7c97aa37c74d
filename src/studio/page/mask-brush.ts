/** Painting on masks with a soft round brush. */

import type { MaskPlane } from './settings.ts';
import type { Size, Spot } from './view.ts';

/** Long side of a mask in pixels: enough for soft masks. */
const LONG_SIDE = 256;

export interface Stroke {
  /** Points of the picture, 0–1 each. */
  readonly from: Spot;
  readonly to: Spot;
  /** Diameter as a part of the picture's short side. */
  readonly diameter: number;
  readonly isErasing: boolean;
}

/** A mask of a picture's shape: empty, for painting, or full, for erasing. */
export function blankMask(picture: Size, isFull: boolean): MaskPlane {
  const scale = LONG_SIDE / Math.max(picture.width, picture.height);
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  return { width, height, data: new Uint8ClampedArray(width * height).fill(isFull ? 255 : 0) };
}

/** The mask after a stroke of the brush along a line: the same one if the stroke changes nothing. */
export function painted(mask: MaskPlane, stroke: Stroke): MaskPlane {
  const { width, height, data } = mask;
  let isChanged = false;
  const result = data.slice();
  const radius = Math.max(1, (stroke.diameter * Math.min(width, height)) / 2);
  const from = { x: stroke.from.x * width, y: stroke.from.y * height };
  const to = { x: stroke.to.x * width, y: stroke.to.y * height };
  const [left, right] = range(from.x, to.x, radius, width);
  const [top, bottom] = range(from.y, to.y, radius, height);
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const [fromX, fromY] = [x + 0.5 - from.x, y + 0.5 - from.y];
      const along = length === 0 ? 0 : Math.min(1, Math.max(0, (fromX * dx + fromY * dy) / length));
      const distance = Math.sqrt((fromX - along * dx) ** 2 + (fromY - along * dy) ** 2);
      if (distance >= radius) continue;
      const value = 255 * softness(distance / radius);
      const at = y * width + x;
      const old = data[at] ?? 0;
      result[at] = stroke.isErasing ? Math.min(old, 255 - value) : Math.max(old, value);
      isChanged ||= result[at] !== old;
    }
  }
  return isChanged ? { width, height, data: result } : mask;
}

/** 1 in the inner half of the brush, then falling smoothly to 0 at its edge. */
function softness(part: number): number {
  const t = Math.min(1, (1 - part) * 2);
  return t * t * (3 - 2 * t);
}

function range(a: number, b: number, radius: number, length: number): readonly [number, number] {
  return [
    Math.max(0, Math.floor(Math.min(a, b) - radius)),
    Math.min(length, Math.ceil(Math.max(a, b) + radius)),
  ];
}
