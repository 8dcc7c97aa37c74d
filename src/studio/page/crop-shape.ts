/** The part of a photograph that is painted: its geometry. */

import type { Size, Spot } from './view.ts';

/** A rectangle in a picture; lengths are parts of the picture's sides, 0–1. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const wholeBox: Box = { x: 0, y: 0, width: 1, height: 1 };

/** Quarter turns, clockwise. */
export type Turns = 0 | 1 | 2 | 3;

/** A corner or an edge, by compass points. */
export const handles = ['nw', 'n', 'ne', 'e', 'se', 's', 'sw', 'w'] as const;
export type Handle = (typeof handles)[number];

const clamp = (value: number, least: number, most: number) => Math.min(most, Math.max(least, value));

export function turned(turns: Turns, by: 1 | -1): Turns {
  return ((turns + by + 4) % 4) as Turns;
}

/** The same part of the picture after a quarter turn. */
export function turnedBox({ x, y, width, height }: Box, by: 1 | -1): Box {
  const sides = { width: height, height: width };
  return by === 1 ? { x: 1 - y - height, y: x, ...sides } : { x: y, y: 1 - x - width, ...sides };
}

export function turnedSize({ width, height }: Size, turns: Turns): Size {
  return turns % 2 === 0 ? { width, height } : { width: height, height: width };
}

export function movedBox(box: Box, by: Spot): Box {
  return {
    ...box,
    x: clamp(box.x + by.x, 0, 1 - box.width),
    y: clamp(box.y + by.y, 0, 1 - box.height),
  };
}

/**
 * A box one of whose corners or edges is moved.
 *
 * @param ratio width by height to keep, in the box's units; only corners then have an effect
 * @param least its least sides
 */
export function resizedBox(box: Box, handle: Handle, by: Spot, ratio: number | undefined, least: Size): Box {
  const isLeft = handle.includes('w');
  const isTop = handle.includes('n');
  const [right, bottom] = [box.x + box.width, box.y + box.height];
  const hasX = isLeft || handle.includes('e');
  const hasY = isTop || handle.includes('s');
  const [roomX, roomY] = [isLeft ? right : 1 - box.x, isTop ? bottom : 1 - box.y];
  let width = hasX ? clamp(box.width + (isLeft ? -by.x : by.x), least.width, roomX) : box.width;
  let height = hasY ? clamp(box.height + (isTop ? -by.y : by.y), least.height, roomY) : box.height;
  if (ratio !== undefined) {
    if (!(hasX && hasY)) return box;
    const most = Math.min(roomX, roomY * ratio);
    const isWider = Math.abs(by.x) >= Math.abs(by.y * ratio);
    const wanted = isWider ? width : height * ratio;
    width = Math.min(most, Math.max(wanted, least.width, least.height * ratio));
    height = width / ratio;
  }
  return { x: isLeft ? right - width : box.x, y: isTop ? bottom - height : box.y, width, height };
}

/** Where a corner of a box is, or the middle of an edge. */
export function spotOf({ x, y, width, height }: Box, handle: Handle): Spot {
  const part = (low: string, high: string): number =>
    handle.includes(low) ? 0 : handle.includes(high) ? 1 : 0.5;
  return { x: Math.round(x + part('w', 'e') * width), y: Math.round(y + part('n', 's') * height) };
}

/** The largest box of a ratio with the middle of another one, as far as the picture allows. */
export function fittedBox({ x, y, width, height }: Box, ratio: number): Box {
  const sides = { width: Math.min(1, ratio), height: Math.min(1, 1 / ratio) };
  const middle = { x: x + width / 2 - sides.width / 2, y: y + height / 2 - sides.height / 2 };
  return movedBox({ ...sides, x: 0, y: 0 }, middle);
}

/** A box in pixels of a picture, at least one wide and tall. */
export function pixelsOf(box: Box, { width, height }: Size): Box {
  const [left, top] = [Math.round(box.x * width), Math.round(box.y * height)];
  return {
    x: Math.min(left, width - 1),
    y: Math.min(top, height - 1),
    width: Math.max(1, Math.round((box.x + box.width) * width) - left),
    height: Math.max(1, Math.round((box.y + box.height) * height) - top),
  };
}
