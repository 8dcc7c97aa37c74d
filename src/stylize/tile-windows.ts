/** How a picture is cut into tiles: windows that overlap, each with a part of its own; all parts together are the picture. */

import { strideOf } from '../networks/painting.ts';
import { type GeneratorConfig, matchingLayersOf, meetingLayers } from '../networks/settings.ts';
import { statisticsLayers } from '../networks/tile.ts';

/** Along one axis, in pixels. */
export interface Span {
  /** Where the window begins, a multiple of the alignment; every window is equally long. */
  readonly start: number;
  /** The window's own part, `from` up to but not including `to`, of the whole axis. */
  readonly from: number;
  readonly to: number;
}

export interface Axis {
  /** Pixels of every window. */
  readonly length: number;
  readonly spans: readonly Span[];
}

/**
 * Cuts `size` pixels into windows of equal length, at most `longest`, that begin at multiples of `align` and reach `halo`
 * pixels beyond their own part, except where the picture ends. One length for all, the last one too, means one
 * compiled program; so it has the remainder of `size` by `align`.
 *
 * @param longest at least `2 · halo + 2 · align`, or the axis cannot be cut
 */
export function cut(size: number, longest: number, halo: number, align: number): Axis {
  if (size <= longest) return { length: size, spans: [{ start: 0, from: 0, to: size }] };
  const remainder = size % align;
  /** What a window adds to the one before it. */
  const gain = (length: number): number => Math.floor((length - 2 * halo) / align) * align;
  const most = longest - modulo(longest - remainder, align);
  const count = 1 + Math.ceil((size - most) / gain(most));
  // As short as this number of windows allows: less is painted twice.
  let length = Math.floor((size + 2 * halo * (count - 1)) / count / align) * align + remainder;
  while (length + (count - 1) * gain(length) < size) length += align;
  const starts = Array.from({ length: count }, (_, i) => Math.min(i * gain(length), size - length));
  const border = (i: number): number => {
    const [before, next] = [starts[i], starts[i + 1]];
    if (before === undefined) return 0;
    if (next === undefined) return size;
    // The middle of what both windows show rightly.
    return Math.floor((next + before + length) / 2 / align) * align;
  };
  return { length, spans: starts.map((start, i) => ({ start, from: border(i - 1), to: border(i) })) };
}

function modulo(a: number, b: number): number {
  return ((a % b) + b) % b;
}

/**
 * How far an edge of a tile that is none of the picture is felt, in pixels, by the encoder and by the decoder. With every
 * pooling the number of spoilt positions is halved, rounded up, with every 3×3 convolution it grows by one; a tile whose
 * side is no multiple of the deepest stride spoils one position more. Attention that matches by a layer that is computed
 * again for each tile is spoilt in one position of relu4_1 more, and a linear enlargement spoils one position more. A test
 * compares tiles with whole pictures.
 */
export function halo(config: GeneratorConfig): { readonly encoder: number; readonly decoder: number } {
  const again = statisticsLayers(config).includes('relu2_1') && matchingLayersOf(config).includes('relu2_1');
  const decoder =
    (meetingLayers(config).length === 2 ? 48 : 32) +
    (again ? strideOf('relu4_1') : 0) +
    (config.smoothUpsampling ? strideOf('relu4_1') + strideOf('relu3_1') : 0);
  return { encoder: meetingLayers(config).length === 2 ? 96 : 40, decoder };
}
