/**
 * Plain float64 code for parts of networks and losses, in loops without graphs, as a reference for graphs.
 */

/** Values `[n, c, h, w]`, row-major. */
export interface Plain {
  readonly n: number;
  readonly c: number;
  readonly h: number;
  readonly w: number;
  readonly data: Float64Array;
}

export function plain(n: number, c: number, h: number, w: number, data: ArrayLike<number>): Plain {
  if (data.length !== n * c * h * w) throw new Error(`${data.length} values for ${n} ${c} ${h} ${w}`);
  return { n, c, h, w, data: Float64Array.from(data) };
}

export function get(data: ArrayLike<number>, i: number): number {
  return data[i] ?? Number.NaN;
}

export function at(x: Plain, n: number, c: number, i: number, j: number): number {
  return get(x.data, ((n * x.c + c) * x.h + i) * x.w + j);
}

/** Fills `[n, c, h, w]` from a function of the index. */
export function fill(
  [n, c, h, w]: readonly [number, number, number, number],
  value: (n: number, c: number, i: number, j: number) => number,
): Plain {
  const data = new Float64Array(n * c * h * w);
  let k = 0;
  for (let a = 0; a < n; a++)
    for (let b = 0; b < c; b++)
      for (let i = 0; i < h; i++) for (let j = 0; j < w; j++) data[k++] = value(a, b, i, j);
  return { n, c, h, w, data };
}

export function mapValues(x: Plain, f: (value: number) => number): Plain {
  return { ...x, data: x.data.map((value) => f(value)) };
}

export function relu(x: Plain): Plain {
  return mapValues(x, (v) => Math.max(v, 0));
}

/** Convolution with an odd square kernel and reflection padding of half its side. */
export function conv(
  x: Plain,
  weight: ArrayLike<number>,
  bias: ArrayLike<number>,
  outputs: number,
  kernel: number,
): Plain {
  const half = kernel >> 1;
  const mirror = (i: number, size: number) => {
    const positive = Math.abs(i);
    return positive < size ? positive : 2 * (size - 1) - positive;
  };
  return fill([x.n, outputs, x.h, x.w], (n, o, i, j) => {
    let sum = get(bias, o);
    for (let c = 0; c < x.c; c++)
      for (let a = 0; a < kernel; a++)
        for (let b = 0; b < kernel; b++) {
          const value = at(x, n, c, mirror(i + a - half, x.h), mirror(j + b - half, x.w));
          sum += value * get(weight, ((o * x.c + c) * kernel + a) * kernel + b);
        }
    return sum;
  });
}

/** Pooling 2×2, stride 2; a last odd row or column alone. */
export function maxPool(x: Plain): Plain {
  return fill([x.n, x.c, Math.ceil(x.h / 2), Math.ceil(x.w / 2)], (n, c, i, j) => {
    let best = Number.NEGATIVE_INFINITY;
    for (let a = 2 * i; a < Math.min(x.h, 2 * i + 2); a++)
      for (let b = 2 * j; b < Math.min(x.w, 2 * j + 2); b++) best = Math.max(best, at(x, n, c, a, b));
    return best;
  });
}

export function upsample(x: Plain): Plain {
  return fill([x.n, x.c, 2 * x.h, 2 * x.w], (n, c, i, j) => at(x, n, c, i >> 1, j >> 1));
}

/** Mean and √(unbiased variance + 1e-5) of each sample and channel. */
export function statistics(x: Plain): { mean: Float64Array; deviation: Float64Array } {
  const mean = new Float64Array(x.n * x.c);
  const deviation = new Float64Array(x.n * x.c);
  const size = x.h * x.w;
  for (let k = 0; k < x.n * x.c; k++) {
    const values = x.data.subarray(k * size, (k + 1) * size);
    const average = values.reduce((a, b) => a + b, 0) / size;
    const variance = values.reduce((a, b) => a + (b - average) ** 2, 0) / Math.max(1, size - 1);
    mean[k] = average;
    deviation[k] = Math.sqrt(variance + 1e-5);
  }
  return { mean, deviation };
}

export function normalise(x: Plain): Plain {
  const { mean, deviation } = statistics(x);
  return fill(
    [x.n, x.c, x.h, x.w],
    (n, c, i, j) => (at(x, n, c, i, j) - get(mean, n * x.c + c)) / get(deviation, n * x.c + c),
  );
}

/** Mean squared difference. */
export function mse(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (get(a, i) - get(b, i)) ** 2;
  return sum / a.length;
}
