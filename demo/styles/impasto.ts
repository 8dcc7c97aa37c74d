/** Impasto: an autumn river between bright trees, in short thick strokes with ridges of paint. */
import { between, fractal, noise, seeded } from './tools/chance.ts';
import { type Colour, hex, mix, palette, pick, ramp, scale, smooth } from './tools/colour.ts';
import { paintOil } from './tools/oil.ts';

const HORIZON = 0.45;
const SKY = palette('2a8fb0 6cc0c4 f3dfa6 f7a25e');
const LEAVES = palette('d8341c f27c14 f9b81b a81e2d f2d33c 7f8f1e e2571a');
const GRASS = palette('f0c233 c78a1d 8d8a1f 5c6a1c');

interface Crown {
  x: number;
  y: number;
  radius: number;
  colour: Colour;
}

export function drawImpasto(size: number): Promise<Buffer> {
  const random = seeded(11);
  const ripple = noise(12);
  const cloud = fractal(13, 4);
  const crowns: Crown[] = [];
  for (let index = 0; index < 46; index++) {
    // Trees crowd to both sides and shrink towards the gap where the river comes from.
    const side = index % 2 ? 1 : -1;
    const away = between(random, 0.06, 0.6);
    crowns.push({
      x: 0.54 + side * away,
      y: HORIZON - 0.02 - away * between(random, 0.05, 0.62),
      radius: 0.03 + 0.24 * away * between(random, 0.6, 1.1),
      colour: pick(LEAVES, random() * LEAVES.length),
    });
  }
  crowns.sort((a, b) => a.y + a.radius - b.y - b.radius);

  const land = (u: number, v: number): Colour => {
    const sun = Math.hypot(u - 0.54, v - 0.2);
    let colour = mix(
      ramp(SKY, v / HORIZON + 0.25 * cloud(3 * u, 7 * v)),
      hex('fff3b8'),
      smooth(0.2, 0.05, sun),
    );
    const hill = HORIZON - 0.1 - 0.05 * ripple(5 * u, 0.5);
    if (v > hill) colour = mix(hex('5b5a9c'), hex('b57aa0'), smooth(hill, HORIZON, v));
    for (const crown of crowns) {
      const dx = (u - crown.x) / crown.radius;
      const dy = (v - crown.y) / crown.radius;
      if (Math.abs(dx) < 0.12 && dy > 0) colour = hex('3b1f2b');
      if (dx * dx + dy * dy * 0.8 < 1 + 0.5 * cloud(u * 14, v * 14)) {
        const lit = 0.95 - 0.38 * (dx * (u < 0.54 ? -0.7 : 0.7) + dy) + 0.3 * cloud(u * 26, v * 26);
        colour =
          lit > 1 ? mix(crown.colour, hex('ffe27a'), 0.6 * (lit - 1)) : mix(hex('4a1638'), crown.colour, lit);
      }
    }
    return colour;
  };

  const bank = (v: number): { middle: number; half: number } => {
    const near = (v - HORIZON) / (1 - HORIZON);
    return { middle: 0.54 - 0.2 * Math.sin(3.4 * near) * near, half: 0.05 + 0.44 * near ** 1.1 };
  };

  const colour = (u: number, v: number): Colour => {
    if (v < HORIZON) return land(u, v);
    const { middle, half } = bank(v);
    const edge = Math.abs(u - middle) - half - 0.02 * ripple(9 * v, 3 * u);
    if (edge > 0) {
      const tuft = ramp(GRASS, 0.35 + 0.5 * cloud(8 * u, 14 * v) + 0.25 * smooth(0.06, 0, edge));
      const shadow = smooth(0.1, 0.45, cloud(2.5 * u + 7, 9 * v));
      const bloom = ripple(24 * u, 30 * v) > 0.55 ? hex('c8283c') : tuft;
      return mix(scale(bloom, 0.75 + 0.4 * smooth(0, 0.12, edge)), hex('5a3a7a'), 0.6 * shadow);
    }
    const mirror = land(u + 0.015 * ripple(6 * u, 50 * v), 2 * HORIZON - v);
    return mix(mirror, hex('0a5a86'), 0.3 + 0.4 * ripple(5 * u, 34 * v));
  };

  const angle = (u: number, v: number): number => {
    const bend = 0.9 * ripple(5 * u, 5 * v);
    if (v < HORIZON) return bend - 0.6 - 1.1 * smooth(0.2, HORIZON, v);
    const { middle, half } = bank(v);
    if (Math.abs(u - middle) < half) return 0.25 * bend;
    return (u < middle ? -1 : 1) * 0.9 + bend;
  };

  const passes = [
    { width: 28, length: 56, spacing: 11, tolerance: 0, variety: 0.1 },
    { width: 19, length: 34, spacing: 9, tolerance: 0.12, variety: 0.11 },
    { width: 11, length: 22, spacing: 7, tolerance: 0.2, variety: 0.1 },
  ];
  return paintOil(size, hex('6b2d1a'), { colour, angle }, passes, 1.7, random).png();
}
