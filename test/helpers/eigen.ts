/** Eigenvalues of small symmetric matrices in float64, and functions of matrices by them, as a reference. */

import { get } from './plain.ts';

/** `f` of the symmetric matrix `[n, n]`, by Jacobi's rotations: V f(Λ) Vᵀ. */
export function ofMatrix(matrix: ArrayLike<number>, n: number, f: (value: number) => number): Float64Array {
  const a = Float64Array.from(matrix);
  const v = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
  for (let sweep = 0; sweep < 60; sweep++) {
    for (let p = 0; p < n; p++) for (let q = p + 1; q < n; q++) rotate(a, v, n, p, q);
  }
  return Float64Array.from({ length: n * n }, (_, i) => {
    const [row, column] = [Math.floor(i / n), i % n];
    let sum = 0;
    for (let k = 0; k < n; k++) sum += get(v, row * n + k) * f(get(a, k * (n + 1))) * get(v, column * n + k);
    return sum;
  });
}

/** The rotation that makes `a[p, q]` zero. */
function rotate(a: Float64Array, v: Float64Array, n: number, p: number, q: number): void {
  const off = get(a, p * n + q);
  if (Math.abs(off) < 1e-300) return;
  const angle = 0.5 * Math.atan2(2 * off, get(a, q * (n + 1)) - get(a, p * (n + 1)));
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const turn = (x: Float64Array, i: number, j: number) => {
    const [left, right] = [get(x, i), get(x, j)];
    x[i] = c * left - s * right;
    x[j] = s * left + c * right;
  };
  for (let k = 0; k < n; k++) turn(a, k * n + p, k * n + q);
  for (let k = 0; k < n; k++) turn(a, p * n + k, q * n + k);
  for (let k = 0; k < n; k++) turn(v, k * n + p, k * n + q);
}

/** Product of matrices `[rows, inner]` and `[inner, columns]`. */
export function product(
  a: ArrayLike<number>,
  b: ArrayLike<number>,
  [rows, inner, columns]: readonly [number, number, number],
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < inner; k++)
      sum += get(a, Math.floor(i / columns) * inner + k) * get(b, k * columns + (i % columns));
    return sum;
  });
}

/** Mean and covariance, divided by positions − 1, of `rows` channels of `data [rows, P]`. */
export function covariance(data: ArrayLike<number>, rows: number) {
  const positions = data.length / rows;
  const mean = Float64Array.from({ length: rows }, (_, c) => {
    let sum = 0;
    for (let p = 0; p < positions; p++) sum += get(data, c * positions + p);
    return sum / positions;
  });
  const centred = Float64Array.from(data, (value, i) => value - get(mean, Math.floor(i / positions)));
  const matrix = Float64Array.from({ length: rows * rows }, (_, i) => {
    const [a, b] = [Math.floor(i / rows) * positions, (i % rows) * positions];
    let sum = 0;
    for (let p = 0; p < positions; p++) sum += get(centred, a + p) * get(centred, b + p);
    return sum / (positions - 1);
  });
  return { mean, centred, matrix };
}

/** `matrix` plus the ridge of `rootsOf`: 1e-4 of its mean variance, and 1e-6. */
export function ridged(matrix: ArrayLike<number>, n: number): Float64Array {
  let trace = 0;
  for (let k = 0; k < n; k++) trace += get(matrix, k * (n + 1));
  return Float64Array.from(matrix, (value, i) => value + (i % (n + 1) === 0 ? (1e-4 * trace) / n + 1e-6 : 0));
}
