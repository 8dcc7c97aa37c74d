/** The pace of live pictures: their rate, and the largest size that it allows. */

import { ONE_PASS } from './settings.ts';

/** Short sides in pixels; few, since the network is compiled for each. Above {@link ONE_PASS} is revised. */
const FIRST_SIDE = 192;
const sides: readonly number[] = [128, 192, ONE_PASS, 384, 512];

/** Pictures per second. Slower ones are made smaller, faster ones larger. */
const [SLOW, FAST] = [7, 22] as const;

/** Part of the one-pass rate that must remain with revising. */
const LEFT = 0.8;

/**
 * Number of pictures measured before the size changes, without the first, for which the network is compiled.
 */
const LOOKED_AT = 8;

export interface Pace {
  readonly side: number;
  /** Pictures per second, over the last ones. */
  readonly rate: number;
  /** Times at which the last pictures were ready, in ms. */
  readonly times: readonly number[];
  /** Sides above this were too slow. */
  readonly most: number;
  /** Rates below this are too slow at this side, in pictures per second. */
  readonly least: number;
}

export function startPace(): Pace {
  return { side: FIRST_SIDE, rate: 0, times: [], most: Number.POSITIVE_INFINITY, least: SLOW };
}

/** The pace after one more picture, at `now` ms. */
export function nextSide(pace: Pace, now: number): Pace {
  const { side, most, least } = pace;
  const seen = [...pace.times, now].slice(-LOOKED_AT - 2);
  const recent = seen.slice(1);
  const span = now - (recent[0] ?? now);
  // Until a new size has a rate, that of the last one is told.
  const rate = span > 0 ? (1000 * (recent.length - 1)) / span : pace.rate;
  if (seen.length < LOOKED_AT + 2) return { ...pace, rate, times: seen };
  const at = sides.indexOf(side);
  const [smaller, larger] = [sides[at - 1], sides[at + 1]];
  if (rate < least && smaller !== undefined) {
    return { side: smaller, rate, times: [], most: smaller, least: smaller > ONE_PASS ? least : SLOW };
  }
  if (rate > FAST && larger !== undefined && larger <= most) {
    return { side: larger, rate, times: [], most, least: side === ONE_PASS ? LEFT * rate : least };
  }
  return { ...pace, rate, times: seen };
}
