/** Crosshatching: fruit, a jug and a cloth by a window, in coloured inks, line over line with a fine pen. */
import { fractal, noise, seeded } from './tools/chance.ts';
import { clamp, hex, mix, smooth } from './tools/colour.ts';
import { Painting } from './tools/painting.ts';
import { Pen, type Sight } from './tools/pen.ts';

const PAPER = hex('f3e6cc');
const INKS = {
  madder: hex('b8321c'),
  amber: hex('c8781a'),
  olive: hex('5a7a1e'),
  plum: hex('7a2450'),
  sepia: hex('3a2418'),
  rust: hex('b8421c'),
  cobalt: hex('1f4a86'),
  umber: hex('4a2c1a'),
  wine: hex('8a1f2c'),
  sage: hex('3a5a50'),
  indigo: hex('24489a'),
  moss: hex('6a8a1e'),
  pine: hex('2f6a4a'),
  azure: hex('2a78b0'),
  night: hex('20121a'),
} as const;

/** Each layer of lines turns further from the surface and is kept for deeper shade. */
const LAYERS = [
  { turn: 0, from: 0.12, gap: 4.2 },
  { turn: 1, from: 0.34, gap: 4.2 },
  { turn: -0.6, from: 0.52, gap: 4 },
  { turn: 1.6, from: 0.7, gap: 3.6 },
] as const;

/** Nearest first: the first fruit found at a place is the visible one. */
const FRUIT = [
  { x: 0.36, y: 0.83, radius: 0.08, ink: INKS.plum },
  { x: 0.66, y: 0.83, radius: 0.06, ink: INKS.madder },
  { x: 0.14, y: 0.76, radius: 0.085, ink: INKS.olive },
  { x: 0.5, y: 0.735, radius: 0.1, ink: INKS.amber },
  { x: 0.3, y: 0.68, radius: 0.115, ink: INKS.madder },
] as const;
const SHADOWS = [...FRUIT, { x: 0.74, y: 0.64, radius: 0.14 }];

export function drawCrosshatching(size: number): Promise<Buffer> {
  const random = seeded(101);
  const cloud = fractal(102, 3);
  const drape = noise(103);

  const see = (u: number, v: number): Sight => {
    for (const fruit of FRUIT) {
      const dx = (u - fruit.x) / fruit.radius;
      const dy = (v - fruit.y) / fruit.radius;
      const square = dx * dx + dy * dy;
      if (Math.abs(dx - 0.1 - 0.15 * dy) < 0.06 && dy < -0.75 && dy > -1.35)
        return { shade: 1, ink: INKS.sepia, grain: 1.4 };
      if (square > 1) continue;
      const lit = 0.62 * -dx - 0.55 * dy + 0.56 * Math.sqrt(1 - square);
      return {
        shade: 0.98 - 0.95 * lit + 0.3 * smooth(0.8, 1, square),
        ink: fruit.ink,
        grain: Math.atan2(dy + 0.75, dx + 0.7) + Math.PI / 2,
      };
    }
    const body = jug(v);
    const across = (u - 0.74) / body;
    if (body > 0 && Math.abs(across) < 1) {
      const band = Math.abs(v - 0.52) < 0.035 || Math.abs(v - 0.36) < 0.012;
      const gleam = smooth(0.16, 0, Math.abs(across + 0.45));
      return {
        shade: 0.62 + 0.6 * across - 0.6 * gleam + (band ? 0.3 : 0),
        ink: band ? INKS.rust : INKS.cobalt,
        grain: 0.35 * across,
      };
    }
    const handle = Math.abs(Math.hypot((u - 0.85) / 0.085, (v - 0.42) / 0.12) - 1);
    if (u > 0.83 && handle < 0.17) return { shade: 0.75, ink: INKS.cobalt, grain: 0.8 };
    if (v > 0.6 + 0.05 * (u - 0.5)) return table(u, v);
    const pane = Math.hypot(u - 0.3, (v - 0.3) * 0.9);
    if (u > 0.1 && u < 0.5 && v > 0.06 && v < 0.47) return view(u, v);
    if (u > 0.07 && u < 0.53 && v > 0.03 && v < 0.5)
      return {
        shade: u > 0.5 || v > 0.47 ? 0.75 : 0.3,
        ink: INKS.umber,
        grain: v > 0.47 || v < 0.06 ? 0 : 1.57,
      };
    const fold = Math.sin(46 * u + 3 * drape(2 * u, 3 * v));
    if (u > 0.88 - 0.1 * v) return { shade: 0.5 + 0.4 * fold, ink: INKS.wine, grain: 1.45 };
    return { shade: 0.3 + 1.1 * (pane - 0.27) + 0.2 * cloud(3 * u, 3 * v), ink: INKS.sage, grain: 0.75 };
  };

  const table = (u: number, v: number): Sight => {
    let shade = 0.3 + 0.3 * cloud(4 * u, 9 * v);
    for (const { x, y, radius } of SHADOWS) {
      const cast = Math.hypot(
        (u - x - radius * 0.75) / (radius * 1.6),
        (v - y - radius * 0.8) / (radius * 0.42),
      );
      shade = Math.max(shade, 0.95 * smooth(1.15, 0.5, cast));
    }
    // A checked cloth hangs over the front edge.
    if (v < 0.9 - 0.08 * Math.sin(6 * u)) return { shade, ink: INKS.umber, grain: 0.06 };
    const check = Number(Math.sin(60 * u + 8 * v) > 0) + Number(Math.sin(60 * v - 5 * u) > 0);
    return { shade: 0.12 + 0.4 * check, ink: INKS.indigo, grain: 1.2 };
  };

  const view = (u: number, v: number): Sight => {
    if (Math.abs(u - 0.3) < 0.012 || Math.abs(v - 0.27) < 0.01)
      return { shade: 0.8, ink: INKS.umber, grain: 1.57 };
    const sun = Math.hypot(u - 0.4, v - 0.15);
    if (sun < 0.04) return { shade: 0.25, ink: INKS.amber, grain: 0 };
    const hill = 0.34 + 0.05 * Math.sin(11 * u);
    if (v > hill + 0.06) return { shade: 0.42 + 0.3 * cloud(14 * u, 14 * v), ink: INKS.moss, grain: -0.3 };
    if (v > hill) return { shade: 0.62, ink: INKS.pine, grain: 0.9 };
    return {
      shade: 0.3 - 0.3 * v + 0.35 * cloud(5 * u, 9 * v),
      ink: INKS.azure,
      grain: Math.atan2(v - 0.15, u - 0.4) + 1.57,
    };
  };

  const painting = new Painting(size).shade((u, v) => {
    const { shade, ink } = see(u, v);
    const tint = mix(PAPER, mix(PAPER, ink, 0.45), clamp(0.25 + 0.4 * shade));
    const tooth = 1 + 0.03 * cloud(80 * u, 80 * v) + 0.03 * cloud(3 * u, 3 * v);
    return [tint[0] * tooth, tint[1] * tooth, tint[2] * tooth];
  });
  const pen = new Pen(painting, see, random);
  for (const layer of LAYERS) pen.hatch(layer);
  pen.contours(INKS.night);
  return painting.png();
}

/** Half the width of the jug at a height; 0 above and below it. */
function jug(v: number): number {
  if (v < 0.24 || v > 0.7) return 0;
  const t = (v - 0.24) / 0.46;
  return 0.07 + 0.075 * Math.sin(Math.PI * clamp(t * 1.15 - 0.12)) ** 1.5 + 0.02 * smooth(0.12, 0, t);
}
