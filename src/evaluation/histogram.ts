/** Gives one picture the histogram of another, so that measures of its marks ignore tone. */

import { internal } from '../errors.ts';

/** The places of a picture's values, from dark to light. */
export interface Ranking {
  readonly places: Uint32Array;
  /** The first rank of each run of equal values, followed by the number of all. */
  readonly runs: Uint32Array;
}

/** Luma of 8-bit colours is a whole number of steps of this size: (299 R + 587 G + 114 B) / 255,000. */
const LEVELS = 255_000;

/**
 * Ranks of luma from 0 to 1. Values closer than a step of {@link LEVELS} are ties: they differ only by
 * rounding.
 */
export function ranked(luma: Float64Array): Ranking {
  const levels = new Uint32Array(luma.map((value) => Math.round(LEVELS * Math.min(1, Math.max(0, value)))));
  const starts = new Uint32Array(LEVELS + 1);
  for (const level of levels) starts[level] = (starts[level] ?? 0) + 1;
  const runs: number[] = [];
  let before = 0;
  for (let level = 0; level <= LEVELS; level++) {
    const count = starts[level] ?? 0;
    if (count > 0) runs.push(before);
    starts[level] = before;
    before += count;
  }
  const places = new Uint32Array(luma.length);
  for (let place = 0; place < levels.length; place++) {
    const level = levels[place] ?? 0;
    const rank = starts[level] ?? 0;
    places[rank] = place;
    starts[level] = rank + 1;
  }
  return { places, runs: Uint32Array.from([...runs, luma.length]) };
}

/**
 * The picture with the histogram of `sorted`, rank by rank; tied values share the mean of theirs. Both must
 * have equally many values.
 */
export function withHistogram({ places, runs }: Ranking, sorted: Float64Array): Float64Array {
  if (places.length !== sorted.length) throw internal('histograms of pictures of two sizes');
  const result = new Float64Array(places.length);
  for (let run = 0; run + 1 < runs.length; run++) {
    const [first, end] = [runs[run] ?? 0, runs[run + 1] ?? 0];
    let sum = 0;
    for (let rank = first; rank < end; rank++) sum += sorted[rank] ?? 0;
    for (let rank = first; rank < end; rank++) result[places[rank] ?? 0] = sum / (end - first);
  }
  return result;
}
