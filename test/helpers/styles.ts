/** Encoded styles of random numbers, in the forms of several kinds of models. */

import type { Style } from '../../src/stylize/style.ts';
import { randomSource } from './numbers.ts';

/** Bell-shaped numbers with a different spread and mean for each channel, like features. */
export function channels(count: number, positions: number, seed: number): number[][] {
  const random = randomSource(seed);
  return Array.from({ length: count }, () => {
    const [mean, spread] = [4 * random() - 2, 2 * random()];
    return Array.from({ length: positions }, () => mean + spread * (random() + random() + random() - 1.5));
  });
}

/** `[1, C, P]`. */
export const acrossRows = (rows: readonly number[][]) => ({
  shape: [1, rows.length, rows[0]?.length ?? 0],
  data: new Float32Array(rows.flat()),
});

/** `[1, P, C]`. */
export function acrossColumns(rows: readonly number[][]) {
  const positions = rows[0]?.length ?? 0;
  const data = Float32Array.from(
    { length: rows.length * positions },
    (_, i) => rows[i % rows.length]?.[Math.floor(i / rows.length)] ?? 0,
  );
  return { shape: [1, positions, rows.length], data };
}

/** Has v, means of v² over blocks, and colours, like a style of statistics attention with pooled keys. */
export function statisticsStyle(count = 8, positions = 64): Style {
  const v = channels(count, positions, 2);
  const within = channels(count, positions, 3);
  const squares = v.map((row, c) => row.map((x, p) => x ** 2 + ((within[c]?.[p] ?? 0) * 0.1) ** 2));
  return {
    model: 'ab'.repeat(32),
    width: 128,
    height: 128,
    tensors: {
      'relu4_1.keys': acrossRows(channels(count, positions, 1)),
      'relu4_1.values': acrossColumns([...v, ...squares, ...channels(3, positions, 4)]),
      'relu3_1.mean': { shape: [1, 5, 1, 1], data: Float32Array.of(1, -2, 0.1, 1e-7, 3e8) },
      modulation: { shape: [1, 2], data: Float32Array.of(0.25, -0.75) },
    },
  };
}

/** Has values only, like a style of plain attention. */
export function attentionStyle(): Style {
  const { tensors, ...rest } = statisticsStyle();
  return { ...rest, tensors: { ...tensors, 'relu4_1.values': acrossColumns(channels(8, 64, 5)) } };
}
