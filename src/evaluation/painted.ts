/** Strokes, new structure and tones of a painting, judged with its photograph and its style at 512². */

import type { RgbImage } from '../images/image.ts';
import { resampleImage } from '../images/resample.ts';
import { EYE_SIDE, type Eye, type Marks } from './eye.ts';
import type { Plane } from './gaussian.ts';
import { type Ranking, ranked, withHistogram } from './histogram.ts';
import { luminance, reducedBy } from './luminance.ts';
import { type Bands, bandsOf, newStructureAgainst } from './new-structure.ts';
import { type TonesContent, type TonesStyle, tonesContent, tonesStyle } from './tones.ts';

/**
 * Side in pixels at which all pictures are judged, so that the size of strokes is relative to the picture.
 */
export const PAINTED_SIDE = 512;
/** Lower limit of the mirrored style's own likeness; ratios to smaller likenesses would be noise. */
const LIKENESS_FLOOR = 0.05;

/**
 * Contents nearer than this to their style count as the style itself, which no output can approach further.
 */
const NOTHING = 1e-5;

/** Range of luma, 0–1, below which a style has no marks: the eye would see only how it was rounded. */
const ONE_TONE = 1e-6;

/** The three values; those that are undefined for pictures without marks or colours are missing. */
type Painted = Readonly<Partial<Record<'strokes' | 'newStructure' | 'tones', number>>>;

/** Measures outputs of one content in one style. */
export type PaintedMeasure = (output: RgbImage) => Promise<Painted>;

/** A photograph with its part of the measure computed. */
export interface PaintedContent {
  readonly ranking: Ranking;
  readonly tones: TonesContent;
}

/** A style with its part of the measure computed: about 6 MB. */
export interface PaintedStyle {
  /** Luma, sorted. */
  readonly sorted: Float64Array;
  readonly marks: Marks;
  /** Distances of the mirrored style from the style, by layer. */
  readonly mirrored: readonly number[];
  readonly bands: Bands;
  readonly tones: TonesStyle;
}

/** The content's part, for all styles. */
export function paintedContent(image: RgbImage): PaintedContent {
  const square = atSide(image);
  return { ranking: ranked(luminance(square).values), tones: tonesContent(square) };
}

/** The style's part, for all contents. */
export async function paintedStyle(eye: Eye, image: RgbImage): Promise<PaintedStyle> {
  const square = atSide(image);
  const luma = luminance(square);
  const marks = await eye.look(seen(luma));
  const other = await eye.look(seen(mirrored(luma)));
  return {
    sorted: Float64Array.from(luma.values).sort(),
    marks,
    mirrored: await eye.distances(other, marks),
    bands: bandsOf(reducedBy(luma, 2)),
    tones: tonesStyle(square),
  };
}

/**
 * Content C and output O are given the histogram of the style's luma, so that neither tone nor contrast
 * counts.
 *
 * Strokes: T = G(O) / max(G(M), 0.05). M is the style mirrored left to right, and G(X) = 1 − mean over
 * relu1_1, relu2_1 and relu3_1 of d(X, S) / d(C, S), with d as in {@link Eye.distances}, at 128². T is 0 for
 * the photograph, also recoloured, 1 for the mirrored style, and negative for pictures further from the
 * style's marks than the photograph.
 *
 * New structure: see {@link newStructureAgainst}, at 256². Tones: see {@link tonesStyle}.
 */
export async function paintedAgainst(
  eye: Eye,
  style: PaintedStyle,
  content: PaintedContent,
): Promise<PaintedMeasure> {
  const start = matched(content.ranking, style);
  const distances = await eye.distances(await eye.look(seen(start)), style.marks);
  const hasMarks = (style.sorted.at(-1) ?? 0) - (style.sorted[0] ?? 0) > ONE_TONE;
  const own = distances.map((distance) => (hasMarks && distance > NOTHING ? distance : Number.NaN));
  const likeness = (distances: readonly number[]) =>
    1 - distances.reduce((sum, value, layer) => sum + value / (own[layer] ?? 0), 0) / distances.length;
  const whole = Math.max(likeness(style.mirrored), LIKENESS_FLOOR);
  const newStructure = newStructureAgainst(bandsOf(reducedBy(start, 2)), style.bands);
  const tones = style.tones.against(content.tones);
  return async (output) => {
    const square = atSide(output);
    const grey = matched(ranked(luminance(square).values), style);
    const distances = await eye.distances(await eye.look(seen(grey)), style.marks);
    return finite({
      strokes: likeness(distances) / whole,
      newStructure: hasMarks ? newStructure(bandsOf(reducedBy(grey, 2))) : Number.NaN,
      tones: tones(square),
    });
  };
}

function atSide(image: RgbImage): RgbImage {
  return resampleImage(image, { width: PAINTED_SIDE, height: PAINTED_SIDE });
}

/** A grey picture of {@link PAINTED_SIDE} at the eye's size. */
function seen(grey: Plane): Plane {
  return reducedBy(grey, PAINTED_SIDE / EYE_SIDE);
}

function matched(ranking: Ranking, { sorted }: PaintedStyle): Plane {
  return { width: PAINTED_SIDE, height: PAINTED_SIDE, values: withHistogram(ranking, sorted) };
}

function mirrored({ width, height, values }: Plane): Plane {
  return {
    width,
    height,
    values: values.map((_, i) => values[i - (i % width) + width - 1 - (i % width)] ?? 0),
  };
}

function finite(values: Record<'strokes' | 'newStructure' | 'tones', number>): Painted {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => Number.isFinite(value)));
}
