/**
 * Comparison of methods with a reference method, pair by pair, as ratios of their values on the same
 * pictures.
 */

import { stream, uniformInt } from '../random.ts';
import { type MetricName, metricNames } from './metrics.ts';
import { BOOTSTRAPS, type PairResult, quantile, rounded } from './statistics.ts';

/** How a ratio was made of the values of pairs: see {@link compare}. */
export const ratioKinds = ['geometric mean', 'median difference'] as const;

export interface Ratio {
  readonly ratio: number;
  /** Bounds of the 95 % bootstrap interval over pairs. */
  readonly low: number;
  readonly high: number;
  /** Number of pairs that both methods have. */
  readonly pairs: number;
  /** Number of pairs in which the method's value is higher. */
  readonly higher: number;
  readonly by: (typeof ratioKinds)[number];
}

export type Ratios = Readonly<Partial<Record<MetricName, Ratio>>>;

/** The values of one pair of pictures: the method's own, and that of the reference method. */
type Both = readonly [own: number, reference: number];

/**
 * Ratio of each metric over the pairs that both methods have: the geometric mean of the pairs' ratios if all
 * values are positive. Strokes are near 0 or negative on pairs that were only tinted, where ratios are
 * meaningless. If any value of either method is not positive, the ratio is 1 + median of the pairs'
 * differences / median of the reference. This is also the ratio if all pairs share one. A bootstrap draw
 * takes whole pairs. A metric is missing if its ratio has no meaning: the reference's median is not positive,
 * or so near to 0 that the interval is unbounded.
 */
export function compare(
  results: readonly PairResult[],
  reference: readonly PairResult[],
  seed: number,
): Ratios {
  const key = ({ content, style }: PairResult) => JSON.stringify([content, style]);
  const known = new Map(reference.map((result) => [key(result), result.metrics]));
  const ratios: Partial<Record<MetricName, Ratio>> = {};
  for (const metric of metricNames) {
    const both = results.flatMap((result): Both[] => {
      const [own, other] = [result.metrics[metric], known.get(key(result))?.[metric]];
      return own === undefined || other === undefined ? [] : [[own, other]];
    });
    const ratio = ratioOf(both, seed, metric);
    if (ratio !== undefined) ratios[metric] = ratio;
  }
  return ratios;
}

function ratioOf(both: readonly Both[], seed: number, name: string): Ratio | undefined {
  if (both.length === 0) return undefined;
  const positive = both.every((values) => values.every((value) => value > 0));
  const of = positive ? geometricMean : byDifference;
  const random = stream(seed, 'comparison', name);
  const draws = Float64Array.from({ length: BOOTSTRAPS }, () =>
    of(both.map((pair) => both[uniformInt(random, 0, both.length - 1)] ?? pair)),
  );
  const [ratio, low, high] = [of(both), quantile(draws, 0.025), quantile(draws, 0.975)].map(rounded);
  if (ratio === undefined || low === undefined || high === undefined) return undefined;
  if (![ratio, low, high].every(Number.isFinite)) return undefined;
  const higher = both.filter(([own, other]) => own > other).length;
  return {
    ratio,
    low,
    high,
    pairs: both.length,
    higher,
    by: positive ? 'geometric mean' : 'median difference',
  };
}

function geometricMean(both: readonly Both[]): number {
  return Math.exp(both.reduce((sum, [own, other]) => sum + Math.log(own / other), 0) / both.length);
}

/** Infinite if the reference's median is not positive. */
function byDifference(both: readonly Both[]): number {
  const median = (of: (pair: Both) => number) => quantile(Float64Array.from(both, of), 0.5);
  const whole = median(([, other]) => other);
  return whole > 0 ? 1 + median(([own, other]) => own - other) / whole : Number.POSITIVE_INFINITY;
}
