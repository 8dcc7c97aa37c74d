/** Seeded chance and smooth noise: the same seed always draws the same picture. */

/** Gives the next number from 0 up to 1. */
export type Random = () => number;

/** A smooth value, roughly from -1 to 1, at every place of the plane. */
export type Noise = (x: number, y: number) => number;

/** The mulberry32 generator. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** Gradient noise with one bump per unit of length. */
export function noise(seed: number): Noise {
  const random = seeded(seed);
  const slopes = Float32Array.from({ length: 512 }, (_, index) => {
    const angle = random() * 2 * Math.PI;
    return index % 2 ? Math.sin(angle) : Math.cos(angle);
  });
  const corner = (column: number, row: number, x: number, y: number): number => {
    const hash = Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1);
    const index = (Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 23) & 510;
    return (slopes[index] ?? 0) * x + (slopes[index + 1] ?? 0) * y;
  };
  const ease = (t: number): number => t * t * t * (t * (t * 6 - 15) + 10);
  return (x, y) => {
    const column = Math.floor(x);
    const row = Math.floor(y);
    const dx = x - column;
    const dy = y - row;
    const across = ease(dx);
    const top = corner(column, row, dx, dy);
    const bottom = corner(column, row + 1, dx, dy - 1);
    const upper = top + across * (corner(column + 1, row, dx - 1, dy) - top);
    const lower = bottom + across * (corner(column + 1, row + 1, dx - 1, dy - 1) - bottom);
    return 1.5 * (upper + ease(dy) * (lower - upper));
  };
}

/** Noise summed over octaves, each twice as fine and about half as strong as the one before. */
export function fractal(seed: number, octaves: number): Noise {
  const rough = noise(seed);
  return (x, y) => {
    let sum = 0;
    let weight = 1;
    let total = 0;
    let scale = 1;
    for (let octave = 0; octave < octaves; octave++) {
      sum += weight * rough(x * scale + 17.3 * octave, y * scale - 9.1 * octave);
      total += weight;
      weight *= 0.55;
      scale *= 2;
    }
    return (1.3 * sum) / total;
  };
}
