/** Run time of methods, measured in turns. */

import { pause } from '../../pause.ts';
import type { Method } from './contestants.ts';
import type { Square } from './squares.ts';
import { quantile } from '../statistics.ts';

/** Medians in seconds per picture. */
export interface Timing {
  /** Content to picture, with a style that is encoded already. */
  readonly styleCached: number;
  /** Content to picture, with the style's encoding. */
  readonly styleEncoded: number;
}

/** Rounds before the clock starts, in which sessions are compiled and buffers and caches filled. */
const WARM_UP = 2;
const ROUNDS = 9;

/** Of refined pictures, which take half a minute each. */
export const REFINED_ROUNDS = 1;

export interface TimingOptions {
  readonly rounds?: number;
  /** Returns seconds; replaced in tests. */
  readonly clock?: () => number;
  readonly signal?: AbortSignal;
}

/**
 * Times methods on one content and one style in memory, so that reading and writing files does not count. In
 * each round every method has one turn of each kind, so that a passing disturbance of the machine affects all
 * methods.
 */
export async function timeMethods(
  methods: ReadonlyMap<string, Method>,
  content: Square,
  style: Square,
  { rounds = ROUNDS, clock = () => performance.now() / 1000, signal }: TimingOptions = {},
): Promise<Map<string, Timing>> {
  const times = new Map([...methods.keys()].map((name) => [name, { cached: [], encoded: [] } as Times]));
  for (let round = -Math.min(WARM_UP, rounds); round < rounds; round++) {
    for (const [name, method] of methods) {
      await pause(signal);
      const start = clock();
      const paint = await method.prepare(style);
      await paint(content);
      const middle = clock();
      await paint(content);
      const end = clock();
      if (round < 0) continue;
      times.get(name)?.encoded.push(middle - start);
      times.get(name)?.cached.push(end - middle);
    }
  }
  return new Map(
    [...times].map(([name, { cached, encoded }]) => [
      name,
      { styleCached: median(cached), styleEncoded: median(encoded) },
    ]),
  );
}

/** How the medians were measured, to be printed next to them. */
export function timingProtocol(content: string, style: string): string {
  return `${content} in the style of ${style}, both in memory; ${WARM_UP} rounds of warm-up, then ${ROUNDS} in which all methods take turns, medians (one round after one of warm-up for refined pictures); styleEncoded: the style’s encoding and the picture, styleCached: the picture again`;
}

interface Times {
  readonly cached: number[];
  readonly encoded: number[];
}

function median(values: readonly number[]): number {
  return Number(quantile(Float64Array.from(values), 0.5).toPrecision(4));
}
