/** Oil paint laid on with a bristle brush: streaked colour, and a relief that catches the light. */
import { between, type Random } from './chance.ts';
import { type Colour, clamp, vary } from './colour.ts';
import { Painting } from './painting.ts';

/** The subject: colour and direction of the brush at each place, with coordinates 0–1. */
export interface Subject {
  colour(u: number, v: number): Colour;
  angle(u: number, v: number): number;
}

/** One pass over the picture with one brush; lengths are in 512ths of the picture. */
export interface Pass {
  width: number;
  length: number;
  /** Distance between the starts of strokes. */
  spacing: number;
  /** Distance of the picture from the subject above which a stroke is needed; 0 paints everywhere. */
  tolerance: number;
  /** Variation of the colour from stroke to stroke. */
  variety: number;
}

/**
 * Paints the subject in passes, broad brushes first, as one covers a canvas before the detail. `body` is the
 * height of the paint: 1 for a lively surface, 2 for a crusted one.
 */
export function paintOil(
  size: number,
  ground: Colour,
  subject: Subject,
  passes: readonly Pass[],
  body: number,
  random: Random,
): Painting {
  const painting = new Painting(size, ground);
  const relief = new Float32Array(size * size);
  const unit = size / 512;
  const quick = { colour: subject.colour, angle: tabulate(subject.angle) };
  for (const pass of passes) {
    const starts: [number, number][] = [];
    for (let y = 0; y < 512; y += pass.spacing) {
      for (let x = 0; x < 512; x += pass.spacing) {
        starts.push([x + between(random, 0, pass.spacing), y + between(random, 0, pass.spacing)]);
      }
    }
    shuffle(starts, random);
    for (const [x, y] of starts) {
      const wanted = subject.colour(x / 512, y / 512);
      const present = painting.at(x * unit, y * unit);
      const gap = Math.hypot(wanted[0] - present[0], wanted[1] - present[1], wanted[2] - present[2]);
      if (gap >= pass.tolerance) stroke(painting, relief, quick, pass, [x * unit, y * unit], wanted, random);
    }
  }
  return light(painting, relief, body);
}

function stroke(
  painting: Painting,
  relief: Float32Array,
  subject: Subject,
  pass: Pass,
  start: readonly [number, number],
  wanted: Colour,
  random: Random,
): void {
  const { size } = painting;
  const width = (pass.width * between(random, 0.7, 1.2) * size) / 512;
  const length = (pass.length * between(random, 0.6, 1.3) * size) / 512;
  const main = vary(wanted, random, pass.variety);
  const bristles = Array.from({ length: Math.max(3, Math.round(1.5 * width)) }, () => ({
    colour: vary(main, random, 0.05 + pass.variety / 3),
    load: between(random, 0.35, 1),
    lift: between(random, -0.08, 0.1),
  }));
  let [x, y] = start;
  const turn = between(random, -0.15, 0.15);
  const steps = Math.ceil(length / 0.8);
  // Starting half a stroke back centres it on the place whose colour it carries.
  for (let back = 0; back < steps / 2; back++) {
    const angle = subject.angle(x / size, y / size) + turn;
    x -= 0.8 * Math.cos(angle);
    y -= 0.8 * Math.sin(angle);
  }
  for (let step = 0; step < steps; step++) {
    const angle = subject.angle(x / size, y / size) + turn;
    const along = step / steps;
    bristles.forEach((bristle, index) => {
      const across = (2 * index) / (bristles.length - 1) - 1;
      const column = Math.round(x - (Math.sin(angle) * across * width) / 2);
      const row = Math.round(y + (Math.cos(angle) * across * width) / 2);
      // The brush tip is round, and each bristle touches down and runs dry at its own time.
      const touch = clamp(8 * (along - bristle.lift - 0.1 * across * across));
      const opacity = touch * clamp(3.2 * (bristle.load + 0.35 - along * along));
      if (opacity <= 0 || column < 0 || row < 0 || column >= size || row >= size) return;
      painting.blend(column, row, bristle.colour, 0.92 * opacity);
      const spot = row * size + column;
      const ridge = bristle.load * (0.55 + 0.45 * across * across) + 0.5 * along * along;
      relief[spot] = (relief[spot] ?? 0) * (1 - opacity) + ridge * opacity;
    });
    x += 0.8 * Math.cos(angle);
    y += 0.8 * Math.sin(angle);
  }
}

/** Lights the relief from the upper left, with a little gloss on the ridges. */
function light(painting: Painting, relief: Float32Array, body: number): Painting {
  const { size } = painting;
  const height = (x: number, y: number): number =>
    relief[Math.max(0, Math.min(size - 1, y)) * size + Math.max(0, Math.min(size - 1, x))] ?? 0;
  return painting.shade((u, v, below) => {
    const x = Math.floor(u * size);
    const y = Math.floor(v * size);
    const slope = height(x + 1, y) - height(x - 1, y) + height(x, y + 1) - height(x, y - 1);
    const gloss = 0.1 * body * clamp(slope - 0.5);
    const shine = 1 + 0.16 * body * Math.max(-1.2, Math.min(1.2, slope));
    return [below[0] * shine + gloss, below[1] * shine + gloss, below[2] * shine + gloss];
  });
}

/** Precomputes directions on a grid fine enough for a brush: strokes ask for them a million times. */
function tabulate(angle: Subject['angle']): Subject['angle'] {
  const fine = 200;
  const table = Float32Array.from({ length: fine * fine }, (_, spot) =>
    angle(((spot % fine) + 0.5) / fine, (Math.floor(spot / fine) + 0.5) / fine),
  );
  const cell = (value: number): number => Math.max(0, Math.min(fine - 1, Math.floor(value * fine)));
  return (u, v) => table[cell(v) * fine + cell(u)] ?? 0;
}

function shuffle<T>(list: T[], random: Random): void {
  for (let last = list.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    const [a, b] = [list[last], list[other]];
    if (a !== undefined && b !== undefined) [list[last], list[other]] = [b, a];
  }
}
