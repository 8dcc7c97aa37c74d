/** A fine pen that shades by lines: dense and crossed in the dark, open in the light. */
import { between, noise, type Random } from './chance.ts';
import { type Colour, mix, palette, pick } from './colour.ts';
import type { Painting } from './painting.ts';

/** Appearance at a place: darkness, ink, and the direction of the surface. */
export interface Sight {
  shade: number;
  ink: Colour;
  grain: number;
}

export type Eye = (u: number, v: number) => Sight;

/** One layer of lines where it is darker than `from`: `turn` away from the surface, `gap` apart. */
export interface Layer {
  turn: number;
  from: number;
  gap: number;
}

const DARKS = palette('14101c 2a1410 0c1a2c');
const STEP = 0.7;

export class Pen {
  readonly #painting: Painting;
  readonly #see: Eye;
  readonly #random: Random;

  constructor(painting: Painting, see: Eye, random: Random) {
    this.#painting = painting;
    this.#see = see;
    this.#random = random;
  }

  hatch(layer: Layer): void {
    const cell = layer.gap * 2;
    for (let y = 0; y < 512; y += cell) {
      for (let x = 0; x < 512; x += cell) {
        // Two lines start at random in each cell: even on the whole, yet uneven like a hand.
        for (let line = 0; line < 2; line++) {
          this.#line((x + cell * this.#random()) / 512, (y + cell * this.#random()) / 512, layer);
        }
      }
    }
  }

  /** Draws through a place, both ways, until the line meets light, another object or its end. */
  #line(u: number, v: number, { turn, from }: Layer): void {
    const start = this.#see(u, v);
    if (start.shade < from) return;
    const { size } = this.#painting;
    const nib = (between(this.#random, 0.35, 0.62) * size) / 512;
    const darkening = between(this.#random, 0.05, 0.5) * (0.4 + from);
    const ink = mix(start.ink, pick(DARKS, 3 * this.#random()), darkening);
    for (const way of [-STEP, STEP]) {
      let [x, y] = [u, v];
      const length = between(this.#random, 6, 17);
      for (let gone = 0; gone < length; gone += STEP) {
        const sight = this.#see(x, y);
        if (sight.shade < from || sight.ink !== start.ink) break;
        this.#painting.disc(x * size, y * size, nib * (1.1 - (0.7 * gone) / length), ink, 0.62);
        const angle = sight.grain + turn;
        x += (way * Math.cos(angle)) / 512;
        y += (way * Math.sin(angle)) / 512;
      }
    }
  }

  /** Draws over every border between two inks, with varying pressure. */
  contours(ink: Colour): void {
    const { size } = this.#painting;
    const press = noise(104);
    let above: Colour[] = [];
    for (let y = 0; y < size; y++) {
      const row = Array.from({ length: size }, (_, x) => this.#see(x / size, y / size).ink);
      for (let x = 1; x < size && y > 0; x++) {
        if (row[x] === row[x - 1] && row[x] === above[x]) continue;
        const weight = 0.55 + 0.45 * press((22 * x) / size, (22 * y) / size);
        const waver = 0.5 * press((40 * x) / size, (40 * y) / size);
        this.#painting.disc(x + waver, y, (weight * 0.9 * size) / 512, ink, 0.75 * weight);
      }
      above = row;
    }
  }
}
