/** Marbling: ink dropped on a bath, combed into waves, with tulips drawn out of fresh drops by a stylus. */
import { between, fractal, seeded } from './tools/chance.ts';
import { hex, palette, pick, scale } from './tools/colour.ts';
import { comb, draw, drop, sway, type Undo, whirl } from './tools/bath.ts';
import { Painting } from './tools/painting.ts';

const INKS = palette('12305e c8283c f2e3c2 1c8f8a 12305e e8a02c f2e3c2 5a1846 2c62a8');

export function drawMarbling(size: number): Promise<Buffer> {
  const random = seeded(41);
  const history: Undo[] = [];
  for (let index = 0; index < 56; index++) {
    const ink = pick(INKS, random() * INKS.length);
    history.push(
      drop(between(random, -0.1, 1.1), between(random, -0.1, 1.1), between(random, 0.02, 0.058), ink),
    );
  }
  // Bands of ink lie on the bath already; the first, wide comb breaks them up together with the drops.
  history.push(comb(0, 0.2, 0.12), comb(Math.PI, 0.2, 0.12, 0.1));
  history.push(comb(Math.PI / 2, 0.052, 0.07));
  history.push(sway(0.018, 3.2));
  history.push(whirl(0.12, 0.88, 2.6, 0.16), whirl(0.9, 0.12, -2.6, 0.16), whirl(0.1, 0.14, 2, 0.1));
  for (const [x, y, reach] of [
    [0.22, 0.5, 0.075],
    [0.79, 0.54, 0.08],
    [0.5, 0.33, 0.105],
  ] as const) {
    history.push(...tulip(x, y, reach, random() < 0.5));
  }
  history.push(sway(0.006, 2.4));
  history.reverse();

  const sheet = fractal(42, 3);
  const painting = new Painting(size).shade((u, v) => {
    const place = { x: u, y: v };
    for (const undo of history) {
      const ink = undo(place);
      if (ink) return ink;
    }
    return pick(INKS, 26 * place.x + 9 * place.y + 3 * sheet(3 * place.x, 3 * place.y));
  }, 2);
  return painting
    .shade((u, v, below) => scale(below, 1 + 0.05 * sheet(70 * u, 70 * v) + 0.04 * sheet(3 * u, 3 * v)))
    .png();
}

/** A tulip: stem and leaves, then a drop that makes room, then petals of one ink inside another. */
function tulip(x: number, y: number, reach: number, warm: boolean): Undo[] {
  const petals = palette(warm ? '12305e d8203c f6a83c fff0c8 8c1440' : '12305e e85a8c fff0d8 c8283c 5a1846');
  const stem = draw(
    x,
    y,
    reach,
    hex('1f6b3a'),
    (dx, dy) => dy > 0 && dy < 4.6 && Math.abs(dx - 0.12 * Math.sin(1.6 * dy)) < 0.09,
  );
  const leaves = [0.62, 0.4, 0.16].flatMap((width, index) =>
    [-1, 1].map((side) =>
      draw(x, y + 3.1 * reach, reach, pick(palette('12305e 2f8a4a b8d86a'), index), (dx, dy) => {
        const t = (1.2 - dy) / (3 - 0.3 * index);
        return (
          t > 0 && t < 1 && Math.abs(side * dx - 1.25 * t ** 1.6 - 0.1) < width * Math.sin(Math.PI * t) * 0.75
        );
      }),
    ),
  );
  const cups = [1.08, 1, 0.74, 0.5, 0.28].map((part, index) =>
    draw(x, y + 0.1 * reach * index, reach * part, pick(petals, index), cup),
  );
  return [drop(x, y, 1.05 * reach, hex('f2e3c2')), stem, ...leaves, ...cups];
}

/** The outline of a tulip's cup: round below, three points above. */
function cup(dx: number, dy: number): boolean {
  const wide = dx / (0.86 + 0.14 * Math.sin(2.5 * dy));
  if (wide < -1 || wide > 1 || dy < -1.4 || dy > 1) return false;
  if (dy > 0) return wide * wide + dy * dy < 1;
  return (
    -dy < 0.72 + 0.62 * Math.abs(Math.cos((Math.PI * wide * 3) / 2.9)) ** 1.4 * (1 - 0.15 * Math.abs(wide))
  );
}
