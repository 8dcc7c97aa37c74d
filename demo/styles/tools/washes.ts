/** Washes of watercolour: pigment gathers at wet edges, blooms, runs together and settles in the paper. */
import { fractal } from './chance.ts';
import { type Colour, clamp, smooth } from './colour.ts';
import { distances } from './distance.ts';
import type { Painting } from './painting.ts';

export interface Pigment {
  colour: Colour;
  strength: number;
  /** A second colour that ran in while the first was wet. */
  charge?: Colour;
}

/** One wet shape: inside where `form` is above 0. */
export interface Wash {
  form(u: number, v: number): number;
  /** Box that holds the shape: left, top, right, bottom. */
  box: readonly [number, number, number, number];
  pigment: Pigment;
}

const warp = fractal(112, 4);
const flow = fractal(113, 5);
const tooth = fractal(114, 2);

/** A puddle with a ragged shore. */
export function puddle(x: number, y: number, reach: number, rough: number, pigment: Pigment): Wash {
  const shift = 40 * pigment.strength + 90 * x;
  const form = (u: number, v: number): number => {
    const inside = 1 - Math.hypot(u - x, v - y) / reach;
    if (inside < -rough) return inside;
    const shore = inside - rough * warp(u * 5 + shift, v * 5);
    // The fine fringe is costly to compute and matters only near the edge.
    return Math.abs(shore) > 0.15 * rough ? shore : shore - 0.12 * rough * warp(u * 34, v * 34 + shift);
  };
  const wide = reach * (1.1 + 1.2 * rough);
  return { form, pigment, box: [x - wide, y - wide, x + wide, y + wide] };
}

/** A petal or blade that grows from (`x`, `y`) in the direction of `angle`. */
export function petal(
  x: number,
  y: number,
  angle: number,
  length: number,
  width: number,
  pigment: Pigment,
): Wash {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const form = (u: number, v: number): number => {
    let along = ((u - x) * cos + (v - y) * sin) / length;
    let across = ((v - y) * cos - (u - x) * sin) / width;
    if (along < -0.1 || along > 1.1 || Math.abs(across) > 1.35) return -1;
    along += 0.06 * warp(9 * u, 9 * v);
    across += 0.22 * warp(8 * u + angle, 8 * v);
    return along < 0 || along > 1 ? -1 : Math.sin(Math.PI * along ** 1.5) ** 0.7 - Math.abs(across);
  };
  const [tipX, tipY] = [x + length * cos, y + length * sin];
  const wide = 1.4 * width + 0.1 * length;
  const [left, right] = [Math.min(x, tipX) - wide, Math.max(x, tipX) + wide];
  return { form, pigment, box: [left, Math.min(y, tipY) - wide, right, Math.max(y, tipY) + wide] };
}

/** A stem from (`x`, `y`) that bends down to `foot` on the lower border. */
export function stem(x: number, y: number, foot: number, colour: Colour): Wash {
  const form = (u: number, v: number): number =>
    v < y ? -1 : 0.006 - Math.abs(u - x - (foot - x) * ((v - y) / (1 - y)) ** 2 - 0.006 * warp(3, 6 * v));
  return {
    form,
    pigment: { colour, strength: 0.9 },
    box: [Math.min(x, foot) - 0.03, y, Math.max(x, foot) + 0.03, 1.02],
  };
}

/** Lays the washes one after another, each upon the dry ones before it. */
export function layWashes(painting: Painting, washes: readonly Wash[]): void {
  const { size } = painting;
  // All washes share one paper and water, whose fields are computed once.
  const field = (at: (u: number, v: number) => number): Float32Array =>
    Float32Array.from({ length: size * size }, (_, spot) =>
      at((spot % size) / size, Math.floor(spot / size) / size),
    );
  const grain = field((u, v) => tooth(95 * u, 95 * v));
  const pool = field((u, v) => flow(3 * u + 9, 3 * v));
  const tide = field((u, v) => {
    const level = flow(4 * u, 4 * v);
    const rim = Math.abs(level - 0.16 - 0.08 * warp(26 * u, 26 * v));
    return 0.5 * smooth(0.035, 0, rim) - 0.28 * smooth(0.14, 0.35, level);
  });
  washes.forEach(({ form, box, pigment }, turn) => {
    const [left, top] = [
      Math.max(0, Math.floor(box[0] * size) - 4),
      Math.max(0, Math.floor(box[1] * size) - 4),
    ];
    const width = Math.min(size, Math.ceil(box[2] * size) + 4) - left;
    const height = Math.min(size, Math.ceil(box[3] * size) + 4) - top;
    if (width <= 0 || height <= 0) return;
    const dry = Float32Array.from({ length: width * height }, (_, spot) =>
      Number(form((left + (spot % width)) / size, (top + Math.floor(spot / width)) / size) <= 0),
    );
    distances(dry, width).forEach((away, spot) => {
      if (away === 0) return;
      const [x, y] = [left + (spot % width), top + Math.floor(spot / width)];
      const here = y * size + x;
      const inward = (away * 512) / size;
      // Pigment is carried to the drying edge, and water pushed back in leaves cauliflower rims.
      const edge = 0.75 * Math.exp(-inward / 2.2) + 0.25 * Math.exp(-inward / 9);
      const water = 0.35 * (pool[here] ?? 0) + (tide[here] ?? 0) + 0.18 * (grain[here] ?? 0);
      const amount = pigment.strength * Math.max(0.08, 0.5 + edge + water) * clamp(inward);
      // Each wash uses the pool mirrored in another way, so that second colours run differently.
      const [across, down] = [turn & 1 ? size - 1 - x : x, turn & 2 ? size - 1 - y : y];
      const current = pool[turn & 4 ? across * size + down : down * size + across] ?? 0;
      const share = pigment.charge ? smooth(-0.25, 0.35, current) : 0;
      stain(painting, here, pigment.colour, amount * (1 - share));
      if (pigment.charge) stain(painting, here, pigment.charge, amount * share);
    });
  });
  painting.shade((u, v, below) => {
    const here = Math.floor(v * size) * size + Math.floor(u * size);
    const light = 1 + 0.05 * ((grain[here + size + 1] ?? 0) - (grain[here] ?? 0));
    return [below[0] * light, below[1] * light, below[2] * light];
  });
}

/**
 * Lays a clear film of pigment. The less of a channel the pigment reflects, the more the channel is dimmed.
 */
function stain(painting: Painting, pixel: number, pigment: Colour, amount: number): void {
  for (let channel = 0; channel < 3; channel++) {
    const index = 3 * pixel + channel;
    painting.data[index] = (painting.data[index] ?? 0) * Math.max(0.04, pigment[channel] ?? 0) ** amount;
  }
}
