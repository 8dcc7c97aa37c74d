/**
 * The evaluation protocol: contents × styles (or a seeded choice of pairs), metrics of each pair, medians with
 * bootstrap intervals and the spread over styles. After StyleID's (Chung et al. 2024) 20 × 40 pictures at 512².
 * Node only.
 */

import { SettingError } from '../errors.ts';
import { middleSquare, type RgbImage } from '../images/image.ts';
import { readImage } from '../images/node.ts';
import type { GeneratorConfig } from '../networks/wasserfarbe.ts';
import { permutation, stream, uniformInt } from '../random.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { createStylizer } from '../stylize/stylizer.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import {
  contentDistance,
  createJudge,
  DIRECTIONS,
  METRICS_SEED,
  POSITIONS,
  type SeenPicture,
  slicedWasserstein,
  ssim,
  styleDistance,
} from './metrics.ts';

export const metricNames = ['content', 'contentRaw', 'style', 'swd', 'cfsd', 'ssim'] as const;
export type MetricName = (typeof metricNames)[number];
export type PairMetrics = Readonly<Record<MetricName, number>>;

/** A way to stylise square pictures of one size; `prepare` is called once per style. */
export interface Method {
  prepare(style: RgbImage): Promise<(content: RgbImage) => Promise<RgbImage>>;
  dispose(): Promise<void>;
}

export interface EvaluationOptions {
  /** Weights of the judge, a VGG-19 with relu1_1 … relu5_1; the name goes into errors and the report. */
  readonly lossWeights: WeightMap;
  readonly lossNetwork?: string;
  /** Picture files. */
  readonly contents: readonly string[];
  readonly styles: readonly string[];
  readonly runtime: Runtime;
  /** Side of contents, styles and outputs, in pixels: the short side is brought to it, the middle square is taken. Default 512. */
  readonly size?: number;
  /** How many pairs, chosen by `seed`; default all. Every style has equally many, to within one. */
  readonly pairs?: number;
  /** Default 1. */
  readonly seed?: number;
  readonly onPair?: (
    done: number,
    total: number,
    result: PairResult,
    output: RgbImage,
  ) => void | Promise<void>;
}

export interface PairResult {
  readonly content: string;
  readonly style: string;
  readonly metrics: PairMetrics;
}

export interface Interval {
  readonly median: number;
  /** Bounds of the 95 % bootstrap interval of the median. */
  readonly low: number;
  readonly high: number;
  /** 10th and 90th percentile of the medians of single styles. */
  readonly styleLow: number;
  readonly styleHigh: number;
}

export interface Evaluation {
  /** What the numbers mean, to be printed next to them. */
  readonly protocol: Readonly<Record<string, string | number>>;
  readonly medians: Readonly<Record<MetricName, Interval>>;
  readonly pairs: readonly PairResult[];
}

export interface ModelEvaluationOptions extends EvaluationOptions {
  readonly weights: WeightMap;
  readonly network: GeneratorConfig;
}

/** Evaluates a generator of this package. */
export async function evaluateModel(options: ModelEvaluationOptions): Promise<Evaluation> {
  const { weights, network, runtime } = options;
  const name = 'the evaluated weights';
  const stylizer = createStylizer({ name, sha256: name, config: network, weights }, runtime);
  try {
    const method: Method = {
      async prepare(style) {
        const encoded = await stylizer.encodeStyle(style);
        return (content) => stylizer.stylize(content, encoded);
      },
      dispose: () => stylizer.dispose(),
    };
    return await evaluateMethod(method, options);
  } finally {
    await stylizer.dispose();
  }
}

/** Evaluates any method by the same protocol. */
export async function evaluateMethod(method: Method, options: EvaluationOptions): Promise<Evaluation> {
  const { contents, styles, runtime, size = 512, seed = 1, lossNetwork = 'loss network' } = options;
  const chosen = choosePairs(contents.length, styles.length, options.pairs, seed);
  const judge = createJudge(options.lossWeights, lossNetwork, runtime);
  const seenContents = new Map<number, Promise<SeenPicture>>();
  const results: PairResult[] = [];
  const total = chosen.reduce((count, list) => count + list.length, 0);
  try {
    for (const [s, list] of chosen.entries()) {
      if (list.length === 0) continue;
      const styleFile = styles[s] ?? '';
      const styleImage = await readSquare(styleFile, size);
      const seenStyle = await judge.look(styleImage);
      const stylize = await method.prepare(styleImage);
      for (const c of list) {
        const contentFile = contents[c] ?? '';
        const known = seenContents.get(c) ?? readSquare(contentFile, size).then((image) => judge.look(image));
        seenContents.set(c, known);
        const seenContent = await known;
        const output = clamped(await stylize(seenContent.image));
        const seen = await judge.look(output);
        const metrics = await pairMetrics(seen, seenContent, seenStyle, (a, b) => judge.selfSimilarity(a, b));
        const result = { content: basename(contentFile), style: basename(styleFile), metrics };
        results.push(result);
        await options.onPair?.(results.length, total, result, output);
      }
    }
  } finally {
    await judge.dispose();
  }
  return {
    protocol: {
      pictures: `${contents.length} contents × ${styles.length} styles, ${total} pairs`,
      size: `${size}×${size}, short side resized, middle square, style read at the same size`,
      lossNetwork,
      content: 'Σ relu4_1, relu5_1 of MSE, mean-variance-normalised (contentRaw: as they are)',
      style: 'Σ relu1_1 … relu5_1 of MSE(mean) + MSE(deviation)',
      swd: `Σ relu1_1 … relu5_1 of sliced W2², ${DIRECTIONS} directions, up to ${POSITIONS} positions, seed ${METRICS_SEED}`,
      cfsd: 'mean KL of softmaxed self-similarity of relu3_1 (products over C), averaged to at most 4,096 positions',
      ssim: 'luminance, 11×11 Gaussian σ 1.5',
      interval: '95 % of 1,000 bootstrap medians over pairs',
      seed,
    },
    medians: summarise(results, seed),
    pairs: results,
  };
}

/** Metrics of one output against its content and its style, all seen by the same judge. */
export async function pairMetrics(
  output: SeenPicture,
  content: SeenPicture,
  style: SeenPicture,
  selfSimilarity: (output: SeenPicture, content: SeenPicture) => Promise<number>,
): Promise<PairMetrics> {
  return {
    content: contentDistance(output, content, 'normalised'),
    contentRaw: contentDistance(output, content, 'raw'),
    style: styleDistance(output, style),
    swd: slicedWasserstein(output, style),
    cfsd: await selfSimilarity(output, content),
    ssim: ssim(output.image, content.image),
  };
}

/** Content numbers for each style: all, or `count` pairs spread evenly over styles and contents by `seed`. */
export function choosePairs(
  contents: number,
  styles: number,
  count: number | undefined,
  seed: number,
): readonly (readonly number[])[] {
  const all = contents * styles;
  const wanted = count ?? all;
  if (!Number.isInteger(wanted) || wanted < 1 || wanted > all) {
    throw new SettingError({
      expected: `a whole number from 1 to ${all}`,
      name: 'pairs',
      received: `${wanted}`,
    });
  }
  const random = stream(seed, 'pairs');
  const styleOrder = permutation(random, styles);
  const contentOrder = permutation(random, contents);
  const chosen: number[][] = Array.from({ length: styles }, () => []);
  for (let k = 0; k < wanted; k++) {
    const [round, place] = [Math.floor(k / styles), k % styles];
    const style = styleOrder[place] ?? 0;
    // A Latin square: every style meets another content in each round, and no pair comes twice.
    chosen[style]?.push(contentOrder[(place + round) % contents] ?? 0);
  }
  return chosen;
}

/** Median of each metric with a seeded bootstrap interval, and the spread of the medians of single styles. */
export function summarise(
  results: readonly PairResult[],
  seed: number,
): Readonly<Record<MetricName, Interval>> {
  const interval = (metric: MetricName): Interval => {
    const values = Float64Array.from(results, (r) => r.metrics[metric]);
    const random = stream(seed, 'bootstrap', metric);
    const medians = Float64Array.from({ length: BOOTSTRAPS }, () =>
      quantile(
        values.map(() => values[uniformInt(random, 0, values.length - 1)] ?? 0),
        0.5,
      ),
    );
    const ofStyles = Float64Array.from(new Set(results.map((r) => r.style)), (style) => {
      const own = results.filter((r) => r.style === style).map((r) => r.metrics[metric]);
      return quantile(Float64Array.from(own), 0.5);
    });
    return {
      median: quantile(values, 0.5),
      low: quantile(medians, 0.025),
      high: quantile(medians, 0.975),
      styleLow: quantile(ofStyles, 0.1),
      styleHigh: quantile(ofStyles, 0.9),
    };
  };
  return {
    content: interval('content'),
    contentRaw: interval('contentRaw'),
    style: interval('style'),
    swd: interval('swd'),
    cfsd: interval('cfsd'),
    ssim: interval('ssim'),
  };
}

const BOOTSTRAPS = 1000;

/** Quantile by linear interpolation between the sorted values. */
export function quantile(values: Float64Array, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (place - Math.floor(place)) * (high - low);
}

/** The picture with its short side brought to `size`, cut to the middle square. */
export async function readSquare(file: string, size: number): Promise<RgbImage> {
  return middleSquare(await readImage(file, { shortSide: size }), size);
}

function basename(file: string): string {
  return file.split(/[\\/]/).at(-1) ?? file;
}

/** As it would be saved, but for rounding to 8 bits. */
function clamped(image: RgbImage): RgbImage {
  return { ...image, data: image.data.map((v) => Math.min(1, Math.max(0, v))) };
}
