/** Transfer functions: from the values of a picture to light, and from light to the values of sRGB. */

/** How the values 0–1 of a picture stand for light. */
export type Transfer =
  | { readonly kind: 'srgb' | 'smpte240' | 'smpte428' | 'pq' | 'hlg' }
  /** Light is value ^ gamma. */
  | { readonly kind: 'gamma'; readonly gamma: number }
  /** Values count so many decades of light. */
  | { readonly kind: 'log'; readonly decades: number };

/** Curves are sampled at this many places and one. */
export const EOTF_STEPS = 4096;

/** Light of white, in cd/m², in pictures that go beyond it (ITU-R BT.2408). */
export const WHITE = 203;

/** Light as a share of that of white, by value; of HLG the light of the scene, 0–1. */
export function transferCurve(transfer: Transfer): Float32Array {
  const light = functionOf(transfer);
  return Float32Array.from({ length: EOTF_STEPS + 1 }, (_, i) => light(i / EOTF_STEPS));
}

function functionOf(transfer: Transfer): (x: number) => number {
  switch (transfer.kind) {
    case 'srgb':
      return (x) => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);
    case 'gamma':
      return (x) => x ** transfer.gamma;
    case 'smpte240':
      return (x) => (x < 0.0913 ? x / 4 : ((x + 0.1115) / 1.1115) ** (1 / 0.45));
    case 'smpte428':
      return (x) => (52.37 / 48) * x ** 2.6;
    case 'log':
      return (x) => (x <= 0 ? 0 : 10 ** ((x - 1) * transfer.decades));
    case 'pq':
      return (x) => (10_000 / WHITE) * pq(x);
    case 'hlg':
      return hlg;
  }
}

/** SMPTE ST 2084: share of 10,000 cd/m². */
function pq(x: number): number {
  const power = x ** (1 / 78.84375);
  return (Math.max(0, power - 0.8359375) / (18.8515625 - 18.6875 * power)) ** (1 / 0.1593017578125);
}

/** ITU-R BT.2100: light of the scene. */
function hlg(x: number): number {
  const [a, b, c] = [0.17883277, 0.28466892, 0.55991073];
  return x <= 0.5 ? x ** 2 / 3 : (Math.exp((x - c) / a) + b) / 12;
}

/** The curve from light to the values of sRGB. */
export const srgbFromLinear: Float32Array = Float32Array.from({ length: EOTF_STEPS + 1 }, (_, i) => {
  const light = i / EOTF_STEPS;
  return light <= 0.0031308 ? 12.92 * light : 1.055 * light ** (1 / 2.4) - 0.055;
});

/** The light to which white is brought, for room above it, and the brightest that is told apart. */
const [KNEE, BRIGHTEST] = [0.5, 1000 / WHITE];

/** Middle of the Bézier curve from white to the brightest. */
const MIDDLE = [0.35 + 0.65 / KNEE, 0.35 * KNEE + 0.65] as const;

/**
 * Light beyond white brought to 0–1: half as bright up to white, then on a quadratic Bézier curve up to 1000
 * cd/m². It is Skia's reference white operator, which Chromium applies, so that Node and browsers agree.
 */
export function toneMapped(light: number): number {
  if (light <= 1) return KNEE * light;
  if (light >= BRIGHTEST) return 1;
  // light = (1 − t)² + 2 t (1 − t) MIDDLE[0] + t² BRIGHTEST
  const [square, linear] = [1 - 2 * MIDDLE[0] + BRIGHTEST, 2 * (MIDDLE[0] - 1)];
  const t = (Math.sqrt(linear ** 2 + 4 * square * (light - 1)) - linear) / (2 * square);
  return (1 - t) ** 2 * KNEE + 2 * t * (1 - t) * MIDDLE[1] + t ** 2;
}
