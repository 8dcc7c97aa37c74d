/** Colour spaces as pictures name them by number, and conversion to sRGB. Works in Node and browsers. */

import { EOTF_STEPS, srgbFromLinear, toneMapped, type Transfer, transferCurve, WHITE } from './transfer.ts';

/** Chromaticities x, y of red, green, blue and white. */
export type Primaries = readonly [
  red: readonly [number, number],
  green: readonly [number, number],
  blue: readonly [number, number],
  white: readonly [number, number],
];

/** A colour space other than sRGB. */
export interface ColourSpace {
  readonly primaries: Primaries;
  readonly transfer: Transfer;
}

const D65 = [0.3127, 0.329] as const;
const C = [0.31, 0.316] as const;
const E = [1 / 3, 1 / 3] as const;

export const srgbPrimaries: Primaries = [[0.64, 0.33], [0.3, 0.6], [0.15, 0.06], D65];

/** Colour primaries by their numbers in ITU-T H.273. */
const primariesOfCode: ReadonlyMap<number, Primaries> = new Map<number, Primaries>([
  [1, srgbPrimaries],
  // Unspecified.
  [2, srgbPrimaries],
  [4, [[0.67, 0.33], [0.21, 0.71], [0.14, 0.08], C]],
  [5, [[0.64, 0.33], [0.29, 0.6], [0.15, 0.06], D65]],
  [6, [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65]],
  [7, [[0.63, 0.34], [0.31, 0.595], [0.155, 0.07], D65]],
  [8, [[0.681, 0.319], [0.243, 0.692], [0.145, 0.049], C]],
  [9, [[0.708, 0.292], [0.17, 0.797], [0.131, 0.046], D65]],
  [10, [[1, 0], [0, 1], [0, 0], E]],
  [
    11,
    [
      [0.68, 0.32],
      [0.265, 0.69],
      [0.15, 0.06],
      [0.314, 0.351],
    ],
  ],
  [12, [[0.68, 0.32], [0.265, 0.69], [0.15, 0.06], D65]],
  [22, [[0.63, 0.34], [0.295, 0.605], [0.155, 0.077], D65]],
]);

/** Transfer characteristics by their numbers in ITU-T H.273. */
const transferOfCode: ReadonlyMap<number, Transfer> = new Map<number, Transfer>([
  // BT.709 and its kin are the curves of cameras. Displays, and browsers, show such pictures as sRGB.
  [1, { kind: 'srgb' }],
  [2, { kind: 'srgb' }],
  [4, { kind: 'gamma', gamma: 2.2 }],
  [5, { kind: 'gamma', gamma: 2.8 }],
  [6, { kind: 'srgb' }],
  [7, { kind: 'smpte240' }],
  [8, { kind: 'gamma', gamma: 1 }],
  [9, { kind: 'log', decades: 2 }],
  [10, { kind: 'log', decades: 2.5 }],
  [13, { kind: 'srgb' }],
  [14, { kind: 'srgb' }],
  [15, { kind: 'srgb' }],
  [16, { kind: 'pq' }],
  [17, { kind: 'smpte428' }],
  [18, { kind: 'hlg' }],
]);

/** The colour space of two numbers of ITU-T H.273; undefined for numbers without a meaning here. */
export function spaceOfCodes(primaries: number, transfer: number): ColourSpace | undefined {
  const [found, curve] = [primariesOfCode.get(primaries), transferOfCode.get(transfer)];
  return found === undefined || curve === undefined ? undefined : { primaries: found, transfer: curve };
}

/** Whether a colour space is sRGB, as most are. */
export function isSrgb({ primaries, transfer }: ColourSpace): boolean {
  return transfer.kind === 'srgb' && samePrimaries(primaries, srgbPrimaries);
}

/** Chunks of PNG round to 5 digits, and programs to fewer. */
const TOLERANCE = 0.0015;

function samePrimaries(a: Primaries, b: Primaries): boolean {
  return a.flat().every((value, i) => Math.abs(value - (b.flat()[i] ?? 0)) <= TOLERANCE);
}

/** Whether primaries span a space at all, so that colours can be computed. */
export function isSpan([red, green, blue, white]: Primaries): boolean {
  const area = (green[0] - red[0]) * (blue[1] - red[1]) - (blue[0] - red[0]) * (green[1] - red[1]);
  return Math.abs(area) > 1e-3 && white[1] > 0;
}

/** Whether brightness may go beyond white, which sRGB does not hold. */
export function isHdr({ transfer }: ColourSpace): boolean {
  return transfer.kind === 'pq' || transfer.kind === 'hlg';
}

/**
 * Converts planes `[3, …]` of values 0–1 to sRGB in place. Colours that sRGB does not hold are cut to it, as
 * browsers do.
 */
export function toSrgb(planes: Float32Array, space: ColourSpace): void {
  if (isHdr(space)) hdrToSrgb(planes, space);
  else plainToSrgb(planes, space);
}

function plainToSrgb(planes: Float32Array, { primaries, transfer }: ColourSpace): void {
  const pixels = planes.length / 3;
  const curve = transferCurve(transfer);
  const [m0, m1, m2, m3, m4, m5, m6, m7, m8] = between(primaries, srgbPrimaries);
  for (let i = 0; i < pixels; i++) {
    const red = lookUp(curve, planes[i] ?? 0);
    const green = lookUp(curve, planes[i + pixels] ?? 0);
    const blue = lookUp(curve, planes[i + 2 * pixels] ?? 0);
    planes[i] = lookUp(srgbFromLinear, m0 * red + m1 * green + m2 * blue);
    planes[i + pixels] = lookUp(srgbFromLinear, m3 * red + m4 * green + m5 * blue);
    planes[i + 2 * pixels] = lookUp(srgbFromLinear, m6 * red + m7 * green + m8 * blue);
  }
}

/** In these primaries light is judged and reduced. */
const wide: Primaries = primariesOfCode.get(9) ?? srgbPrimaries;

/** The exponent by which the light of a scene becomes that of a display of 1000 cd/m² (ITU-R BT.2100). */
const SYSTEM_GAMMA = 1.2;

/** The light beyond white is brought into what sRGB holds: by the strongest channel, so that hues stay. */
function hdrToSrgb(planes: Float32Array, { primaries, transfer }: ColourSpace): void {
  const pixels = planes.length / 3;
  const curve = transferCurve(transfer);
  const [toWide, toNarrow] = [between(primaries, wide), between(wide, srgbPrimaries)];
  for (let i = 0; i < pixels; i++) {
    const values = [planes[i], planes[i + pixels], planes[i + 2 * pixels]];
    const [red = 0, green = 0, blue = 0] = values.map((value) => lookUp(curve, value ?? 0));
    const light = apply(toWide, [red, green, blue]);
    const [r, g, b] = transfer.kind === 'hlg' ? displayed(light) : light;
    const most = Math.max(r, g, b);
    const gain = most > 0 ? toneMapped(most) / most : 0;
    apply(toNarrow, [r * gain, g * gain, b * gain]).forEach((value, c) => {
      planes[i + c * pixels] = lookUp(srgbFromLinear, value);
    });
  }
}

/** The light of a display, as a share of white's, from that of a scene. */
function displayed(scene: Vector): Vector {
  const [red, green, blue] = scene;
  const luminance = Math.max(0, 0.2627 * red + 0.678 * green + 0.0593 * blue);
  const factor = luminance > 0 ? (1000 / WHITE) * luminance ** (SYSTEM_GAMMA - 1) : 0;
  return [red * factor, green * factor, blue * factor];
}

/** The value of a curve at 0–1, between its samples by a line. */
function lookUp(curve: Float32Array, x: number): number {
  const place = Math.min(1, Math.max(0, x)) * EOTF_STEPS;
  const i = Math.min(EOTF_STEPS - 1, Math.floor(place));
  const low = curve[i] ?? 0;
  return low + (place - i) * ((curve[i + 1] ?? 0) - low);
}

/** Row-major. */
type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** Bradford's cone responses, by which white points are adapted, as in ICC profiles. */
const BRADFORD: Matrix = [0.8951, 0.2664, -0.1614, -0.7502, 1.7135, 0.0367, 0.0389, -0.0685, 1.0296];

/** The matrix from linear RGB of some primaries to that of others, whose white is D65. */
function between(from: Primaries, to: Primaries): Matrix {
  const adapted = product(inverse(BRADFORD), product(scaling(from[3]), BRADFORD));
  return product(inverse(toXyz(to)), product(adapted, toXyz(from)));
}

/** From cone responses under a white to those under D65. */
function scaling(white: readonly [number, number]): Matrix {
  const [from, to] = [apply(BRADFORD, xyzOf(white)), apply(BRADFORD, xyzOf(D65))];
  const [a, b, c] = [0, 1, 2].map((i) => (to[i] ?? 1) / (from[i] ?? 1));
  return [a ?? 1, 0, 0, 0, b ?? 1, 0, 0, 0, c ?? 1];
}

/** The matrix from linear RGB to XYZ: its columns are the primaries, so strong that they sum to white. */
function toXyz([red, green, blue, white]: Primaries): Matrix {
  const [r, g, b] = [xyzOf(red), xyzOf(green), xyzOf(blue)];
  const columns: Matrix = [r[0], g[0], b[0], r[1], g[1], b[1], r[2], g[2], b[2]];
  const [x, y, z] = apply(inverse(columns), xyzOf(white));
  return product(columns, [x, 0, 0, 0, y, 0, 0, 0, z]);
}

type Vector = readonly [number, number, number];

/** XYZ of a chromaticity at Y = 1. A y of 0 is that of imaginary primaries, which have no brightness. */
function xyzOf([x, y]: readonly [number, number]): Vector {
  return y === 0 ? [x, 0, 1 - x] : [x / y, 1, (1 - x - y) / y];
}

function apply(m: Matrix, [x, y, z]: Vector): Vector {
  return [m[0] * x + m[1] * y + m[2] * z, m[3] * x + m[4] * y + m[5] * z, m[6] * x + m[7] * y + m[8] * z];
}

function product(a: Matrix, b: Matrix): Matrix {
  const column = (i: 0 | 1 | 2): Vector => apply(a, [b[i], b[i + 3] ?? 0, b[i + 6] ?? 0]);
  const [p, q, r] = [column(0), column(1), column(2)];
  return [p[0], q[0], r[0], p[1], q[1], r[1], p[2], q[2], r[2]];
}

function inverse([a, b, c, d, e, f, g, h, i]: Matrix): Matrix {
  const [A, B, D] = [e * i - f * h, f * g - d * i, d * h - e * g];
  const determinant = a * A + b * B + c * D;
  const cofactors = [A, c * h - b * i, b * f - c * e, B, a * i - c * g, c * d - a * f];
  const [k0, k1, k2, k3, k4, k5] = cofactors.map((value) => value / determinant);
  const [k6, k7, k8] = [D, b * g - a * h, a * e - b * d].map((value) => value / determinant);
  return [k0 ?? 0, k1 ?? 0, k2 ?? 0, k3 ?? 0, k4 ?? 0, k5 ?? 0, k6 ?? 0, k7 ?? 0, k8 ?? 0];
}
