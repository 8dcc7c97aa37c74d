/** Mosaic: two fish circling in the sea, laid in small stones that follow the shapes, with some gold. */
import { between, noise, seeded } from './tools/chance.ts';
import { type Colour, clamp, hex, mix, palette, pick, scale, smooth, vary } from './tools/colour.ts';
import { ACROSS, facing, finder, type Stone, settle } from './tools/stones.ts';
import { Painting } from './tools/painting.ts';

const SEA = palette('0b2f5c 0f4f86 12789c 1fa3ac 6cc8bc');
const FISH = palette('b8321e e0622a f09a3c f7d08a');
const SCALES = palette('7a1f1a d8481e');
const BORDER = palette('8a2a1a e8d8b0 c8963a');

export function drawMosaic(size: number): Promise<Buffer> {
  const random = seeded(81);
  const drift = noise(82);

  const scene = (u: number, v: number): Colour => {
    const rim = Math.min(u, v, 1 - u, 1 - v);
    if (rim < 0.02) return hex('5a1f18');
    const side = Math.abs(u - 0.5) > Math.abs(v - 0.5) ? v : u;
    if (rim < 0.062) return pick(BORDER, Math.floor(11 * side) % 2);
    if (rim < 0.08) return hex('d8a53a');
    const distance = Math.hypot(u - 0.5, v - 0.5);
    const turn = Math.atan2(v - 0.5, u - 0.5);
    if (distance > 0.425) return spandrel(u, v);
    if (distance > 0.395) return hex('e0b04a');
    const swimmer = fish(distance, turn) ?? fish(distance, turn + Math.PI);
    if (swimmer) return swimmer;
    const petal = 0.075 + 0.028 * Math.cos(8 * turn);
    if (distance < 0.035) return hex('f7d86a');
    if (distance < petal) return hex('c83a5a');
    const swell = Math.sin(42 * distance + 1.4 * Math.sin(6 * turn));
    return swell > 0.93
      ? hex('d8f0e4')
      : pick(SEA, Math.round(1.5 + 1.5 * swell + 0.8 * drift(9 * u, 9 * v)));
  };

  const spandrel = (u: number, v: number): Colour => {
    const corner = Math.hypot(Math.min(u, 1 - u) - 0.1, Math.min(v, 1 - v) - 0.1);
    if (corner < 0.03) return hex('d83a2a');
    if (corner < 0.055) return hex('f0d070');
    return corner < 0.09 ? hex('5a8a3a') : mix(hex('efe0bc'), hex('c8a878'), 0.5 + 0.5 * drift(9 * u, 9 * v));
  };

  const direction = (u: number, v: number): number => {
    const rim = Math.min(u, v, 1 - u, 1 - v);
    return rim < 0.085 ? 0 : Math.atan2(v - 0.5, u - 0.5) + 0.25 * drift(4 * u, 4 * v);
  };

  const stones = settle(
    Array.from({ length: ACROSS * ACROSS }, (_, index): Stone => {
      const x = ((index % ACROSS) + between(random, 0.1, 0.9)) / ACROSS;
      const y = (Math.floor(index / ACROSS) + between(random, 0.1, 0.9)) / ACROSS;
      return { x, y, ...facing(direction(x, y)), colour: [0, 0, 0], tilt: between(random, -1, 1) };
    }),
    direction,
  );
  for (const stone of stones) {
    const gold = random() < 0.012;
    stone.colour = gold ? hex('f2c64a') : vary(scene(stone.x, stone.y), random, 0.09);
  }

  const find = finder(stones);
  const grain = noise(83);
  return new Painting(size)
    .shade((u, v) => {
      const { stone, gap, dx, dy } = find(u, v);
      const speck = 0.06 * grain(170 * u, 170 * v) + 0.07 * grain(40 * u, 40 * v);
      const grout = scale(hex('4a4038'), 1 + 3 * speck);
      // Every stone is set at its own slant, and its edges towards the light are bright.
      const edge = smooth(0.28, 0.5, Math.max(Math.abs(dx), Math.abs(dy)));
      const towards = -0.7 * (dx * (stone.cos + stone.sin) + dy * (stone.cos - stone.sin));
      const lit = 1 + 0.12 * stone.tilt + 0.2 * stone.tilt * dx + 0.55 * edge * towards + speck;
      return mix(
        grout,
        scale(stone.colour, lit),
        smooth(0.05, 0.13, gap) * smooth(0.62, 0.56, Math.max(Math.abs(dx), Math.abs(dy))),
      );
    }, 2)
    .png();
}

/** A fish bent along a circle about the middle, its head where `turn` is 0; undefined outside of it. */
function fish(distance: number, turn: number): Colour | undefined {
  const along = ((((turn + 1.1) % (2 * Math.PI)) + 2 * Math.PI) % (2 * Math.PI)) / 2.5;
  const across = (distance - 0.25) / 0.115;
  if (along > 1) return undefined;
  const body = along < 0.76 ? Math.sin(Math.PI * (along / 0.8) ** 0.62) ** 0.8 : 0.16 + 3.4 * (along - 0.76);
  const fin = along > 0.3 && along < 0.58 ? 0.42 * Math.sin((along - 0.3) * 5.6) : 0;
  if (across > body + fin + 0.16 || -across > body + 0.16) return undefined;
  if (across > body + fin || -across > body) return hex('0a1f3c');
  if (across > body) return hex('f4c84a');
  if (along > 0.8) return Math.floor(across * 7) % 2 ? hex('f4c84a') : hex('d8481e');
  if (Math.hypot((along - 0.12) / 0.035, (across - 0.25) / 0.2) < 1) return hex('101018');
  if (Math.hypot((along - 0.12) / 0.06, (across - 0.25) / 0.34) < 1) return hex('fff4d8');
  if (along > 0.2 && along < 0.235) return hex('7a1f1a');
  const row = Math.floor(along * 17 + 0.9 * Math.abs(across));
  return along > 0.23 && row % 2 && across > -0.4
    ? pick(SCALES, across > 0.35 ? 0 : 1)
    : pick(FISH, clamp(0.55 - across * 0.6) * 3.9);
}
