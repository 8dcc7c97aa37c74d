/** Watercolour: irises and poppies in a wet wash, with hard-drying edges, blooms and granulated pigment. */
import { between, seeded } from './tools/chance.ts';
import { hex, palette, pick } from './tools/colour.ts';
import { Painting } from './tools/painting.ts';
import { layWashes, petal, puddle, stem, type Wash } from './tools/washes.ts';

const POPPY = {
  petals: palette('e8301e f0562a d81e3c f2803a f04a5a'),
  charge: hex('d81a44'),
  heart: { colour: hex('1a1230'), strength: 1.3, charge: hex('2a1a5a') },
  pollen: hex('120c20'),
  width: 0.52,
};
const IRIS = {
  petals: palette('4a3ac0 7a4ad0 3a5ad8 9a5ae0 5a4ad8 6a3ab8'),
  charge: hex('d84ab0'),
  heart: { colour: hex('f7c21a'), strength: 1.3, charge: hex('e8761a') },
  pollen: hex('c8500a'),
  width: 0.3,
};
const FLOWERS = [
  { x: 0.28, y: 0.34, reach: 0.2, kind: POPPY },
  { x: 0.72, y: 0.27, reach: 0.19, kind: IRIS },
  { x: 0.52, y: 0.6, reach: 0.18, kind: POPPY },
  { x: 0.86, y: 0.62, reach: 0.14, kind: IRIS },
  { x: 0.12, y: 0.7, reach: 0.14, kind: IRIS },
];
const LEAF = palette('3a8a4a 6aa832 1f7a6a 9ab83a');
const AIR = palette('5ab8e0 f7c84a e88ab8 7ad0b0 8a8ae8 f7a86a 4aa8c8');

export function drawWatercolour(size: number): Promise<Buffer> {
  const random = seeded(111);
  const washes: Wash[] = [];
  for (let index = 0; index < 18; index++) {
    // One wash starts in each cell of a loose grid, so that no corner stays dry.
    const [x, y] = [((index % 4) + random()) / 4, (Math.floor(index / 4) + random()) / 4.2];
    const pigment = {
      colour: pick(AIR, index),
      strength: between(random, 0.3, 0.46),
      charge: pick(AIR, index + 3),
    };
    washes.push(puddle(x, y, between(random, 0.2, 0.32), 0.55, pigment));
  }
  for (let index = 0; index < 15; index++) {
    const angle = -1.57 + between(random, -0.45, 0.45);
    const pigment = { colour: pick(LEAF, index), strength: 0.75, charge: pick(IRIS.petals, index) };
    washes.push(
      petal(random(), 1.04, angle, between(random, 0.3, 0.62), between(random, 0.014, 0.03), pigment),
    );
  }
  for (const { x, y, reach, kind } of FLOWERS) {
    washes.push(stem(x, y + 0.6 * reach, x + between(random, -0.12, 0.12), pick(LEAF, random() * 4)));
    kind.petals.forEach((colour, index) => {
      const angle = (index / kind.petals.length) * 2 * Math.PI + between(random, -0.2, 0.2) + 9 * x;
      const pigment = { colour, strength: between(random, 0.6, 0.95), charge: kind.charge };
      washes.push(petal(x, y, angle, reach * between(random, 0.85, 1.1), reach * kind.width, pigment));
    });
    washes.push(puddle(x, y, 0.2 * reach, 0.5, kind.heart));
    for (let index = 0; index < 14; index++) {
      const [angle, away] = [2 * Math.PI * random(), 0.32 * reach];
      const pigment = { colour: kind.pollen, strength: 1 };
      washes.push(puddle(x + Math.cos(angle) * away, y + Math.sin(angle) * away, 0.0065, 0.2, pigment));
    }
  }
  const spatter = [...AIR, ...POPPY.petals, ...IRIS.petals];
  for (let index = 0; index < 70; index++) {
    const pigment = { colour: pick(spatter, random() * spatter.length), strength: 0.6 };
    washes.push(puddle(random(), random(), 0.002 + 0.012 * random() ** 4, 0.2, pigment));
  }
  const painting = new Painting(size, hex('fdf9ee'));
  layWashes(painting, washes);
  return painting.png();
}
