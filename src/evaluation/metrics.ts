/** The metrics of a stylised picture: names, definitions, and all of them for one output. */

import { ShapeError } from '../errors.ts';
import { fromInterleaved, type RgbImage, toInterleaved } from '../images/image.ts';
import { layerNames } from '../networks/vgg19.ts';
import { artefacts, clippedShare, outsideShare, tracesOf } from './artefacts.ts';
import { type ContentFeatures, contentLayers, type Judge, type SeenLayers } from './judge.ts';
import { luminance } from './luminance.ts';
import { ssimAgainst } from './ssim.ts';
import type { FeatureMap } from './self-similarity.ts';
import { DIRECTIONS, sortedDistance } from './sliced.ts';

/** Metrics of how painted a picture is come first. */
export const metricNames = [
  'strokes',
  'newStructure',
  'tones',
  'content',
  'contentRaw',
  'style',
  'swd',
  'diversity',
  'cfsd',
  'ssim',
  'border',
  'checkerboard',
  'grid',
  'clipped',
  'outside',
  'flicker',
  'steadied',
] as const;
export type MetricName = (typeof metricNames)[number];

/**
 * All metrics of one output. Those of losses need a loss network. `outside` needs the network's own output
 * instead of a picture file. `diversity` needs an earlier painting of the content in another style. `flicker`
 * and `steadied` are measured if they are asked for.
 */
export type PairMetrics = Readonly<Partial<Record<MetricName, number>>>;

/** Description of a metric for readers. */
export interface MetricInfo {
  readonly label: string;
  /** The direction of better values; `one`: towards 1, the content's own. */
  readonly better: 'lower' | 'higher' | 'one';
  readonly about: string;
}

export const metricInfo: Readonly<Record<MetricName, MetricInfo>> = {
  strokes: {
    label: 'Strokes',
    better: 'higher',
    about:
      'likeness of marks to the style’s, tone left out: 0 the photograph, 1 the style mirrored; relu1_1 … relu3_1',
  },
  newStructure: {
    label: 'New structure',
    better: 'higher',
    about: 'lines and areas of 13 to 52 pixels that the content has not, over the style’s own',
  },
  tones: {
    label: 'Tones',
    better: 'lower',
    about: 'distance of the colours of areas to the style’s, over that of the recoloured content: 0 to 1',
  },
  content: {
    label: 'Content loss',
    better: 'lower',
    about: 'Σ relu4_1, relu5_1 of MSE, each channel brought to mean 0 and variance 1',
  },
  contentRaw: {
    label: 'Content loss, raw',
    better: 'lower',
    about: 'Σ relu4_1, relu5_1 of MSE of the features as they are',
  },
  style: {
    label: 'Style loss',
    better: 'lower',
    about: 'Σ relu1_1 … relu5_1 of MSE(mean) + MSE(deviation)',
  },
  swd: {
    label: 'Sliced Wasserstein',
    better: 'lower',
    about: 'distance between the feature distributions of output and style, Σ relu1_1 … relu5_1',
  },
  diversity: {
    label: 'Diversity',
    better: 'one',
    about:
      'distance between outputs of one content in two styles over that between the styles, sliced Wasserstein',
  },
  cfsd: {
    label: 'CFSD',
    better: 'lower',
    about: 'mean KL between the self-similarities of content and output, relu3_1',
  },
  ssim: { label: 'SSIM', better: 'higher', about: 'luminance, output against content' },
  border: {
    label: 'Border error',
    better: 'one',
    about: 'how far the 8-pixel frame stands out from what lies inside it, over the content’s own',
  },
  checkerboard: {
    label: 'Checkerboard',
    better: 'one',
    about:
      'share of the luminance’s energy near the Nyquist frequencies, over the content’s; below 1 is smoother',
  },
  grid: {
    label: 'Grid of 8 px',
    better: 'one',
    about: 'energy locked to periods of 8, 4 and 2 pixels over that of 7 and 9, over the content’s',
  },
  clipped: { label: 'Clipped', better: 'lower', about: 'share of pixels with a channel at 0 or 255' },
  outside: {
    label: 'Out of range',
    better: 'lower',
    about: 'share of pixels of the network’s own output with a channel outside of 0–1, before clamping',
  },
  flicker: {
    label: 'Flicker',
    better: 'lower',
    about:
      'root mean square of what does not move along in paintings of four frames, panned over the content by 3 and 1 pixels each',
  },
  steadied: {
    label: 'Flicker, steadied',
    better: 'lower',
    about: 'the same of paintings as wasserfarbe video makes them',
  },
};

/** Measures outputs of one content against it and a style. Holds about 150 MB at 512². */
export type OutputMeasure = (output: RgbImage, style: SeenLayers | undefined) => Promise<Measured>;

/** All metrics of an output that need no other outputs, and its layers. */
interface Measured {
  readonly metrics: PairMetrics;
  /** Layers that the judge saw. */
  readonly layers?: SeenLayers;
}

/**
 * Computes the content's part of the metrics once; without a judge, only the metrics that need none. Outputs
 * are judged as they are saved: see {@link eightBits}.
 *
 * @throws ShapeError for an output of another size
 */
export async function measureAgainst(judge: Judge | undefined, content: RgbImage): Promise<OutputMeasure> {
  const judged = judge === undefined ? undefined : await judgedAgainst(judge, content);
  const grey = luminance(content);
  const [ssim, traces] = [ssimAgainst(grey), tracesOf(content, grey)];
  return async (output, style) => {
    const seen = style === undefined ? undefined : await judged?.(output, style);
    const outputGrey = luminance(output);
    const metrics = {
      ...seen?.metrics,
      ssim: ssim(outputGrey),
      ...artefacts(tracesOf(output, outputGrey), traces),
      clipped: clippedShare(output),
    };
    return { ...seen, metrics };
  };
}

/** The metrics that need the judge. */
async function judgedAgainst(judge: Judge, content: RgbImage) {
  const seenContent = await judge.look(content);
  const raw = seenContent.content;
  const normal = normalisedFeatures(raw);
  const structure = await judge.structure(seenContent);
  return async (output: RgbImage, style: SeenLayers) => {
    const seen = await judge.look(output);
    const metrics = {
      content: contentDistance(normalisedFeatures(seen.content), normal),
      contentRaw: contentDistance(seen.content, raw),
      style: styleDistance(seen.layers, style),
      swd: slicedWasserstein(seen.layers, style),
      cfsd: await structure(seen.patches),
    };
    return { metrics, layers: seen.layers };
  };
}

/**
 * The output as a lossless file would hold it: clamped to 0–1 and rounded to 8 bits. Judged in this form, a
 * picture in memory and its PNG have the same metrics.
 */
export function eightBits(image: RgbImage): RgbImage {
  return fromInterleaved(toInterleaved(image), image.width, image.height);
}

/** {@link outsideShare} of a network's own output, which {@link eightBits} would hide. */
export function ownOutputMetrics(output: RgbImage): PairMetrics {
  return { outside: outsideShare(output) };
}

/**
 * Content loss: Σ over relu4_1 and relu5_1 of mean((f(output) − f(content))²). Features are the judge's heads
 * if it has them.
 */
export function contentDistance(output: ContentFeatures, content: ContentFeatures): number {
  return contentLayers.reduce((total, layer) => {
    const [own, wanted] = [output[layer].data, content[layer].data];
    if (own.length !== wanted.length) {
      throw new ShapeError({
        expected: `an output of the content’s size (${wanted.length} values)`,
        name: 'metrics',
        received: `${own.length} values`,
      });
    }
    return total + meanSquare(own, wanted);
  }, 0);
}

/** Each channel brought to mean 0 and variance 1 over its positions (√(unbiased variance + 1e-5)). */
export function normalisedFeatures(features: ContentFeatures): ContentFeatures {
  return { relu4_1: normalised(features.relu4_1), relu5_1: normalised(features.relu5_1) };
}

/** Style loss: Σ over relu1_1 … relu5_1 of MSE(channel means) + MSE(channel deviations) (AdaIN, SANet). */
export function styleDistance(output: SeenLayers, style: SeenLayers): number {
  return layerNames.reduce((total, layer) => {
    const [own, wanted] = [output[layer], style[layer]];
    return total + meanSquare(own.mean, wanted.mean) + meanSquare(own.deviation, wanted.deviation);
  }, 0);
}

/**
 * Sliced Wasserstein distance: Σ over relu1_1 … relu5_1 of the mean over K = 128 random unit vectors of the
 * mean squared difference of the sorted projections (squared 2-Wasserstein in one dimension, no root; Heitz
 * et al. 2021). Directions and positions (all up to 4,096, beyond that a choice) come from one seed.
 */
export function slicedWasserstein(output: SeenLayers, style: SeenLayers): number {
  return layerNames.reduce(
    (total, layer) => total + sortedDistance(output[layer].projections, style[layer].projections, DIRECTIONS),
    0,
  );
}

function normalised({ channels, data }: FeatureMap): FeatureMap {
  const size = data.length / channels;
  const result = new Float32Array(data.length);
  for (let start = 0; start < data.length; start += size) {
    let sum = 0;
    for (let i = start; i < start + size; i++) sum += data[i] ?? 0;
    const mean = sum / size;
    let squares = 0;
    for (let i = start; i < start + size; i++) squares += ((data[i] ?? 0) - mean) ** 2;
    const scale = 1 / Math.sqrt(squares / Math.max(1, size - 1) + 1e-5);
    for (let i = start; i < start + size; i++) result[i] = ((data[i] ?? 0) - mean) * scale;
  }
  return { channels, data: result };
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += ((a[i] ?? 0) - (b[i] ?? 0)) ** 2;
  return total / a.length;
}
