/** Agreement between raters. */

/**
 * Krippendorff's alpha for interval data: 1 − observed / expected disagreement, both as mean squared differences. 1 is
 * full agreement, 0 what chance would give, below 0 is systematic disagreement. Units with fewer than two values do
 * not count. After Krippendorff, "Computing Krippendorff's Alpha-Reliability" (2011), section C.
 *
 * @param units the values that each judged thing was given, by any number of raters
 * @returns undefined where it is not defined: no unit with two values, or all values equal
 */
export function krippendorffAlpha(units: Iterable<readonly number[]>): number | undefined {
  const pairable = [...units].filter((values) => values.length >= 2);
  const all = pairable.flat();
  // Not by `expected`: rounding leaves a little of it where all are equal.
  if (new Set(all).size < 2) return undefined;
  const expected = squaredDifferences(all) / (all.length - 1);
  const observed = pairable.reduce(
    (sum, values) => sum + squaredDifferences(values) / (values.length - 1),
    0,
  );
  return 1 - observed / expected;
}

/** Sum of (a − b)² over all ordered pairs of different places: 2n times the sum of squared deviations. */
function squaredDifferences(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return 2 * values.length * values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
}
