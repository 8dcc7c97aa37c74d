/** Gaussian blur of planes of values. */

/** A plane `[H, W]`, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** The middle row of a Gaussian window of 2 · `radius` + 1 values, sum 1. */
export function gaussianWindow(sigma: number, radius: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/** Blurred by a Gaussian that is cut at 3σ, `[H, W]`; beyond its borders the plane is mirrored at its outermost values. */
export function gaussianBlur(plane: Plane, sigma: number): Plane {
  const radius = Math.ceil(3 * sigma);
  return blurredInside(mirrored(plane, radius), gaussianWindow(sigma, radius));
}

/**
 * Both directions of a window, at the places where it lies in the plane: smaller by its length − 1. Tap by tap over
 * whole rows: the inner loops are plain.
 */
export function blurredInside({ width, height, values }: Plane, window: Float64Array): Plane {
  const reach = window.length - 1;
  const [narrow, low] = [width - reach, height - reach];
  const rows = new Float64Array(narrow * height);
  const result = new Float64Array(narrow * low);
  for (let k = 0; k <= reach; k++) {
    const weight = window[k] ?? 0;
    for (let y = 0; y < height; y++) {
      const [from, to] = [y * width + k, y * narrow];
      for (let x = 0; x < narrow; x++) rows[to + x] = (rows[to + x] ?? 0) + weight * (values[from + x] ?? 0);
    }
  }
  for (let y = 0; y < low; y++) {
    for (let k = 0; k <= reach; k++) {
      const weight = window[k] ?? 0;
      const [from, to] = [(y + k) * narrow, y * narrow];
      for (let x = 0; x < narrow; x++)
        result[to + x] = (result[to + x] ?? 0) + weight * (rows[from + x] ?? 0);
    }
  }
  return { width: narrow, height: low, values: result };
}

/** With a frame of `size` values on each side, the outermost not repeated. `size` must be less than the sides. */
function mirrored({ width, height, values }: Plane, size: number): Plane {
  const [wide, high] = [width + 2 * size, height + 2 * size];
  const result = new Float64Array(wide * high);
  for (let y = 0; y < high; y++) {
    const from = mirror(y - size, height) * width;
    for (let x = 0; x < wide; x++) result[y * wide + x] = values[from + mirror(x - size, width)] ?? 0;
  }
  return { width: wide, height: high, values: result };
}

function mirror(place: number, count: number): number {
  const inside = Math.abs(place);
  return inside < count ? inside : 2 * (count - 1) - inside;
}
