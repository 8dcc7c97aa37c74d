/**
 * Tiles of a picture: overlapping windows, each with a part of its own. All parts together are the picture.
 */

import { strideOf } from '../networks/painting.ts';
import { type GeneratorConfig, matchingLayersOf, meetingLayers } from '../networks/settings.ts';
import { statisticsLayers } from '../networks/tile.ts';

/** Along one axis, in pixels. */
export interface Span {
  /** Beginning of the window, a multiple of the alignment. All windows have one length. */
  readonly start: number;
  /** The window's own part, `from` up to but not including `to`, of the whole axis. */
  readonly from: number;
  readonly to: number;
}

export interface Axis {
  /** Length of every window. */
  readonly length: number;
  readonly spans: readonly Span[];
}

/**
 * Cuts `size` pixels into windows of equal length, at most `longest`, that begin at multiples of `align`.
 * They reach `halo` pixels beyond their own part, except at the picture's borders. One length for all, the
 * last one included, means one compiled program; it therefore has the remainder of `size` by `align`.
 *
 * @param longest at least `2 · halo + 2 · align`, or the axis cannot be cut
 */
export function cut(size: number, longest: number, halo: number, align: number): Axis {
  if (size <= longest) return { length: size, spans: [{ start: 0, from: 0, to: size }] };
  const remainder = size % align;
  /** Pixels that a window adds to the one before it. */
  const gain = (length: number): number => Math.floor((length - 2 * halo) / align) * align;
  const most = longest - modulo(longest - remainder, align);
  const count = 1 + Math.ceil((size - most) / gain(most));
  // The shortest length for this number of windows: less is painted twice.
  let length = Math.floor((size + 2 * halo * (count - 1)) / count / align) * align + remainder;
  while (length + (count - 1) * gain(length) < size) length += align;
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * gain(length), size - length));
  const border = (i: number): number => {
    const [before, next] = [starts[i], starts[i + 1]];
    if (before === undefined) return 0;
    if (next === undefined) return size;
    // The middle of the pixels that both windows show correctly.
    return Math.floor((next + before + length) / 2 / align) * align;
  };
  return { length, spans: starts.map((start, i) => ({ start, from: border(i - 1), to: border(i) })) };
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/**
 * How far an edge of a tile that is not the picture's is felt, in pixels, by the encoder and by the decoder.
 * Every pooling halves the number of spoilt positions, rounded up; every 3×3 convolution adds one. A tile
 * whose side is no multiple of the deepest stride spoils one position more. Attention that matches by a layer
 * which is computed again for each tile spoils one position of relu4_1 more, and so does a linear
 * enlargement. A test compares tiles with whole pictures.
 */
export function halo(config: GeneratorConfig): { readonly encoder: number; readonly decoder: number } {
  const again = statisticsLayers(config).includes('relu2_1') && matchingLayersOf(config).includes('relu2_1');
  const deep = meetingLayers(config).includes('relu5_1');
  const decoder =
    (deep ? 48 : 32) +
    (again ? strideOf('relu4_1') : 0) +
    (config.smoothUpsampling ? strideOf('relu4_1') + strideOf('relu3_1') : 0);
  return { encoder: deep ? 96 : 40, decoder };
}
