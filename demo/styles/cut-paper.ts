/** Cut paper: a garden by the sea, scissored from sheets brushed with gouache and laid one over another. */
import { between, noise, seeded } from './tools/chance.ts';
import { scale } from './tools/colour.ts';
import { bird, cut, frond, type Point, SHADOW, sun, vase, wave } from './tools/scissors.ts';
import { Painting } from './tools/painting.ts';

const SHEETS: readonly (readonly [string, number, number, number, number])[] = [
  ['#f6b21b', -5, -5, 200, 178],
  ['#1b3fae', 188, -8, 190, 215],
  ['#e8447c', 368, -6, 152, 160],
  ['#0c9a8d', -6, 166, 206, 190],
  ['#f7efe0', 184, 196, 196, 168],
  ['#f2622e', 366, 148, 152, 210],
  ['#6a2a8c', -6, 348, 170, 172],
  ['#e12d39', 156, 354, 186, 164],
  ['#2ab0e8', 332, 346, 188, 174],
];

export async function drawCutPaper(size: number): Promise<Buffer> {
  const random = seeded(51);
  const pieces: string[] = SHEETS.map(([colour, x, y, width, height]) => {
    const corners: Point[] = [
      [x, y],
      [x + width, y],
      [x + width, y + height],
      [x, y + height],
    ];
    return cut(
      corners.map(([cx, cy]) => [cx + between(random, -6, 6), cy + between(random, -6, 6)]),
      colour,
      random,
    );
  });
  const add = (colour: string, outline: readonly Point[]): number =>
    pieces.push(cut(outline, colour, random));

  add('#e12d39', sun(96, 86, 68, 13));
  add('#f7efe0', sun(96, 86, 36, 9));
  add('#f6d42c', bird(442, 50, 58));
  add('#1b2f6e', bird(418, 112, 44));
  add('#18b06a', frond(236, 206, -1.75, 176, 30, 6));
  add('#f7efe0', frond(318, 204, -1.4, 176, 32, 6));
  add('#f7d0c4', frond(56, 352, -1.75, 164, 34, 5));
  add('#f6d42c', frond(128, 354, -1.3, 158, 32, 5));
  add('#1b3fae', frond(470, 356, -1.85, 190, 34, 6));
  add('#f7efe0', frond(486, 360, -1.3, 130, 26, 4));
  add('#f6d42c', frond(40, 520, -1.35, 150, 30, 5));
  add('#18b06a', frond(120, 520, -1.75, 150, 30, 5));
  add('#f7efe0', wave(430, 400, 130));
  add('#1b3fae', wave(438, 436, 150));
  add('#f7efe0', wave(428, 472, 150));
  add('#8c1d5a', wave(436, 504, 140));
  // The still life in the middle stands in front of everything.
  add('#1b3fae', frond(252, 392, -2.25, 150, 28, 5));
  add('#18a05a', frond(292, 392, -0.9, 150, 28, 5));
  add('#e8447c', frond(262, 390, -1.78, 160, 30, 5));
  add('#f2622e', frond(284, 390, -1.34, 160, 30, 5));
  add('#f6b21b', vase(272, 434, 68, 126));
  add('#1b3fae', wave(272, 426, 84));
  add('#f7efe0', wave(272, 450, 72));
  add('#f7efe0', sun(196, 484, 28, 8));
  add('#2ab0e8', sun(196, 484, 13, 6));
  add('#f6d42c', sun(344, 486, 24, 7));

  const painting = await Painting.fromSvg(`<defs>${SHADOW}</defs>${pieces.join('')}`, size);
  const brush = noise(52);
  const grain = noise(53);
  return painting
    .shade((u, v, below) => {
      // The hue decides which way a sheet was brushed, so that neighbouring pieces differ.
      const turn = 2.2 * below[0] + 1.3 * below[2] + 0.8 * below[1];
      const along = 512 * (u * Math.cos(turn) + v * Math.sin(turn));
      const across = 512 * (v * Math.cos(turn) - u * Math.sin(turn));
      const streak = 0.09 * brush(along / 70, across / 3.2) + 0.06 * brush(along / 110, across / 11 + 40);
      return scale(below, 1 + streak + 0.05 * grain(260 * u, 260 * v));
    })
    .png();
}
