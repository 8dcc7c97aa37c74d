/** Values for the inputs of a refinement's step: those that stay, and those that are drawn in each step. */

import { internal } from '../errors.ts';
import { elementCount, extent, type Shape } from '../graph/shape.ts';
import type { ImageSize } from '../images/size.ts';
import { type RandomGenerator, standardNormal, uniformFloat64 } from '../random.ts';
import { type ComparedLayer, strideOf } from './look.ts';
import { type Chances, drawPlaces, drawVectors, type Plane } from './places.ts';

/** What is known of one of the styles. */
export interface KnownStyle {
  readonly share: number;
  /** Features of its picture. */
  readonly features: Readonly<Record<ComparedLayer, Plane>>;
  /** What the method has computed, by name. */
  readonly once: Readonly<Record<string, Float32Array>>;
  /** How likely each place of a layer shows it, given the pixels of a place; all alike without. */
  chances(stride: number): Chances | undefined;
}

export interface Known {
  readonly size: ImageSize;
  readonly content: Readonly<Partial<Record<ComparedLayer, Plane>>>;
  readonly styles: readonly KnownStyle[];
}

/** The value of an input that stays the same in all steps; undefined if it is not one of them. */
export function fixedValue(name: string, shape: Shape, { content, styles }: Known): Float32Array | undefined {
  const { kind, first, rest } = parted(name);
  if (kind === 'content') return content[first as ComparedLayer]?.data;
  const style = styles[Number(first)];
  if (style === undefined) return undefined;
  if (kind === 'share') return Float32Array.of(style.share);
  if (kind === 'once') return style.once[rest];
  if (kind !== 'chances') return undefined;
  const sums = style.chances(strideOf(rest as ComparedLayer));
  const places = extent(shape, 2);
  const sum = sums?.at(-1) ?? places;
  return Float32Array.from(
    { length: places },
    (_, i) => (sums === undefined ? 1 : (sums[i] ?? 0) - (sums[i - 1] ?? 0)) / Math.max(sum, 1e-8),
  );
}

/** Draws the other inputs of a step, each once and in the order in which it is asked. */
export function drawing(
  random: RandomGenerator,
  { size, styles }: Pick<Known, 'size' | 'styles'>,
): (name: string, shape: Shape) => Float32Array {
  const pixels = new Map<string, Float32Array>();
  return (name, shape) => {
    const { kind, first, rest } = parted(name);
    switch (kind) {
      case 'directions':
        return Float32Array.from({ length: elementCount(shape) }, () => standardNormal(random));
      case 'mix':
        return Float32Array.from({ length: elementCount(shape) }, () => uniformFloat64(random));
      case 'columns': {
        const count = extent(shape, 0);
        const of = size.width * size.height;
        const drawn = pixels.get(first) ?? drawPlaces(random, count, of, styles[Number(first)]?.chances(1));
        pixels.set(first, drawn);
        const stride = strideOf(rest as ComparedLayer);
        return drawn.map((pixel) => placeOf(pixel, size.width, stride));
      }
    }
    const style = styles[Number(first)];
    const target = style?.features[rest as ComparedLayer];
    if (style === undefined || target === undefined) throw internal(`no value for ${name} in refining`);
    if (kind === 'target') return drawVectors(random, extent(shape, 1), target);
    const stride = strideOf(rest as ComparedLayer);
    const of = (size.width * size.height) / stride ** 2;
    return drawPlaces(random, extent(shape, 0), of, style.chances(stride));
  };
}

/** The place of a layer that holds a pixel. */
function placeOf(pixel: number, width: number, stride: number): number {
  const [x, y] = [pixel % width, Math.floor(pixel / width)];
  return Math.floor(y / stride) * Math.floor(width / stride) + Math.floor(x / stride);
}

/** `KIND.FIRST.REST` */
function parted(name: string): { readonly kind: string; readonly first: string; readonly rest: string } {
  const [kind = '', first = '', ...rest] = name.split('.');
  return { kind, first, rest: rest.join('.') };
}
