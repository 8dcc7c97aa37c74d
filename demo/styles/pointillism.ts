/** Pointillism: a summer bay with sails, in dots of nearly pure colour that mix in the eye. */
import { between, fractal, noise, seeded } from './tools/chance.ts';
import { type Colour, clamp, hex, mix, palette, pick, ramp, smooth } from './tools/colour.ts';
import { Painting } from './tools/painting.ts';

const SKY = palette('7fa8e0 a9c4ea f3c6c8 ffd79a');
const SEA = palette('f6c48a 7f9fd8 3f78c0 2b5aa0');
const MEADOW = palette('c8d04a 7fae3c 3d8a4a 2a5f5a');
const SEA_LINE = 0.42;

/** Dots of each size, large first: radius and spacing in 512ths. */
const LAYERS = [
  { radius: 5, spacing: 6.5 },
  { radius: 3.4, spacing: 4.6 },
  { radius: 2.4, spacing: 4 },
] as const;

export function drawPointillism(size: number): Promise<Buffer> {
  const random = seeded(31);
  const wave = noise(32);
  const leafage = fractal(33, 4);
  const sails = [
    { x: 0.3, y: 0.5, height: 0.24, tint: hex('fff2dc') },
    { x: 0.52, y: 0.45, height: 0.12, tint: hex('ffd0b0') },
    { x: 0.14, y: 0.44, height: 0.08, tint: hex('fff6e6') },
  ];

  const scene = (u: number, v: number): Colour => {
    const sun = Math.hypot(u - 0.62, (v - 0.24) * 1.05);
    let colour = mix(
      ramp(SKY, v / SEA_LINE + 0.2 * leafage(2 * u, 6 * v)),
      hex('fff0a0'),
      smooth(0.13, 0.05, sun),
    );
    const cape = SEA_LINE - 0.13 * smooth(0.55, 1, u) - 0.03 * leafage(6 * u, 1) * smooth(0.5, 0.7, u);
    if (v > cape) colour = mix(hex('9a86c8'), hex('5f78b0'), smooth(cape, SEA_LINE, v));
    if (v > SEA_LINE) {
      colour = ramp(SEA, (v - SEA_LINE) / 0.36 + 0.25 * wave(4 * u, 34 * v));
      const path = Math.abs(u - 0.62) / (0.03 + 0.3 * (v - SEA_LINE));
      colour = mix(colour, hex('ffdf80'), smooth(1.2, 0, path) * smooth(-0.3, 0.4, wave(9 * u, 50 * v)));
    }
    for (const sail of sails) {
      const rise = (sail.y - v) / sail.height;
      const reach = (u - sail.x) / sail.height;
      if (rise > 0.08 && rise < 1 && reach > -0.32 * (1 - rise) && reach < 0.5 * (1 - rise)) {
        colour = mix(sail.tint, hex('e07a50'), reach < 0 ? 0.85 : smooth(0.5, 0, reach) * 0.25);
      } else if (Math.abs(rise) < 0.08 && Math.abs(reach) < 0.42 + rise) colour = hex('8a2c3c');
      else if (rise < -0.08 && rise > -1 && Math.abs(reach - 0.1) < 0.3 * (1 + rise)) {
        colour = mix(colour, sail.tint, 0.6 * smooth(-0.2, 0.3, wave(8 * u, 60 * v)));
      }
    }
    const shore = 0.72 + 0.12 * Math.sin(3.2 * u + 0.5) - 0.1 * u;
    if (v > shore) {
      const shade = smooth(0.1, 0.3, Math.hypot((u - 0.72) * 0.6, v - 0.93));
      colour = ramp(MEADOW, 0.85 - 0.7 * shade + 0.5 * leafage(5 * u, 12 * v));
      if (wave(26 * u, 30 * v) > 0.52) colour = pick(palette('f05a4a ff9ab0 ffe066'), 3 * u + 7 * v);
    }
    return tree(u, v, colour);
  };

  const tree = (u: number, v: number, behind: Colour): Colour => {
    const lean = 0.84 + 0.08 * Math.sin(4 * v);
    const trunk = Math.abs(u - lean) / (0.022 + 0.03 * smooth(0.8, 0.95, v));
    let colour = behind;
    if (v > 0.2 && v < 0.9 && trunk < 1)
      colour = mix(hex('c86a50'), hex('3c2a6a'), smooth(-1, 1, (u - lean) / 0.025));
    const crown = Math.hypot((u - 0.86) / 0.34, (v - 0.1) / 0.24) + 0.4 * leafage(7 * u, 7 * v);
    if (crown < 0.92)
      colour = ramp(MEADOW, 0.35 + 0.9 * leafage(9 * u + 4, 9 * v) + 0.4 * (u - 0.8) + 0.8 * v);
    return colour;
  };

  const painting = new Painting(size, hex('f4e8d0'));
  for (const { radius, spacing } of LAYERS) {
    for (let y = 0; y < 512 + spacing; y += spacing) {
      for (let x = 0; x < 512 + spacing; x += spacing) {
        const place = [
          x + between(random, -0.6, 0.6) * spacing,
          y + between(random, -0.6, 0.6) * spacing,
        ] as const;
        const dot = divide(scene(place[0] / 512, place[1] / 512), random());
        const unit = size / 512;
        const reach = radius * unit * between(random, 0.75, 1.05);
        painting.disc(place[0] * unit, place[1] * unit, reach, dot, 0.92);
        // A paler cap towards the light makes each dot a small bead of paint.
        painting.disc(
          (place[0] - 0.5) * unit,
          (place[1] - 0.6) * unit,
          reach * 0.45,
          mix(dot, [1, 1, 0.95], 0.22),
          0.8,
        );
      }
    }
  }
  return painting.png();
}

/** One of the purer colours that together give the wanted one: itself, a brighter or a complementary one. */
function divide(wanted: Colour, chance: number): Colour {
  const mean = (wanted[0] + wanted[1] + wanted[2]) / 3;
  const pure = (strength: number): Colour => [
    clamp(mean + (wanted[0] - mean) * strength),
    clamp(mean + (wanted[1] - mean) * strength),
    clamp(mean + (wanted[2] - mean) * strength),
  ];
  if (chance < 0.4) return pure(1.7);
  if (chance < 0.55) return mix(pure(2), hex('fff0b0'), 0.45);
  if (chance < 0.72) return mix(pure(2), hex('3a4ab8'), 0.35);
  if (chance < 0.86) return mix(pure(1.6), hex('ff6a5a'), 0.3);
  if (chance < 0.94) return mix(pure(-1.6), wanted, 0.35);
  return mix(wanted, [1, 1, 1], 0.45);
}
