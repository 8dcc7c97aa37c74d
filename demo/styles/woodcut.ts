/** Woodcut: a boat under a rising sun, in carved lines that swell with the shade, printed in four colours. */
import { fractal, noise } from './tools/chance.ts';
import { type Colour, clamp, hex, mix, ramp, palette, smooth } from './tools/colour.ts';
import { Painting } from './tools/painting.ts';

const PAPER = hex('f0dfb8');
const INK = hex('17141c');
const GLOW = palette('c8341e e8662a f2a63c f2d48a');
const WATER = palette('1f7f86 2b6a8c 174a6e');
const SEA_LINE = 0.55;
const SUN = { x: 0.62, y: 0.4, radius: 0.15 };

/** The wood that the knife left at a place: its amount, and its lines. */
interface Cut {
  /** The share of the wood left to print, 0 to 1. */
  tone: number;
  /** Counts the lines; whole numbers are the middles of the ridges. */
  line: number;
}

export function drawWoodcut(size: number): Promise<Buffer> {
  const hand = fractal(61, 3);
  const slope = fractal(62, 4);
  const fibre = noise(63);
  const crest = (row: number, u: number): number =>
    SEA_LINE +
    0.02 +
    0.055 * row +
    0.004 * row * row +
    (0.012 + 0.006 * row) * Math.sin((17 - 1.6 * row) * u + 2.1 * row) -
    0.01 * row * Math.abs(Math.sin((8.5 - 0.8 * row) * u + row));
  const peaks = (u: number): number[] => [
    0.43 - 0.16 * Math.exp(-(((u - 0.2) / 0.16) ** 2)) + 0.05 * slope(4 * u, 3),
    0.52 -
      0.2 * Math.exp(-(((u - 0.02) / 0.14) ** 2)) -
      0.13 * Math.exp(-(((u - 0.98) / 0.12) ** 2)) +
      0.03 * slope(7 * u, 8),
  ];

  const land = (u: number, v: number): Cut | undefined => {
    const [far = 1, near = 1] = peaks(u);
    if (v > near)
      return {
        tone: 0.97 - 0.6 * smooth(0.05, 0, v - near) * smooth(0.1, -0.3, slope(9 * u, 9 * v)),
        line: 46 * (v + 0.6 * u),
      };
    if (v > far)
      return {
        tone: 0.25 + 0.7 * smooth(-0.2, 0.4, slope(6 * u + 2 * v, 5 * v) + 2 * (u - 0.2)),
        line: 62 * (u - 0.2) + 22 * (v - far),
      };
    return undefined;
  };

  const sea = (u: number, v: number): Cut => {
    let row = 0;
    while (row < 8 && v > crest(row + 1, u)) row++;
    const depth = v - crest(row, u);
    const foam = smooth(0.012, 0.004, depth);
    const path = smooth(0.2, 0, Math.abs(u - SUN.x) - 0.05) * smooth(0.75, SEA_LINE, v);
    return {
      tone: (0.24 + 6 * depth) * (1 - 0.95 * foam) - 0.35 * path,
      line: (85 - 5 * row) * depth + 0.3 * hand(8 * u, row),
    };
  };

  const boat = (u: number, v: number): Cut | 'sail' | undefined => {
    const x = (u - 0.33) / 0.2;
    const y = (v - 0.74) / 0.2;
    if (y > -0.12 + 0.2 * x * x && y < 0.13 && Math.abs(x) < 0.85 - 1.6 * Math.max(0, y))
      return { tone: 0.9 - 0.5 * smooth(-0.05, 0.12, y), line: 26 * (y - 0.2 * x * x) };
    if (Math.abs(x - 0.02) < 0.018 && y < 0 && y > -1.45) return { tone: 1, line: 0 };
    const belly = 0.16 * Math.sin(Math.PI * clamp((y + 1.4) / 1.2));
    if (y < -0.2 && y > -1.38 && x > 0.06 + belly * 0.3 && x < 0.62 + 0.12 * y + belly) return 'sail';
    if (y < -0.25 && y > -1.2 && x < -0.02 && x > -0.5 * (y + 1.25) - 0.02) return 'sail';
    return undefined;
  };

  const key = (u: number, v: number): Cut => {
    const vessel = boat(u, v);
    if (vessel === 'sail') return { tone: 0.12 + 0.5 * smooth(0.3, 0.42, u), line: 70 * u + 22 * v };
    if (vessel) return vessel;
    if (v > crest(0, u)) return sea(u, v);
    const ground = land(u, v);
    if (ground) return ground;
    const distance = Math.hypot(u - SUN.x, v - SUN.y);
    if (distance < SUN.radius) return { tone: 0.02, line: 0.5 };
    const turn = Math.atan2(v - SUN.y, u - SUN.x);
    const cloud = slope(2.2 * u, 7 * v);
    if (cloud > 0.2 && distance > 0.2)
      return { tone: 0.15 + 1.6 * (cloud - 0.2), line: 60 * v + 5 * slope(3 * u, 3 * v) };
    // Rays split in two as they spread, so that they never lie too far apart.
    const rays = distance > 0.42 ? 88 : distance > 0.24 ? 44 : 22;
    return { tone: 0.2 + 0.75 * smooth(0.15, 0.85, distance), line: (rays * turn) / (2 * Math.PI) };
  };

  const colours = (u: number, v: number): Colour => {
    const vessel = boat(u, v);
    if (vessel === 'sail') return mix(PAPER, hex('f2b84a'), 0.55);
    if (vessel) return hex('c8341e');
    if (v > crest(0, u))
      return v - crest(0, u) > 0 && sea(u, v).tone < 0.06 ? PAPER : ramp(WATER, (v - SEA_LINE) / 0.4);
    if (land(u, v)) return v > (peaks(u)[1] ?? 1) ? hex('3f6b4a') : hex('8a9a72');
    if (Math.hypot(u - SUN.x, v - SUN.y) < SUN.radius) return hex('d8321e');
    return mix(PAPER, ramp(GLOW, 2.1 * v + 0.08 * hand(3 * u, 3 * v)), 0.85);
  };

  return new Painting(size, PAPER)
    .shade((u, v) => {
      const x = u + 0.0025 * hand(14 * u, 14 * v);
      const y = v + 0.0025 * hand(14 * u + 9, 14 * v);
      const { tone, line } = key(x, y);
      const ridge = 2 * Math.abs(line - Math.round(line));
      const stands = tone + 0.12 * hand(30 * u, 30 * v) > ridge;
      // Worn wood prints thin along the grain, and the colour blocks sit a hair off the key block.
      const grain = smooth(-0.75, -0.4, fibre(9 * u, 150 * v) + 0.4 * hand(60 * u, 60 * v));
      const base = mix(PAPER, colours(x + 0.003, y - 0.002), 0.8 + 0.2 * fibre(14 * u + 5, 190 * v));
      return stands ? mix(base, INK, 0.35 + 0.62 * grain) : base;
    }, 2)
    .png();
}
