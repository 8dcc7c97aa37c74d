/** Which styles a clip has when. */

/** A style's part at one time. */
export interface StylePart {
  /** Number of the style. */
  readonly style: number;
  /** Above 0; parts sum to 1. */
  readonly weight: number;
}

/** When styles begin that share a clip of so many seconds alike; the first begins at 0. */
export function evenStarts(styles: number, seconds: number): number[] {
  return Array.from({ length: styles }, (_, i) => (i * seconds) / styles);
}

/**
 * The styles at a time: one, or two while the later one fades in.
 *
 * @param starts seconds at which each style begins, ascending
 * @param fade seconds in which a style replaces the one before
 */
export function stylesAt(seconds: number, starts: readonly number[], fade: number): StylePart[] {
  const style = Math.max(
    0,
    starts.findLastIndex((start) => start <= seconds),
  );
  const start = starts[style] ?? 0;
  const since = seconds - start;
  // A part that is shorter than the fade is faded in by its end.
  const next = (starts[style + 1] ?? Number.POSITIVE_INFINITY) - start;
  const length = Math.min(fade, start - (starts[style - 1] ?? 0), next);
  if (style === 0 || since >= length) return [{ style, weight: 1 }];
  const weight = since / length;
  const before = { style: style - 1, weight: 1 - weight };
  return weight === 0 ? [before] : [before, { style, weight }];
}
