/** Agreement between raters. */

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
