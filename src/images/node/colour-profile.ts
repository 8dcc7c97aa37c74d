/** ICC profiles: recognition of sRGB, and the small sRGB profile of written pictures. Node only. */

import sharp from 'sharp';

/** Colorants of sRGB under the connection space's D50, X Y Z of each (IEC 61966-2-1, ICC.1:2022). */
const sRgbColorants = {
  rXYZ: [0.4361, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const;

/** Number of points at which curves are compared; the values between them follow. */
const SAMPLES = 16;

/** Profiles of sRGB differ from one another by less than this, other colour spaces from sRGB by more. */
const COLORANT_TOLERANCE = 0.002;
const CURVE_TOLERANCE = 0.002;

/**
 * Whether an ICC profile is one of sRGB, as most are. Pixels then stay as they are; conversion would alter
 * them.
 */
export function isSrgbProfile(profile: Uint8Array): boolean {
  const view = new DataView(profile.buffer, profile.byteOffset, profile.byteLength);
  if (view.byteLength < 132 || text(view, 36) !== 'acsp') return false;
  if (text(view, 16) !== 'RGB ' || text(view, 20) !== 'XYZ ') return false;
  const tags = tagsOf(view);
  // A profile with tables is not described by its colorants alone.
  if (tags.has('A2B0')) return false;
  const colorants = Object.entries(sRgbColorants).every(([name, expected]) => {
    const xyz = colorantOf(tags.get(name));
    return xyz?.every((value, i) => Math.abs(value - (expected[i] ?? 0)) < COLORANT_TOLERANCE) ?? false;
  });
  return colorants && ['rTRC', 'gTRC', 'bTRC'].every((name) => isSrgbCurve(tags.get(name)));
}

let small: Promise<Uint8Array> | undefined;

/** The profile that tags a written picture as sRGB: 480 bytes, libvips' own. */
export async function srgbProfile(): Promise<Uint8Array> {
  small ??= makeSrgbProfile();
  return small;
}

async function makeSrgbProfile(): Promise<Uint8Array> {
  const pixel = sharp({ create: { width: 1, height: 1, channels: 3, background: '#ffffff' } });
  const { icc } = await sharp(await pixel.withIccProfile('srgb').png().toBuffer()).metadata();
  if (icc === undefined) throw new Error('internal: sharp has no sRGB profile; please report this');
  return new Uint8Array(icc);
}

/** The tags that lie inside the profile, by signature. */
function tagsOf(view: DataView): ReadonlyMap<string, DataView> {
  const tags = new Map<string, DataView>();
  const count = Math.min(view.getUint32(128), 100);
  for (let i = 0; i < count && 144 + 12 * i <= view.byteLength; i++) {
    const entry = 132 + 12 * i;
    const [offset, size] = [view.getUint32(entry + 4), view.getUint32(entry + 8)];
    if (offset + size > view.byteLength) continue;
    tags.set(text(view, entry), new DataView(view.buffer, view.byteOffset + offset, size));
  }
  return tags;
}

function colorantOf(tag: DataView | undefined): number[] | undefined {
  if (tag === undefined || tag.byteLength < 20 || text(tag, 0) !== 'XYZ ') return undefined;
  return [8, 12, 16].map((at) => fixed(tag, at));
}

function isSrgbCurve(tag: DataView | undefined): boolean {
  const curve = tag === undefined ? undefined : curveOf(tag);
  if (curve === undefined) return false;
  return Array.from({ length: SAMPLES + 1 }, (_, i) => i / SAMPLES).every(
    (x) => Math.abs(curve(x) - srgbToLinear(x)) < CURVE_TOLERANCE,
  );
}

/** The function of a `curv` table or of a `para` of sRGB's form, type 3. */
function curveOf(tag: DataView): ((x: number) => number) | undefined {
  if (tag.byteLength < 12) return undefined;
  if (text(tag, 0) === 'para') {
    if (tag.getUint16(8) !== 3 || tag.byteLength < 32) return undefined;
    const [g = 1, a = 1, b = 0, c = 1, d = 0] = [12, 16, 20, 24, 28].map((at) => fixed(tag, at));
    return (x) => (x >= d ? (a * x + b) ** g : c * x);
  }
  const count = tag.getUint32(8);
  // A single number would be a plain gamma, which sRGB does not have.
  if (text(tag, 0) !== 'curv' || count < 2 || tag.byteLength < 12 + 2 * count) return undefined;
  return (x) => {
    const place = x * (count - 1);
    const i = Math.min(Math.floor(place), count - 2);
    const [low, high] = [tag.getUint16(12 + 2 * i), tag.getUint16(14 + 2 * i)];
    return (low + (place - i) * (high - low)) / 65535;
  };
}

function srgbToLinear(x: number): number {
  return x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4;
}

/** s15Fixed16Number. */
function fixed(view: DataView, at: number): number {
  return view.getInt32(at) / 65536;
}

function text(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
