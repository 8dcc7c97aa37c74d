/** Scissors and paper: outlines cut freehand, each piece casting a shadow on those below it. */
import { between, type Random } from './chance.ts';

export type Point = readonly [x: number, y: number];

/** The filter that gives every piece its shadow; the drawing must contain it once. */
export const SHADOW =
  '<filter id="s" x="-15%" y="-15%" width="130%" height="130%"><feDropShadow dx="3" dy="4" stdDeviation="2.4" flood-color="#1a0f24" flood-opacity="0.55"/></filter>';

/** One piece with its shadow: scissors cut straight for a little way, so curves come out as short chords. */
export function cut(outline: readonly Point[], colour: string, random: Random): string {
  const points = outline.map(
    ([x, y]) =>
      `${(x + between(random, -0.8, 0.8)).toFixed(1)},${(y + between(random, -0.8, 0.8)).toFixed(1)}`,
  );
  return `<polygon points="${points.join(' ')}" fill="${colour}" filter="url(#s)"/>`;
}

/** A seaweed-like leaf: rounded lobes in pairs along a curved spine. */
export function frond(
  x: number,
  y: number,
  angle: number,
  length: number,
  width: number,
  pairs: number,
): Point[] {
  const side = (sign: number): Point[] =>
    Array.from({ length: 90 }, (_, index) => {
      const t = index / 89;
      const bend = angle + 0.22 * Math.sin(2.4 * t) * Math.sign(Math.cos(angle) + 0.01);
      const lobe = Math.abs(Math.sin(Math.PI * (pairs * t ** 0.9 + (sign > 0 ? 0 : 0.12)))) ** 0.75;
      const reach = sign * (4 + width * lobe * Math.sin(Math.PI * Math.min(1, t * 0.86 + 0.14)) ** 0.6);
      // Lobes sweep towards the tip, like fingers.
      const ahead = length * t + 0.45 * Math.abs(reach);
      return [
        x + ahead * Math.cos(bend) - reach * Math.sin(bend),
        y + ahead * Math.sin(bend) + reach * Math.cos(bend),
      ];
    });
  return [...side(1), ...side(-1).reverse()];
}

export function sun(x: number, y: number, radius: number, rays: number): Point[] {
  return Array.from({ length: rays * 8 }, (_, index) => {
    const angle = (index / (rays * 8)) * 2 * Math.PI;
    const reach = radius * (0.78 + 0.22 * Math.cos(rays * angle));
    return [x + reach * Math.cos(angle), y + reach * Math.sin(angle)];
  });
}

export function bird(x: number, y: number, span: number): Point[] {
  const shape: Point[] = [
    [-1, -0.3],
    [-0.6, -0.5],
    [-0.2, -0.22],
    [0, -0.02],
    [0.3, -0.3],
    [0.7, -0.52],
    [1.05, -0.42],
    [0.75, -0.25],
    [0.45, 0.08],
    [0.2, 0.26],
    [0.34, 0.55],
    [0.02, 0.34],
    [-0.26, 0.28],
    [-0.52, 0.16],
    [-0.34, 0.04],
    [-0.6, -0.2],
  ];
  return shape.map(([dx, dy]) => [x + dx * span, y + dy * span]);
}

export function vase(x: number, y: number, width: number, height: number): Point[] {
  const half = (sign: number): Point[] =>
    Array.from({ length: 30 }, (_, index) => {
      const t = index / 29;
      return [x + sign * width * (0.5 - 0.22 * Math.cos(5.2 * t ** 0.9) - 0.16 * t), y + height * (t - 0.5)];
    });
  return [...half(-1), ...half(1).reverse()];
}

export function wave(x: number, y: number, length: number): Point[] {
  const edge = (drop: number): Point[] =>
    Array.from({ length: 60 }, (_, index) => [
      x - length / 2 + (length * index) / 59,
      y + drop + 9 * Math.sin((index / 59) * 6 * Math.PI),
    ]);
  return [...edge(-7), ...edge(7).reverse()];
}
