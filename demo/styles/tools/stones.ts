/** The stones of a mosaic: their even arrangement, and the stone at a place. */
import { type Colour, pick } from './colour.ts';

/** Number of stones across the picture. */
export const ACROSS = 74;

export interface Stone {
  x: number;
  y: number;
  colour: Colour;
  tilt: number;
  cos: number;
  sin: number;
}

export function facing(angle: number): { cos: number; sin: number } {
  return { cos: Math.cos(angle), sin: Math.sin(angle) };
}

/** Moves stones to the middle of their room until they stand as evenly as if set by a careful hand. */
export function settle(stones: Stone[], direction: (u: number, v: number) => number): Stone[] {
  const fine = 300;
  for (let round = 0; round < 7; round++) {
    const find = finder(stones);
    const sums = new Map<Stone, [number, number, number]>();
    for (let spot = 0; spot < fine * fine; spot++) {
      const u = ((spot % fine) + 0.5) / fine;
      const v = (Math.floor(spot / fine) + 0.5) / fine;
      const { stone } = find(u, v);
      const sum = sums.get(stone) ?? [0, 0, 0];
      sums.set(stone, [sum[0] + u, sum[1] + v, sum[2] + 1]);
    }
    for (const [stone, [x, y, count]] of sums) {
      stone.x = x / count;
      stone.y = y / count;
      Object.assign(stone, facing(direction(stone.x, stone.y)));
    }
  }
  return stones;
}

export interface Found {
  stone: Stone;
  /** How much nearer this stone is than the next, in stone widths. */
  gap: number;
  dx: number;
  dy: number;
}

/** Finds the stone nearest to a place. Distances are measured along the stone's own two sides. */
export function finder(stones: readonly Stone[]): (u: number, v: number) => Found {
  const bins: Stone[][] = Array.from({ length: ACROSS * ACROSS }, () => []);
  const cell = (value: number): number => Math.max(0, Math.min(ACROSS - 1, Math.floor(value * ACROSS)));
  for (const stone of stones) bins[cell(stone.y) * ACROSS + cell(stone.x)]?.push(stone);
  return (u, v) => {
    let found: Found = { stone: pick(stones, 0), gap: 0, dx: 9, dy: 9 };
    let least = Infinity;
    let second = Infinity;
    for (let row = cell(v - 1.6 / ACROSS); row <= cell(v + 1.6 / ACROSS); row++) {
      for (let column = cell(u - 1.6 / ACROSS); column <= cell(u + 1.6 / ACROSS); column++) {
        for (const stone of bins[row * ACROSS + column] ?? []) {
          const x = (u - stone.x) * ACROSS;
          const y = (v - stone.y) * ACROSS;
          const dx = x * stone.cos + y * stone.sin;
          const dy = y * stone.cos - x * stone.sin;
          const away = Math.max(Math.abs(dx), Math.abs(dy));
          if (away < least) {
            second = least;
            least = away;
            found = { stone, gap: 0, dx, dy };
          } else if (away < second) second = away;
        }
      }
    }
    found.gap = second - least;
    return found;
  };
}
