/** A soft brush full of ink, as for writing: few strokes, pressed on and lifted off. */
import { between, type Random } from './chance.ts';
import { type Colour, clamp, hex, mix } from './colour.ts';
import type { Painting } from './painting.ts';

export const INK = hex('1a1c24');
export const UMBER = hex('5a3c2a');
export const RED = hex('c8301e');

type Place = readonly [u: number, v: number];

interface Stroke {
  from: Place;
  to: Place;
  /** Half the width of the stroke along its course, 0 to 1. */
  width(along: number): number;
  /** Bow to one side, as a share of the stroke's length. */
  bend?: number;
  ink?: Colour;
  load?: number;
}

/** The colour of paper soaked with this much of an ink: thin washes tint, thick ones cover. */
export function soak(paper: Colour, ink: Colour, amount: number): Colour {
  const left = Math.exp(-Math.max(0, amount) * 1.5);
  const lost = 1 - left;
  return [
    paper[0] * (left + lost * ink[0]),
    paper[1] * (left + lost * ink[1]),
    paper[2] * (left + lost * ink[2]),
  ];
}

export class InkBrush {
  readonly #painting: Painting;
  readonly #random: Random;

  constructor(painting: Painting, random: Random) {
    this.#painting = painting;
    this.#random = random;
  }

  stroke({ from, to, width, bend = 0, ink = INK, load = 1.3 }: Stroke): void {
    const { size } = this.#painting;
    const [dx, dy] = [to[0] - from[0], to[1] - from[1]];
    const length = Math.hypot(dx, dy);
    const steps = Math.ceil(length * size * 2) + 2;
    const streaks = Array.from({ length: 24 }, () => between(this.#random, 0.35, 1.1));
    for (let step = 0; step <= steps; step++) {
      const t = step / steps;
      const bow = bend * Math.sin(Math.PI * t);
      const reach = width(t) * size;
      const x = (from[0] + dx * t - dy * bow) * size;
      const y = (from[1] + dy * t + dx * bow) * size;
      for (let across = -reach; across <= reach; across += 0.5) {
        const streak = streaks[Math.floor(12 + (11 * across) / (reach + 0.01))] ?? 1;
        // The brush runs dry towards the end, each hair at its own rate.
        const opacity = clamp(load * (streak + 0.4 - 0.7 * t)) * clamp(reach + 0.7 - Math.abs(across));
        const column = Math.round(x - (dy / length) * across);
        this.#painting.blend(column, Math.round(y + (dx / length) * across), ink, 0.42 * opacity);
      }
    }
  }

  bamboo(x: number, lean: number, width: number, load: number): void {
    const green = mix(INK, hex('3a5a3a'), 0.35);
    for (let joint = 0; joint < 7; joint++) {
      const [top, bottom] = [0.856 - 0.17 * joint, 1.014 - 0.17 * joint];
      const bend = 2 * lean;
      const centre = (y: number): number => x + bend * (1 - y) + 0.004 * joint;
      const swell = (t: number): number => width * (0.5 + 0.14 * Math.abs(2 * t - 1) ** 6);
      this.stroke({
        from: [centre(bottom), bottom],
        to: [centre(top), top],
        bend: 0.01,
        width: swell,
        ink: green,
        load,
      });
      const [left, right] = [centre(top) - width * 0.62, centre(top) + width * 0.62];
      this.stroke({ from: [left, top - 0.005], to: [right, top - 0.005], bend: -0.15, width: () => 0.0024 });
    }
  }

  /** A spray of leaves hanging from one twig. */
  leaves(x: number, y: number, load: number): void {
    const count = 3 + Math.floor(this.#random() * 3);
    const width = (t: number): number => 0.0098 * Math.sin(Math.PI * t ** 0.6) ** 0.9 + 0.0006;
    for (let index = 0; index < count; index++) {
      const angle = 0.25 + (2.1 * index) / count + between(this.#random, -0.2, 0.2);
      const length = between(this.#random, 0.07, 0.14);
      const to: Place = [x + length * Math.cos(angle), y + length * Math.sin(angle)];
      const ink = this.#random() < 0.3 ? hex('2f4f3a') : INK;
      this.stroke({ from: [x, y], to, bend: between(this.#random, -0.1, 0.1), width, ink, load });
    }
  }

  /** A punt with one traveller in a wide hat, and the pole. */
  boat(x: number, y: number): void {
    const lens = (width: number) => (t: number) => width * Math.sin(Math.PI * t) + 0.001;
    this.stroke({ from: [x - 0.07, y], to: [x + 0.08, y - 0.006], bend: -0.1, width: lens(0.007) });
    this.stroke({
      from: [x + 0.012, y - 0.006],
      to: [x + 0.006, y - 0.036],
      width: (t) => 0.007 * (1.1 - t),
      ink: UMBER,
    });
    this.stroke({ from: [x - 0.008, y - 0.036], to: [x + 0.022, y - 0.036], bend: 0.25, width: lens(0.004) });
    this.stroke({ from: [x + 0.05, y - 0.07], to: [x + 0.09, y + 0.03], width: () => 0.0014 });
  }

  bird(x: number, y: number): void {
    const width = (t: number): number => 0.0022 * t + 0.0004;
    this.stroke({ from: [x - 0.015, y - 0.006], to: [x, y], bend: 0.2, width });
    this.stroke({ from: [x + 0.015, y - 0.008], to: [x, y], bend: -0.2, width });
  }

  /** The red seal of an invented painter: four strokes that form no letter of any script. */
  seal(x: number, y: number, side: number): void {
    const paper = hex('ecd8b4');
    const carve = (left: number, top: number, right: number, bottom: number): void => {
      const from: Place = [x + side * left, y + side * top];
      this.stroke({
        from,
        to: [x + side * right, y + side * bottom],
        bend: 0.12,
        width: () => 0.003,
        ink: paper,
      });
    };
    this.stroke({ from: [x, y], to: [x, y + side], width: () => side / 2, ink: RED, load: 1.6 });
    carve(-0.32, 0.25, 0.3, 0.18);
    carve(-0.3, 0.5, -0.12, 0.85);
    carve(0.02, 0.3, 0.05, 0.82);
    carve(0.3, 0.45, 0.2, 0.85);
  }
}
