/**
 * Dabs of a brush: short strokes of one colour each that lie over one another, with the lines of hairs in
 * them, their relief lit from the upper left. From nearby they are what a painting is made of.
 */

import { internal } from '../errors.ts';
import { stream, uniformFloat64 } from '../random.ts';
import type { Window } from './masks.ts';

interface Dab {
  /** Its middle in the picture, and its width, in pixels. */
  readonly x: number;
  readonly y: number;
  readonly wide: number;
  readonly angle: number;
  readonly lighter: number;
  readonly cover: number;
  readonly seed: number;
}

/** The painting below a dab's middle. */
interface Ground {
  /** Direction of the stroke in radians, from the right, clockwise on the screen. */
  readonly angle: number;
  /** How much of the painting's detail is there, 0–1: plain ground gets broad dabs, edges get fine ones. */
  readonly detail: number;
}

/** RGB around 0–1. */
interface Colour {
  readonly red: number;
  readonly green: number;
  readonly blue: number;
}

export interface DabOptions {
  /** Widths of broad and of fine dabs, in pixels. */
  readonly widths: readonly number[];
  /** How much broad and fine dabs cover of what lies below, 0–1. */
  readonly covers: readonly number[];
  /** The ground at a place of the picture, in pixels. */
  ground(x: number, y: number): Ground;
  /** The colour of a stroke in that direction there; asked only for dabs that are laid. */
  colour(x: number, y: number, angle: number): Colour;
}

/** Length of a dab, in widths. */
const LENGTH = 4;

/** Distance of dabs in widths: each place lies below two or three of them. */
const SPACING = 1.3;

/** Sizes of dabs, of the usual: the smallest, and how far they spread. */
const [SMALLEST, SPREAD] = [0.6, 0.9];

/** Detail from which on dabs are fine, about. */
const FINE = 0.5;

/** How steeply broad dabs fade into fine ones as detail grows. */
const FADING = 20;

/** Deviation of a dab's direction from its ground's, at most, in radians. */
const STRAYING = 0.22;

/** Bend of a dab, at most: how far it leaves a line at one width from its middle, in widths. */
const BEND = 0.16;

/** Part of a dab's half length over which it thins out at its ends. */
const SOFT = 0.2;

/**
 * Deviation of a dab's lightness from its ground's, at most, of broad and of fine dabs. Every second dab is
 * lighter, the others darker, so that plain ground keeps its mean.
 */
const UNEVEN = [0.03, 0.004];

/** Difference from the ground's colour at which a dab covers nothing: it ends where another thing begins. */
const EDGE = 0.35;

/** Profiles of a brush, hairs of each, and places across it at which they are known. */
const [PROFILES, HAIRS, PLACES] = [64, 14, 128];

/** Direction of the light on the screen: from the upper left. */
const LIGHT = -Math.SQRT1_2;

/** Slope of the rim that a dab pushes up at its sides, and where it begins, from the middle. */
const [RIM, RIM_FROM] = [1.2, 0.75];

/** Values at places across a dab, from side to side: `[profile, place]`. */
interface Brush {
  /** Share of the dab's length that is painted there. */
  readonly reach: Float32Array;
  /** Slope of the relief. */
  readonly slope: Float32Array;
  /** How much is covered there: less at the sides. */
  readonly cover: Float32Array;
}

let made: Brush | undefined;

/** The same everywhere and every time. */
function brush(): Brush {
  made ??= makeBrush();
  return made;
}

function makeBrush(): Brush {
  const random = stream(1, 'brush');
  const number = () => uniformFloat64(random);
  const [reach, slope, cover] = [0, 1, 2].map(() => new Float32Array(PROFILES * PLACES));
  if (reach === undefined || slope === undefined || cover === undefined) throw internal('no brush');
  for (let profile = 0; profile < PROFILES; profile++) {
    const heights = mirrored(() => 2 * number() - 1);
    // Neighbouring hairs end near one another.
    let last = number();
    const reaches = mirrored(() => {
      last = 0.6 * last + 0.4 * number();
      return 0.65 + 0.35 * last;
    });
    for (let place = 0; place < PLACES; place++) {
      const aside = (2 * place) / (PLACES - 1) - 1;
      const hair = Math.min(HAIRS - 2, Math.floor(((aside + 1) / 2) * (HAIRS - 1)));
      const rest = ((aside + 1) / 2) * (HAIRS - 1) - hair;
      const i = profile * PLACES + place;
      reach[i] = (reaches[hair] ?? 0) * (1 - rest) + (reaches[hair + 1] ?? 0) * rest;
      const rim = Math.abs(aside) > RIM_FROM ? -RIM * Math.sign(aside) : 0;
      slope[i] = (heights[hair + 1] ?? 0) - (heights[hair] ?? 0) + rim;
      cover[i] = Math.min(1, 4 * (1 - Math.abs(aside)));
    }
  }
  return { reach, slope, cover };
}

/** A value for each hair, the same on both sides. */
function mirrored(value: () => number): number[] {
  const half = Array.from({ length: HAIRS / 2 }, value);
  return [...half, ...half.toReversed()];
}

function within(share: number): number {
  return share < 0 ? 0 : share > 1 ? 1 : share;
}

/**
 * Lays dabs over `data`, the planes `[3, height, width]` of a window. The borders of windows are not visible.
 *
 * @param relief `[height, width]`, receives the light on the relief, about −1–1
 */
export function layDabs(data: Float32Array, relief: Float32Array, window: Window, options: DabOptions): void {
  const { widths, covers, ground, colour } = options;
  const { top, left } = window;
  const own = data.slice();
  const { reach: reaches, slope: slopes, cover: sides } = brush();
  const pixels = window.width * window.height;
  for (const [kind, width] of widths.entries()) {
    for (const pass of [0, 1, 2]) lay(width, kind, pass);
  }

  /** A third of the dabs of one width, so that no row of them lies over all of the next. */
  function lay(width: number, kind: number, pass: number): void {
    const spacing = SPACING * width;
    const reach = 0.5 * width * (SMALLEST + SPREAD) * (LENGTH + 1);
    const rows = range(top - reach, top + window.height + reach, spacing);
    const columns = range(left - reach, left + window.width + reach, spacing);
    for (let row = rows.first; row <= rows.last; row++) {
      for (let column = columns.first; column <= columns.last; column++) {
        const seed = hashed(column, row, kind);
        if (seed % 3 !== pass) continue;
        const x = (column + fraction(seed, 1)) * spacing;
        const y = (row + fraction(seed, 2)) * spacing;
        const { angle, detail } = ground(x, y);
        // Broad dabs fade into fine ones: rounding must not decide which of them is there.
        const fine = within(FADING * (detail - FINE * (0.5 + fraction(seed, 8))) + 0.5);
        const share = kind > 0 ? fine : 1 - fine;
        if (share === 0) continue;
        const wide = (SMALLEST + SPREAD * fraction(seed, 3) ** 2) * width;
        const lighter =
          (UNEVEN[kind] ?? 0) *
          ((column + row) % 2 === 0 ? 1 : -1) *
          fraction(hashed(column >> 1, row, kind), 5);
        const cover = share * (covers[kind] ?? 1);
        dab({ x, y, wide, angle, lighter, cover, seed }, colour(x, y, angle));
      }
    }
  }

  function dab({ x, y, wide, angle, lighter, cover, seed }: Dab, { red, green, blue }: Colour): void {
    const turned = angle + STRAYING * (2 * fraction(seed, 4) - 1);
    const [cos, sin] = [Math.cos(turned), Math.sin(turned)];
    const [halfLength, halfWidth] = [(LENGTH * wide) / 2, wide / 2];
    const [r, g, b] = [red + lighter, green + lighter, blue + lighter];
    const profile = Math.floor(fraction(seed, 6) * PROFILES) * PLACES;
    // The light falls on a hair's one flank and leaves the other dark, most where it comes from the side.
    const side = LIGHT * (cos - sin);
    // A stroke has no forward and backward: turned by half a turn, a dab is the same.
    const bend = (BEND * side * (2 * fraction(seed, 7) - 1)) / wide;
    // A rectangle that holds the dab with its bend.
    const aside = halfWidth + Math.abs(bend) * halfLength ** 2;
    const high = Math.abs(sin) * halfLength + Math.abs(cos) * aside;
    const from = Math.max(0, Math.ceil(y - high - top));
    const to = Math.min(window.height - 1, Math.floor(y + high - top));
    const [atLength, atWidth] = [halfLength / Math.abs(cos), aside / Math.abs(sin)];
    const places = (PLACES - 1) / 2 / halfWidth;
    for (let row = from; row <= to; row++) {
      const dy = row + top - y;
      const [middle, other] = [(-dy * sin) / cos, (dy * cos) / sin];
      const first = Math.max(0, Math.ceil(x + Math.max(middle - atLength, other - atWidth) - left));
      const last = Math.min(
        window.width - 1,
        Math.floor(x + Math.min(middle + atLength, other + atWidth) - left),
      );
      for (let column = first; column <= last; column++) {
        const dx = column + left - x;
        const along = dx * cos + dy * sin;
        const place = (dy * cos - dx * sin + bend * along * along + halfWidth) * places;
        if (place < 0 || place >= PLACES - 1) continue;
        const at = profile + (place | 0);
        const part = place - (place | 0);
        const reached = (1 - part) * (reaches[at] ?? 0) + part * (reaches[at + 1] ?? 0);
        const rest = reached - Math.abs(along) / halfLength;
        if (rest <= 0) continue;
        const i = row * window.width + column;
        const off =
          Math.abs((own[i] ?? 0) - red) +
          Math.abs((own[pixels + i] ?? 0) - green) +
          Math.abs((own[2 * pixels + i] ?? 0) - blue);
        const near = 1.5 - off / (2 * EDGE);
        if (near <= 0) continue;
        let alpha = cover * ((1 - part) * (sides[at] ?? 0) + part * (sides[at + 1] ?? 0));
        if (rest < SOFT) alpha *= rest / SOFT;
        if (near < 1) alpha *= near;
        const [i1, i2] = [pixels + i, 2 * pixels + i];
        data[i] = (data[i] ?? 0) + alpha * (r - (data[i] ?? 0));
        data[i1] = (data[i1] ?? 0) + alpha * (g - (data[i1] ?? 0));
        data[i2] = (data[i2] ?? 0) + alpha * (b - (data[i2] ?? 0));
        const slope = (1 - part) * (slopes[at] ?? 0) + part * (slopes[at + 1] ?? 0);
        relief[i] = (relief[i] ?? 0) + alpha * (side * slope - (relief[i] ?? 0));
      }
    }
  }
}

function range(from: number, to: number, step: number) {
  return { first: Math.floor(from / step), last: Math.ceil(to / step) };
}

/** A whole number from 0 to 2³² − 1 that no pattern in the coordinates shows in. */
function hashed(column: number, row: number, kind: number): number {
  let h = Math.imul(column, 0x27d4eb2d) ^ Math.imul(row, 0x165667b1) ^ Math.imul(kind, 0x9e3779b1);
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** A number from 0 to 1 for a dab's property number `k`. */
function fraction(seed: number, k: number): number {
  let h = Math.imul(seed ^ Math.imul(k, 0x9e3779b1), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}
