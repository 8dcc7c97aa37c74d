/** Summaries of the metrics of pairs: medians, bootstrap intervals, the spread over styles. */

import { stream, uniformInt } from '../random.ts';
import { type MetricName, metricNames, type PairMetrics } from './metrics.ts';

export interface PairResult {
  /** File names without folders. */
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

export type Summary = Readonly<Partial<Record<MetricName, Interval>>>;

export const BOOTSTRAPS = 1000;

/**
 * For each metric, over the results that have it: median with a seeded bootstrap interval, and the spread
 * over styles.
 */
export function summarise(results: readonly PairResult[], seed: number): Summary {
  const summary: Partial<Record<MetricName, Interval>> = {};
  for (const metric of metricNames) {
    const values = Float64Array.from(having(results, metric), ([, value]) => value);
    if (values.length > 0 && values.every(Number.isFinite)) {
      const ofStyles = Float64Array.from(styleMedians(results, metric).values());
      summary[metric] = {
        ...bootstrap(values, seed, metric),
        styleLow: rounded(quantile(ofStyles, 0.1)),
        styleHigh: rounded(quantile(ofStyles, 0.9)),
      };
    }
  }
  return summary;
}

/** Median of a metric for each style, by file name. */
export function styleMedians(results: readonly PairResult[], metric: MetricName): Map<string, number> {
  const ofStyle = new Map<string, number[]>();
  for (const [style, value] of having(results, metric)) {
    const values = ofStyle.get(style) ?? [];
    values.push(value);
    ofStyle.set(style, values);
  }
  return new Map([...ofStyle].map(([style, values]) => [style, quantile(Float64Array.from(values), 0.5)]));
}

/** Style and value of the results that have the metric. */
function having(results: readonly PairResult[], metric: MetricName): (readonly [string, number])[] {
  return results.flatMap(({ style, metrics }) => {
    const value = metrics[metric];
    return value === undefined ? [] : [[style, value] as const];
  });
}

/** Quantile by linear interpolation between the sorted values. */
export function quantile(values: Float64Array, q: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = q * (sorted.length - 1);
  const low = sorted[Math.floor(place)] ?? Number.NaN;
  const high = sorted[Math.ceil(place)] ?? Number.NaN;
  return low + (place - Math.floor(place)) * (high - low);
}

/** Rounded to seven digits: the precision of float32 features, independent of the order of summation. */
export function rounded(value: number): number {
  return Number(value.toPrecision(7));
}

function bootstrap(values: Float64Array, seed: number, name: string) {
  const random = stream(seed, 'bootstrap', name);
  const medians = Float64Array.from({ length: BOOTSTRAPS }, () =>
    quantile(
      values.map(() => values[uniformInt(random, 0, values.length - 1)] ?? 0),
      0.5,
    ),
  );
  return {
    median: rounded(quantile(values, 0.5)),
    low: rounded(quantile(medians, 0.025)),
    high: rounded(quantile(medians, 0.975)),
  };
}
