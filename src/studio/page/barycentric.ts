/**
 * Weights of two or three styles, and the point of a line or triangle for them. Coordinates 0–1, y downwards.
 */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The points where each style is pure. */
export function corners(count: number): readonly Point[] {
  if (count === 2) {
    return [
      { x: 0, y: 0.5 },
      { x: 1, y: 0.5 },
    ];
  }
  return [
    { x: 0.5, y: 0 },
    { x: 1, y: 1 },
    { x: 0, y: 1 },
  ];
}

export function pointOf(weights: readonly number[]): Point {
  const places = corners(weights.length);
  const sum = (of: (point: Point) => number) =>
    places.reduce((total, place, i) => total + of(place) * (weights[i] ?? 0), 0);
  return { x: sum(({ x }) => x), y: sum(({ y }) => y) };
}

/** Weights of the nearest point inside, in whole percents, sum 1. */
export function weightsAt({ x, y }: Point, count: number): number[] {
  if (count === 2) {
    const second = percent(clamp(x));
    return [percent(1 - second), second];
  }
  const inside = nearestInside({ x, y });
  const first = percent(1 - inside.y);
  const second = percent(Math.min(1 - first, Math.max(0, inside.x - first / 2)));
  return [first, second, percent(1 - first - second)];
}

/** The nearest point of the triangle. */
function nearestInside(point: Point): Point {
  const places = corners(3);
  const slack = 1e-9;
  const y = point.y;
  const isInside = y >= -slack && y <= 1 + slack && Math.abs(point.x - 0.5) <= y / 2 + slack;
  if (isInside) return point;
  const candidates = places.map((start, i) => nearestOnLine(point, start, places[(i + 1) % 3] ?? start));
  return candidates.reduce((best, other) => (distance(point, other) < distance(point, best) ? other : best));
}

function nearestOnLine(point: Point, start: Point, end: Point): Point {
  const [dx, dy] = [end.x - start.x, end.y - start.y];
  const along = clamp(((point.x - start.x) * dx + (point.y - start.y) * dy) / (dx * dx + dy * dy));
  return { x: start.x + along * dx, y: start.y + along * dy };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value));
}

function percent(value: number): number {
  return Math.round(100 * value) / 100;
}
