import { describe, expect, it } from 'vitest';
import { expectClose, finiteDifferences, uniform } from '../../test/helpers/numbers.ts';
import { sum } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { applyPalette, stylePalette, colourMap } from './palette.ts';
import { at, fill, normalise, plain } from '../../test/helpers/plain.ts';

const [H, W] = [3, 4];
const pixels = H * W;
const style = input('style', [1, 3, H, W]);
const y = input('y', [1, 3, H, W]);
const feeds = { style: uniform(1, 3 * pixels, 0, 1), y: uniform(2, 3 * pixels, 0.2, 0.7) };

const indices = Array.from({ length: pixels }, (_, i) => i);
const axes: readonly number[] = [0, 1, 2];
const colours = (data: ArrayLike<number>) => indices.map((i) => axes.map((c) => data[c * pixels + i] ?? 0));
const differences = ([r = 0, g = 0, b = 0]: readonly number[]) => {
  const luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return [luma, r - luma, b - luma];
};
const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
const meanOf = (list: readonly (readonly number[])[]) => axes.map((c) => mean(list.map((v) => v[c] ?? 0)));

function covariance(list: readonly (readonly number[])[]): number[] {
  const centre = meanOf(list);
  const deviation = (v: readonly number[], c: number) => (v[c] ?? 0) - (centre[c] ?? 0);
  return axes.flatMap((i) => axes.map((j) => mean(list.map((v) => deviation(v, i) * deviation(v, j)))));
}

describe('palette', () => {
  const out = applyPalette(y, stylePalette(style));
  const painted = (picture: ArrayLike<number>) => evaluate({ out }, { ...feeds, y: picture }).out;
  const scaled = (picture: Float32Array, scales: readonly number[]) =>
    picture.map((v, i) => (scales[Math.floor(i / pixels)] ?? 0) * v);
  const wanted = covariance(colours(feeds.style).map(differences));

  /** Rows of L for `picture`, with the ridge of a painting. */
  const ownFactor = (picture: ArrayLike<number>) =>
    cholesky(covariance(colours(picture).map(differences)), [4e-4, 4e-4, 4e-4]);
  const target = cholesky(wanted, [0, 0, 0]);
  const rotationOf = (picture: ArrayLike<number>) => {
    const weighted = ownFactor(picture).map((row, i) => row.map((v) => v * (i === 0 ? 16 : 1)));
    return polar(product(transposed(target), weighted));
  };
  const recoloured = (picture: ArrayLike<number>, rotation: Matrix) => {
    const [centre, mean] = [meanOf(colours(picture)), meanOf(colours(feeds.style))];
    const own = ownFactor(picture);
    return colours(picture).map((colour) => {
      const z = solve(own, differences(colour.map((v, c) => v - (centre[c] ?? 0))));
      const [luma = 0, r = 0, b = 0] = product(
        product(target, rotation),
        z.map((v) => [v]),
      ).flat();
      const [red, blue] = [luma + r, luma + b];
      const rgb = [red, (luma - 0.299 * red - 0.114 * blue) / 0.587, blue];
      return rgb.map((v, c) => v + (mean[c] ?? 0));
    });
  };

  it.each([
    ['loud', feeds.y, 0.05],
    ['reddish', scaled(feeds.y, [1, 0.3, 0.2]), 0.15],
    ['far from 0–1', scaled(feeds.y, [-9, 4, 7]), 5e-3],
  ])('gives a %s picture the mean and covariance of the style', (_, picture, near) => {
    const list = colours(painted(picture));
    expectClose(meanOf(list), meanOf(colours(feeds.style)), 1e-6);
    // The ridge of the covariances is small beside those of these pictures.
    const found = covariance(list.map(differences));
    const scale = Math.max(...wanted.map(Math.abs));
    found.forEach((value, i) => {
      expect(Math.abs(value - (wanted[i] ?? 0)) / scale).toBeLessThan(near);
    });
  });

  it('is the map of plain code, in luma and colour differences', () => {
    const expected = recoloured(feeds.y, rotationOf(feeds.y));
    const found = colours(painted(feeds.y));
    for (const [i, colour] of expected.entries()) expectClose(found[i], colour, 1e-3);
  });

  it('moves colours as little as the style’s covariance allows, luma above all', () => {
    const moved = (list: readonly (readonly number[])[]) => {
      const [centre, target] = [meanOf(colours(feeds.y)), meanOf(list)];
      return mean(
        colours(feeds.y).map((colour, i) => {
          const centred = (list[i] ?? []).map(
            (v, c) => v - (target[c] ?? 0) - (colour[c] ?? 0) + (centre[c] ?? 0),
          );
          const [light = 0, r = 0, b = 0] = differences(centred);
          return 16 * light ** 2 + r ** 2 + b ** 2;
        }),
      );
    };
    const least = moved(colours(painted(feeds.y)));
    for (const plane of [
      [0, 1],
      [0, 2],
      [1, 2],
    ] as const) {
      for (const angle of [-0.3, 0.3]) {
        const turned = product(rotationOf(feeds.y), turn(plane, angle));
        expect(moved(recoloured(feeds.y, turned))).toBeGreaterThan(least);
      }
    }
  });

  it('gives two tones the style’s mean and luma, and only colours that two tones can have', () => {
    const two = feeds.y.map((_, i) => (i % 2 === 0 ? 0.2 : ([0.9, 0.7, 0.5][Math.floor(i / pixels)] ?? 0)));
    const list = colours(painted(two));
    expectClose(meanOf(list), meanOf(colours(feeds.style)), 1e-6);
    const found = covariance(list.map(differences));
    for (const i of [0, 4, 8]) expect(found[i]).toBeLessThan(1.01 * (wanted[i] ?? 0));
    expect(found[0]).toBeGreaterThan(0.1 * (wanted[0] ?? 0));
    // Two tones have one eigenvalue, so they stay two tones.
    const [a = [], b = []] = list;
    list.forEach((colour, i) => {
      expectClose(colour, i % 2 === 0 ? a : b, 1e-6);
    });
    expect(Math.max(...list.flat().map(Math.abs))).toBeLessThan(3);
  });

  it('leaves a flat picture flat, in the mean of the style, with a finite gradient', () => {
    const flat = new Float32Array(3 * pixels).fill(0.3);
    const mean = meanOf(colours(feeds.style));
    for (const colour of colours(painted(flat))) expectClose(colour, mean, 1e-6);
    const loss = sum(mul(out, constant(uniform(9, 3 * pixels), out.shape)));
    const [slope = loss] = gradients(loss, [y]);
    expect(evaluate({ slope }, { ...feeds, y: flat }).slope.every(Number.isFinite)).toBe(true);
  });

  it('leaves a grey style without colour', () => {
    const grey = indices.map((i) => i / pixels);
    const fed = { ...feeds, style: [...grey, ...grey, ...grey] };
    // The rest comes from the 1e-5 under the roots.
    for (const [r = 0, g = 0, b = 0] of colours(evaluate({ out }, fed).out)) {
      expect(Math.max(Math.abs(r - g), Math.abs(b - g))).toBeLessThan(0.05);
    }
  });

  it('has the gradient that finite differences have while the rotation stands', () => {
    const factors = uniform(9, 3 * pixels);
    const loss = sum(mul(out, constant(factors, out.shape)));
    const [slope = loss] = gradients(loss, [y]);
    const fixed = rotationOf(feeds.y);
    const value = (fed: Readonly<Record<string, ArrayLike<number>>>) =>
      recoloured(fed.y ?? [], fixed)
        .flatMap((colour, i) => colour.map((v, c) => v * (factors[c * pixels + i] ?? 0)))
        .reduce((a, b) => a + b, 0);
    expectClose(evaluate({ slope }, feeds).slope, finiteDifferences(value, feeds, 'y'), 5e-3);
  });

  it('is each picture’s own in a batch', () => {
    const both = { style: [...feeds.style, ...feeds.y], y: [...feeds.y, ...feeds.style] };
    const [a, b] = ['y', 'style'].map((name) => input(name, [2, 3, H, W]));
    if (!a || !b) throw new Error('two batches');
    const batch = evaluate({ x: applyPalette(a, stylePalette(b)) }, both).x;
    expectClose(batch.slice(0, 3 * pixels), painted(feeds.y), 1e-9);
    const second = evaluate({ out }, { style: feeds.y, y: feeds.style }).out;
    expectClose(batch.slice(3 * pixels), second, 1e-9);
  });
});

type Matrix = readonly (readonly number[])[];

function product(a: Matrix, b: Matrix): number[][] {
  return a.map((row) => (b[0] ?? []).map((_, j) => row.reduce((s, v, k) => s + v * (b[k]?.[j] ?? 0), 0)));
}

function transposed(a: Matrix): number[][] {
  return (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? 0));
}

/** A rotation by `angle` in the plane of two axes. */
function turn([p, q]: readonly [number, number], angle: number): number[][] {
  const rows = axes.map((i) => axes.map((j) => (i === j ? 1 : 0)));
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  (rows[p] as number[])[p] = cos;
  (rows[q] as number[])[q] = cos;
  (rows[p] as number[])[q] = -sin;
  (rows[q] as number[])[p] = sin;
  return rows;
}

/** The polar factor by Newton's iteration X ← (X + X⁻ᵀ) / 2. */
function polar(x: Matrix): Matrix {
  let y = x;
  for (let i = 0; i < 40; i++) {
    const cofactors = axes.map((i) =>
      axes.map((j) => {
        const at = (a: number, b: number) => y[(i + a) % 3]?.[(j + b) % 3] ?? 0;
        return at(1, 1) * at(2, 2) - at(1, 2) * at(2, 1);
      }),
    );
    const determinant = axes.reduce((s, j) => s + (y[0]?.[j] ?? 0) * (cofactors[0]?.[j] ?? 0), 0);
    y = y.map((row, i) => row.map((v, j) => (v + (cofactors[i]?.[j] ?? 0) / determinant) / 2));
  }
  return y;
}

/**
 * Lower triangular rows of the Cholesky factor of a 3×3 matrix with `ridge` on its
 * diagonal, 1e-5 under each root.
 */
function cholesky(matrix: readonly number[], ridge: readonly number[]): number[][] {
  const lower: number[][] = [];
  for (const i of axes) {
    const row: number[] = [0, 0, 0];
    for (const j of axes.slice(0, i + 1)) {
      const before = axes.slice(0, j).reduce((a, k) => a + (row[k] ?? 0) * (lower[j]?.[k] ?? row[k] ?? 0), 0);
      const rest = (matrix[3 * i + j] ?? 0) + (i === j ? (ridge[i] ?? 0) : 0) - before;
      row[j] = i === j ? Math.sqrt(Math.max(rest, 0) + 1e-5) : rest / (lower[j]?.[j] ?? 1);
    }
    lower.push(row);
  }
  return lower;
}

/** The x of L x = v. */
function solve(lower: readonly (readonly number[])[], v: readonly number[]): number[] {
  const x: number[] = [];
  for (const [i, row] of lower.entries()) {
    const before = x.reduce((a, value, k) => a + value * (row[k] ?? 0), 0);
    x.push(((v[i] ?? 0) - before) / (row[i] ?? 1));
  }
  return x;
}

it('is the normalised means over 8×8 pixels', () => {
  const pixels = uniform(1, 2 * 3 * 16 * 24, 0, 1);
  const picture = plain(2, 3, 16, 24, pixels);
  const means = fill([2, 3, 2, 3], (n, c, i, j) => {
    let sum = 0;
    for (let a = 0; a < 8; a++) for (let b = 0; b < 8; b++) sum += at(picture, n, c, 8 * i + a, 8 * j + b);
    return sum / 64;
  });
  const map = colourMap(input('x', [2, 3, 16, 24]));
  expectClose(evaluate({ map }, { x: pixels }).map, normalise(means).data, 1e-4);
});

it.each([
  [17, 17, 3, 3],
  [24, 25, 3, 4],
  [31, 33, 4, 5],
])('has the size of relu4_1 for %i×%i', (h, w, rows, columns) => {
  expect(colourMap(input('x', [1, 3, h, w])).shape).toEqual([1, 3, rows, columns]);
});

it('gives a last odd row the weight that it has in the encoder', () => {
  // The picture has 17 rows, so the last row alone makes the last row of positions.
  const pixels = Float32Array.from({ length: 3 * 17 * 16 }, (_, i) =>
    Math.floor(i / 16) % 17 === 16 ? 1 : 0,
  );
  const { map } = evaluate({ map: colourMap(input('x', [1, 3, 17, 16])) }, { x: pixels });
  expect(new Set(Array.from(map.subarray(0, 4), (v) => v.toFixed(3))).size).toBe(1);
  expect(map[5]).toBeGreaterThan((map[0] ?? 0) + 1);
});
