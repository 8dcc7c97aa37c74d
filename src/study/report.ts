/** The findings of a study: means per method with intervals, and how far the raters agree. */

import { quantile } from '../evaluation/statistics.ts';
import { WasserfarbeError } from '../errors.ts';
import { stream, uniformInt } from '../random.ts';
import type { Answer, Key, Study } from './format.ts';

/**
 * Krippendorff's alpha for interval data: 1 − observed / expected disagreement, both as mean squared
 * differences. 1 is full agreement, 0 is chance, below 0 is systematic disagreement. Units with fewer than
 * two values do not count. After Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section
 * C.
 *
 * @param units the values given to each judged thing, by any number of raters
 * @returns undefined if alpha is not defined: no unit has two values, or all values are equal
 */
export function krippendorffAlpha(units: Iterable<readonly number[]>): number | undefined {
  const pairable = [...units].filter((values) => values.length >= 2);
  const all = pairable.flat();
  // A test of `expected` would not do: rounding makes it slightly positive for equal values.
  if (new Set(all).size < 2) return undefined;
  const expected = squaredDifferences(all) / (all.length - 1);
  const observed = pairable.reduce(
    (sum, values) => sum + squaredDifferences(values) / (values.length - 1),
    0,
  );
  return 1 - observed / expected;
}

/** Sum of (a − b)² over all ordered pairs of different positions: 2n times the sum of squared deviations. */
function squaredDifferences(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 * values.length * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}

/** A mean and its 95 % bootstrap interval. Ratings go from 0 to 1. */
export interface Mean {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

interface MethodReport {
  readonly method: string;
  readonly ratings: number;
  /** Content preservation. */
  readonly content: Mean;
  /** Style strength. */
  readonly style: Mean;
  /** The mean of the two. The paper prints one figure a method, which we read as this. */
  readonly both: Mean;
}

export interface StudyReport {
  readonly study: string;
  readonly items: number;
  readonly pairs: number;
  readonly ratings: number;
  /** Ratings that were changed later; only the last one counts. */
  readonly revisions: number;
  /** Ratings of both kinds count: their order is random, so unfinished ones favour no method. */
  readonly raters: { readonly finished: number; readonly unfinished: number };
  readonly interval: {
    readonly level: number;
    readonly resampled: 'raters' | 'pairs';
    readonly draws: number;
    readonly seed: number;
  };
  /** Methods with ratings, in the order of the evaluation. */
  readonly methods: readonly MethodReport[];
  /** Krippendorff's alpha, interval metric; null if it is not defined, as with one rater. */
  readonly agreement: { readonly content: number | null; readonly style: number | null };
  readonly paper: typeof paperFigures;
}

/** Figures of the paper's own study, for orientation only: its pictures and raters were others. */
const paperFigures = {
  raters: 30,
  pictures: '10 contents × 10 styles',
  both: { AdaIN: 0.5, SANet: 0.67, paper: 0.79 },
} as const;

/** A valid rating with the key's data about it. */
interface Judgement {
  readonly rater: string;
  readonly pair: string;
  readonly method: string;
  readonly item: string;
  readonly content: number;
  readonly style: number;
}

const DRAWS = 2000;

/**
 * Makes the report.
 *
 * @throws WasserfarbeError if the three do not belong together, or there are no ratings
 */
export function reportStudy(study: Study, key: Key, answers: readonly Answer[]): StudyReport {
  const judgements = judge(study, key, answers);
  const raters = [...groups(judgements, ({ rater }) => rater).values()];
  const finished = raters.filter((own) => own.length === study.items.length).length;
  const resampled = raters.length > 1 ? 'raters' : 'pairs';
  const ratings = judgements.length;
  const ofMethod = groups(judgements, ({ method }) => method);
  const units = [...groups(judgements, ({ item }) => item).values()];
  const alpha = (scale: 'content' | 'style') =>
    krippendorffAlpha(units.map((unit) => unit.map((judgement) => judgement[scale]))) ?? null;
  return {
    study: study.id,
    items: study.items.length,
    pairs: new Set(study.items.map(({ content, style }) => `${content} ${style}`)).size,
    ratings,
    revisions: answers.filter(({ revision }) => revision).length,
    raters: { finished, unfinished: raters.length - finished },
    interval: { level: 0.95, resampled, draws: DRAWS, seed: study.seed },
    methods: key.methods.flatMap((method) => {
      const own = ofMethod.get(method) ?? [];
      if (own.length === 0) return [];
      const mean = (value: (judgement: Judgement) => number) =>
        meanOf(own, value, resampled === 'raters' ? 'rater' : 'pair', study.seed);
      return {
        method,
        ratings: own.length,
        content: mean(({ content }) => content),
        style: mean(({ style }) => style),
        both: mean(({ content, style }) => (content + style) / 2),
      };
    }),
    agreement: { content: alpha('content'), style: alpha('style') },
    paper: paperFigures,
  };
}

/** The last rating of each item by each rater. */
function judge(study: Study, key: Key, answers: readonly Answer[]): Judgement[] {
  const last = new Map(answers.map((answer) => [JSON.stringify([answer.rater, answer.item]), answer]));
  if (last.size === 0) {
    throw new WasserfarbeError({
      expected: 'ratings',
      name: 'the study',
      received: 'none',
      remedy: 'let people rate the pictures with wasserfarbe study rate',
    });
  }
  const known = new Set(study.items.map(({ id }) => id));
  return Array.from(last.values(), ({ rater, item, content, style }) => {
    const entry = known.has(item) && key.study === study.id ? key.items[item] : undefined;
    if (entry === undefined) {
      throw new WasserfarbeError({
        expected: 'study, key and answers of one study',
        name: 'the study folder',
        received: `an answer about ${item}, which ${known.has(item) ? 'the key' : 'the study'} does not have`,
      });
    }
    const pair = JSON.stringify([entry.content, entry.style]);
    return { rater, item, pair, method: entry.method, content, style };
  });
}

/**
 * The mean over all ratings. The interval comes from draws of whole raters, or whole pairs, with replacement.
 */
function meanOf(
  judgements: readonly Judgement[],
  value: (judgement: Judgement) => number,
  unit: 'rater' | 'pair',
  seed: number,
): Mean {
  const sums = Array.from(groups(judgements, (judgement) => judgement[unit]).values(), (own) => ({
    sum: own.reduce((sum, judgement) => sum + value(judgement), 0),
    count: own.length,
  }));
  const random = stream(seed, 'study bootstrap');
  const means = Float64Array.from({ length: DRAWS }, () =>
    ratio(sums.flatMap(() => sums[uniformInt(random, 0, sums.length - 1)] ?? [])),
  );
  return { mean: ratio(sums), low: quantile(means, 0.025), high: quantile(means, 0.975) };
}

function ratio(parts: readonly { readonly sum: number; readonly count: number }[]): number {
  let [sum, count] = [0, 0];
  for (const part of parts) {
    sum += part.sum;
    count += part.count;
  }
  return sum / count;
}

function groups<T>(list: readonly T[], nameOf: (item: T) => string): Map<string, T[]> {
  const found = new Map<string, T[]>();
  for (const item of list) {
    const group = found.get(nameOf(item));
    if (group === undefined) found.set(nameOf(item), [item]);
    else group.push(item);
  }
  return found;
}
