/** Night sky: northern lights and eddies of wind over a mountain lake, in long swirling strokes. */
import { between, fractal, noise, seeded } from './tools/chance.ts';
import { type Colour, hex, mix, palette, pick, ramp, scale, smooth } from './tools/colour.ts';
import { paintOil } from './tools/oil.ts';

const SHORE = 0.74;
const DEEP = palette('0a0f3c 152a78 2350a8 123a8c 3a2a8a 1a1458');
const AURORA = palette('1fd08a 64f0b0 8be8e0 b06ae0 5a2aa8');
const PEAKS = palette('10143a 2b2c66 6c62a8 b9a8dc');

export function drawNightSky(size: number): Promise<Buffer> {
  const random = seeded(21);
  const wind = noise(22);
  const rock = fractal(23, 5);
  const eddies = Array.from({ length: 7 }, (_, index) => ({
    x: 0.06 + 0.15 * index + between(random, -0.05, 0.05),
    y: index % 2 ? between(random, 0.08, 0.2) : between(random, 0.3, 0.42),
    reach: between(random, 0.07, 0.13),
    spin: index % 3 ? 1 : -1,
  }));
  const stars = Array.from({ length: 24 }, () => ({
    x: random(),
    y: between(random, 0.02, 0.48),
    radius: between(random, 0.012, 0.026),
    tint: pick(palette('fff6c8 ffd98a d8f4ff ffc2d8'), random() * 4),
  }));
  const moon = { x: 0.25, y: 0.17, radius: 0.055 };

  const angle = (u: number, v: number): number => {
    const height = v > SHORE ? 2 * SHORE - v : v;
    if (v > SHORE) return 0.15 * wind(6 * u, 20 * v);
    if (height > ridge(u)) return 0.9 * Math.sign(wind(4 * u, 9)) + 0.5 * wind(9 * u, 9 * v);
    let along = 1;
    let down = 0.5 * wind(2.2 * u, 2.2 * v) + 0.25;
    for (const eddy of [...eddies, { ...moon, reach: 0.12, spin: 1 }]) {
      const dx = u - eddy.x;
      const dy = v - eddy.y;
      const pull = 7 * eddy.spin * Math.exp(-(dx * dx + dy * dy) / eddy.reach ** 2);
      const distance = Math.hypot(dx, dy) + 0.05;
      along -= (pull * dy) / distance;
      down += (pull * dx) / distance;
    }
    return Math.atan2(down, along);
  };
  const ridge = (u: number): number =>
    0.57 + 0.13 * rock(2.3 * u + 0.4, 0.2) - 0.1 * Math.exp(-(((u - 0.32) / 0.12) ** 2));

  const sky = (u: number, v: number): Colour => {
    let colour = ramp(DEEP, 0.5 + 0.9 * wind(3 * u + 0.6 * Math.sin(8 * v), 5 * v));
    // Each eddy is a spiral of paler blue wound about its eye.
    for (const eddy of eddies) {
      const distance = Math.hypot(u - eddy.x, v - eddy.y) / eddy.reach;
      const turn = Math.atan2(v - eddy.y, u - eddy.x);
      const arm = 0.5 + 0.5 * Math.sin(eddy.spin * turn * 2 - 9 * distance);
      colour = mix(colour, hex('9fd0f0'), 0.75 * arm * smooth(1.4, 0.2, distance));
    }
    const curtain = 0.36 + 0.1 * Math.sin(6 * u + 0.8) + 0.05 * wind(7 * u, 1);
    const rise = (curtain - v) / 0.26;
    if (rise > -0.15) {
      const fold = 0.7 + 0.75 * wind(16 * u + 3 * v, 0.7 * v);
      colour = mix(colour, ramp(AURORA, rise), fold * smooth(-0.15, 0.08, rise) * smooth(1.2, 0.2, rise));
    }
    for (const star of stars) {
      const distance = Math.hypot(u - star.x, v - star.y) / star.radius;
      colour = mix(colour, star.tint, smooth(1, 0.5, distance) + 0.5 * smooth(2.2, 1, distance));
    }
    const distance = Math.hypot(u - moon.x, v - moon.y) / moon.radius;
    const halo = 0.5 + 0.5 * Math.cos(5 * distance);
    colour = mix(colour, hex('f2a0b4'), 0.8 * smooth(3.2, 1, distance) * halo);
    return distance < 1
      ? mix(hex('fff2e4'), hex('f48a9c'), smooth(-0.5, 1, (u - moon.x) / moon.radius))
      : colour;
  };

  const above = (u: number, v: number): Colour => {
    const top = ridge(u);
    if (v < top) return sky(u, v);
    const snow = rock(7 * u + 3 * v, 9 * v) + 0.9 * smooth(0.16, 0, v - top) - 0.25;
    return mix(ramp(PEAKS, 0.25 + 0.8 * snow), hex('0c2440'), smooth(SHORE - 0.1, SHORE, v));
  };

  const colour = (u: number, v: number): Colour => {
    if (v < SHORE) return above(u, v);
    const sway = 0.02 * wind(5 * u, 60 * v);
    const mirror = above(u + sway, SHORE - (v - SHORE) * 2.4);
    const glint = smooth(0.35, 0.7, wind(8 * u, 60 * v)) * smooth(0.12, 0, Math.abs(u - moon.x));
    return mix(mix(scale(mirror, 1.15), hex('0a2a6c'), 0.25), hex('ffe9a0'), glint);
  };

  const passes = [
    { width: 12, length: 70, spacing: 9, tolerance: 0, variety: 0.05 },
    { width: 6, length: 44, spacing: 5, tolerance: 0.07, variety: 0.09 },
    { width: 4, length: 16, spacing: 4, tolerance: 0.2, variety: 0.06 },
  ];
  return paintOil(size, hex('0b1030'), { colour, angle }, passes, 1, random).png();
}
