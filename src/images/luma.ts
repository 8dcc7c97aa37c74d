/** Luma of BT.601, the weighted sum of gamma-coded red, green and blue that all measures of light and shade here take. */

/** Of pixel `i` of planar `[3, pixels]` values; 0–1 where they are. */
export function lumaAt(data: Float32Array, i: number, pixels: number): number {
  return 0.299 * (data[i] ?? 0) + 0.587 * (data[pixels + i] ?? 0) + 0.114 * (data[2 * pixels + i] ?? 0);
}
