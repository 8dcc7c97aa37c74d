/** Ink wash: mountains in mist behind bamboo and a red sun, in washes of ink on long-fibred paper. */
import { between, fractal, noise, seeded } from './tools/chance.ts';
import { hex, mix, smooth } from './tools/colour.ts';
import { INK, InkBrush, RED, soak, UMBER } from './tools/ink-brush.ts';
import { Painting } from './tools/painting.ts';

const BLUE = hex('2c4a66');

export function drawInkWash(size: number): Promise<Buffer> {
  const random = seeded(91);
  const blot = fractal(92, 5);
  const rock = fractal(93, 5);
  const fibre = noise(94);
  const ridges = [
    { base: 0.36, rise: 0.16, pace: 3.4, fade: 0.1, strength: 0.4, ink: BLUE },
    { base: 0.48, rise: 0.3, pace: 2.6, fade: 0.14, strength: 0.65, ink: BLUE },
    { base: 0.62, rise: 0.34, pace: 2.1, fade: 0.13, strength: 0.9, ink: mix(BLUE, INK, 0.5) },
    { base: 0.73, rise: 0.15, pace: 2.9, fade: 0.07, strength: 1.2, ink: INK },
    { base: 0.97, rise: 0.2, pace: 1.9, fade: 0.2, strength: 1.3, ink: mix(UMBER, INK, 0.6) },
  ];

  const crests = ridges.map((ridge, index) =>
    Float32Array.from({ length: size }, (_, x) => {
      const u = x / size;
      return (
        ridge.base -
        ridge.rise * (0.35 + rock(ridge.pace * u + 5.3 * index, index) + 0.12 * rock(16 * u, 3 * index))
      );
    }),
  );

  const painting = new Painting(size).shade((u, v) => {
    const paper = mix(
      hex('efe2c4'),
      hex('d8bd8a'),
      0.4 + 0.5 * blot(1.6 * u, 1.6 * v) + 0.5 * smooth(0.35, 0.75, Math.hypot(u - 0.5, v - 0.5)),
    );
    const sun = Math.hypot(u - 0.67, v - 0.2) + 0.006 * blot(12 * u, 12 * v);
    let colour = soak(
      paper,
      RED,
      0.85 * smooth(0.093, 0.086, sun) * (0.75 + 0.45 * blot(7 * u, 7 * v)) +
        0.35 * smooth(0.01, 0, Math.abs(sun - 0.087)),
    );
    colour = soak(colour, hex('c87a3a'), 0.3 * smooth(0.4, 0.08, sun));
    ridges.forEach((ridge, index) => {
      const depth = v - (crests[index]?.[Math.floor(u * size)] ?? 1);
      if (depth < -0.01 || depth > 3.5 * ridge.fade) return;
      // Cun strokes: the dry side of the brush dragged down the rock face.
      const face = smooth(0.05, 0.5, rock(13 * u - 4 * depth + index, 4 * v) + 0.5 * rock(40 * u, 14 * v));
      const wash = (0.35 + 0.65 * face) * Math.exp(-Math.max(0, depth) / ridge.fade);
      const rim = 0.35 * smooth(0.014, 0, Math.abs(depth - 0.004));
      const pool = 0.75 + 0.5 * blot(6 * u + index, 6 * v);
      colour = soak(
        colour,
        ridge.ink,
        ridge.strength *
          1.7 *
          smooth(-0.002, 0.004, depth + 0.003 * blot(60 * u, 60 * v)) *
          pool *
          (wash + rim),
      );
    });
    const water =
      smooth(0.7, 0.78, v) *
      smooth(0.95, 0.85, v) *
      smooth(0.25, 0.5, fibre(4 * u, 70 * v) + 0.3 * blot(20 * u, 20 * v));
    return soak(colour, BLUE, 0.5 * water);
  });

  const brush = new InkBrush(painting, random);
  brush.boat(0.6, 0.8);
  for (let index = 0; index < 7; index++)
    brush.bird(0.3 + 0.05 * index + 0.01 * (index % 3), 0.12 + 0.025 * Math.abs(index - 2.4));
  brush.bamboo(0.1, -0.02, 0.021, 0.95);
  brush.bamboo(0.2, 0.03, 0.013, 0.5);
  brush.bamboo(0.035, 0.02, 0.012, 0.7);
  for (let index = 0; index < 26; index++) {
    const [x, y] = [between(random, 0.02, 0.36), between(random, 0, 0.62)];
    brush.leaves(x * (1 - 0.5 * y), y, 0.3 + 0.9 * random() ** 2);
  }
  for (let index = 0; index < 60; index++) {
    painting.disc(
      random() * size,
      random() * size,
      (between(random, 0.3, 1) ** 4 * 2.4 * size) / 512,
      INK,
      between(random, 0.2, 0.6),
    );
  }
  brush.seal(0.885, 0.86, 0.06);

  return painting
    .shade((u, v, below) => {
      const thread =
        smooth(0.5, 0.75, fibre(26 * u + 14 * v, 90 * v - 30 * u)) +
        smooth(0.55, 0.8, fibre(80 * u - 40 * v, 20 * v + 9 * u));
      const light = 1 + 0.035 * blot(90 * u, 90 * v) + 0.06 * thread;
      return [below[0] * light, below[1] * light, below[2] * light];
    })
    .png();
}
