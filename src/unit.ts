/** Values kept within 0–1. */

export function unit(value: number): number {
  return value < 0 ? 0 : value > 1 ? 1 : value;
}
