/** Gaussian blur of planes of values. */

/** A plane `[H, W]`, row-major. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly values: Float64Array;
}

/** One axis of a Gaussian window: 2 · `radius` + 1 values of sum 1. */
export function gaussianWindow(sigma: number, radius: number): Float64Array {
  const weights = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const total = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => weight / total);
}

/**
 * Blurred by a Gaussian that is cut at 3σ, `[H, W]`. Beyond its borders the plane is mirrored at its
 * outermost values.
 */
export function gaussianBlur(plane: Plane, sigma: number): Plane {
  const radius = Math.ceil(3 * sigma);
  return blurredInside(mirrored(plane, radius), gaussianWindow(sigma, radius));
}

/**
 * Both directions of a symmetric window, at the places where it lies in the plane: smaller by its length − 1.
 * Two equal taps are taken at a time over whole rows, which keeps the inner loops simple.
 */
export function blurredInside({ width, height, values }: Plane, window: Float64Array): Plane {
  const reach = window.length - 1;
  const [narrow, low] = [width - reach, height - reach];
  const rows = new Float64Array(narrow * height);
  const result = new Float64Array(narrow * low);
  for (let y = 0; y < height; y++) addTaps(rows, y * narrow, narrow, values, y * width, 1, window);
  for (let y = 0; y < low; y++) addTaps(result, y * narrow, narrow, rows, y * narrow, narrow, window);
  return { width: narrow, height: low, values: result };
}

/** Adds to `count` values of `to` the window's sum over those of `from`, whose taps lie `step` apart. */
function addTaps(
  to: Float64Array,
  at: number,
  count: number,
  from: Float64Array,
  first: number,
  step: number,
  window: Float64Array,
): void {
  const reach = window.length - 1;
  for (let k = 0; 2 * k < reach; k++) {
    const weight = window[k] ?? 0;
    const [a, b] = [first + k * step, first + (reach - k) * step];
    for (let i = 0; i < count; i++) {
      to[at + i] = (to[at + i] ?? 0) + weight * ((from[a + i] ?? 0) + (from[b + i] ?? 0));
    }
  }
  const [weight, middle] = [window[reach / 2] ?? 0, first + (reach / 2) * step];
  for (let i = 0; i < count; i++) to[at + i] = (to[at + i] ?? 0) + weight * (from[middle + i] ?? 0);
}

/**
 * The plane with a frame of `size` values on each side, mirrored without repeating the outermost. `size` must
 * be less than the sides.
 */
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
