/** Stained glass: a sun over hills, a river and lilies, in pieces of glowing glass held by lead. */
import { between, fractal, noise, seeded } from './tools/chance.ts';
import { type Colour, clamp, hex, mix, palette, pick, scale, smooth } from './tools/colour.ts';
import { distances } from './tools/distance.ts';
import { Painting } from './tools/painting.ts';

const GLASS = {
  sun: palette('ffd21f ffb400 ffe873'),
  ray: palette('ff7a1a e8261f ffa51f c2123f'),
  sky: palette('1238b8 1d63e0 3a2ab0 0f7fd8 5a28a8'),
  hill: palette('0f9a4a 4fbf2a 0b6f5a 9fd02a'),
  field: palette('1f7a2a 7ab81a 0a5a3a 2fa860'),
  river: palette('12b8d8 0a86d0 66e0e8 1a5ad0'),
  petal: palette('ff5aa0 d81a6a ffa8d0 b0127a'),
  leaf: palette('2fd05a 0a8a3a'),
  frame: palette('8a1030 c81a2a 5a0f4a'),
} as const;

type Glass = keyof typeof GLASS;

export function drawStainedGlass(size: number): Promise<Buffer> {
  const random = seeded(71);
  const ripple = noise(72);
  const seeds = fractal(73, 3);
  const flowers = [
    { x: 0.2, y: 0.64, radius: 0.13, petals: 6 },
    { x: 0.82, y: 0.74, radius: 0.11, petals: 5 },
    { x: 0.33, y: 0.86, radius: 0.09, petals: 5 },
  ];

  /** The kind of glass at a place, and its separately leaded part. */
  const part = (u: number, v: number): [Glass, number] => {
    const rim = Math.min(u, v, 1 - u, 1 - v);
    if (rim < 0.035) return ['frame', Math.floor(9 * (Math.abs(u - 0.5) > Math.abs(v - 0.5) ? v : u))];
    for (const [index, flower] of flowers.entries()) {
      const turn = Math.atan2(v - flower.y, u - flower.x) + index;
      const distance = Math.hypot(u - flower.x, v - flower.y) / flower.radius;
      if (distance < 0.28) return ['sun', 50 + index];
      if (distance < 0.62 + 0.38 * Math.abs(Math.cos((flower.petals * turn) / 2))) {
        return ['petal', 10 * index + Math.floor((turn / (2 * Math.PI)) * flower.petals + 0.5)];
      }
    }
    for (const [index, flower] of flowers.entries()) {
      const stem = Math.abs(u - flower.x - 0.03 * Math.sin(9 * (v - flower.y)));
      if (v > flower.y && stem < 0.012) return ['leaf', index];
      const blade = Math.hypot((u - flower.x - (v - flower.y) * 0.6) / 0.05, (v - flower.y - 0.2) / 0.1);
      if (blade < 1) return ['leaf', 10 + index];
    }
    const distance = Math.hypot(u - 0.56, v - 0.27);
    const turn = Math.atan2(v - 0.27, u - 0.56) / (2 * Math.PI) + 0.5;
    const far = 0.5 + 0.06 * Math.sin(6 * u + 1);
    const near = 0.6 + 0.07 * Math.sin(5 * u + 3.6);
    const river = Math.abs(u - 0.58 - 0.14 * Math.sin(7.5 * v + 0.7)) - 0.03 - 0.34 * (v - 0.52);
    if (v > far && river < 0) return ['river', Math.floor(v * 9 + 2 * ripple(3 * u, 3 * v))];
    if (v > near) return ['field', Math.floor((v - near) * 8)];
    if (v > far) return ['hill', 0];
    if (distance < 0.085) return ['sun', 0];
    if (distance < 0.14) return ['sun', 1 + Math.floor(turn * 12)];
    const ray = Math.floor(turn * 24);
    if (ray % 2 && distance < 0.3 + 0.05 * (ray % 4)) return ['ray', ray];
    return ['sky', Math.floor(Math.max(0, distance - 0.14) * 7)];
  };

  const cells = 11;
  const sites = Array.from(
    { length: (cells + 2) ** 2 },
    () => [between(random, 0.1, 0.9), random(), between(random, 0.8, 1.12)] as const,
  );
  const site = (u: number, v: number): number => {
    let best = 0;
    let least = Infinity;
    for (let row = Math.floor(v * cells) - 1; row <= v * cells + 1; row++) {
      for (let column = Math.floor(u * cells) - 1; column <= u * cells + 1; column++) {
        const index = (row + 1) * (cells + 2) + column + 1;
        const [dx, dy] = pick(sites, index);
        const away = (u * cells - column - dx) ** 2 + (v * cells - row - dy) ** 2;
        if (away < least) [least, best] = [away, index];
      }
    }
    return best;
  };

  const pane = new Int32Array(size * size);
  const painting = new Painting(size).shade((u, v) => {
    const [glass, section] = part(u + 0.003 * ripple(8 * u, 8 * v), v);
    // Small parts are one piece each; large ones are broken up by the sites inside them.
    const whole =
      glass === 'petal' || glass === 'ray' || glass === 'leaf' || glass === 'sun' || glass === 'frame';
    const at = whole ? 0 : site(u, v);
    const id = Object.keys(GLASS).indexOf(glass) * 1e6 + (section + 50) * 1e3 + at;
    pane[Math.floor(v * size) * size + Math.floor(u * size)] = id;
    const [, chance, strength] = pick(sites, at + 31 * section + 7);
    return scale(pick<Colour>(GLASS[glass], Math.floor(chance * 97) + section), strength);
  });

  const lead = distances(
    pane.map((id, index) => Number(id !== (pane[index + 1] ?? id) || id !== (pane[index + size] ?? id))),
    size,
  );
  const unit = size / 512;
  return painting
    .shade((u, v, below) => {
      const away = (lead[Math.floor(v * size) * size + Math.floor(u * size)] ?? 0) / unit;
      const streak = 0.16 * seeds(9 * u + 3 * v, 30 * v) + 0.12 * seeds(40 * u, 40 * v);
      // Light gathers in the middle of each pane and burns pale where the glass is thin.
      const glow = 0.8 + 0.5 * smooth(1, 22, away) + streak;
      const bubble = smooth(0.62, 0.8, ripple(34 * u, 34 * v)) * 0.35;
      const glass = mix(scale(below, glow), hex('fff8e0'), clamp(0.28 * smooth(10, 34, away) + bubble));
      const solder = mix(
        hex('0c0a10'),
        hex('5a5a68'),
        0.7 * smooth(1.6, 0, away) * smooth(-0.4, 0.7, ripple(60 * u, 60 * v)),
      );
      return mix(solder, glass, smooth(1.6, 2.9, away));
    })
    .png();
}
