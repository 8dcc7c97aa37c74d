/** Pictures from the samples of films, most of which keep light and colour apart (Y′CbCr), and back. */

import type { ImageSize, RgbImage } from '../images/image.ts';
import { unit } from '../unit.ts';

/** How a film keeps colours; unsaid parts are as ITU-T H.273's "unspecified". */
export interface FilmColours {
  /** Matrix coefficients by WebCodecs' names: `bt709`, `smpte170m`, `bt2020-ncl` … */
  readonly matrix: string | null;
  /** Whether samples use all values, rather than 16–235 of 255. */
  readonly fullRange: boolean | null;
}

/** Where a plane begins among a frame's bytes, and how many bytes its rows take. */
export interface PlanePlace {
  readonly offset: number;
  readonly stride: number;
}

/** Weights of red and blue in luma, by matrix. */
const lumaWeights: Readonly<Record<string, readonly [number, number]>> = {
  bt709: [0.2126, 0.0722],
  smpte170m: [0.299, 0.114],
  bt470bg: [0.299, 0.114],
  'bt2020-ncl': [0.2627, 0.0593],
};

/** Sides from which on players take films that do not say it for high definition. */
const HIGH_DEFINITION = { width: 1280, height: 720 };

function weightsOf(matrix: string | null, { width, height }: ImageSize): readonly [number, number] {
  const high = width >= HIGH_DEFINITION.width || height >= HIGH_DEFINITION.height;
  return lumaWeights[matrix ?? ''] ?? (high ? [0.2126, 0.0722] : [0.299, 0.114]);
}

/**
 * The picture of a frame; undefined for a format that is not read.
 *
 * @param format by WebCodecs' name: `I420` to `I444`, with 8, 10 or 12 bits, `NV12`, `RGBA` and its like
 * @param bytes of all planes; more than 8 bits are little-endian words
 */
export function pictureFrom(
  format: string | null,
  bytes: Uint8Array,
  planes: readonly PlanePlace[],
  size: ImageSize,
  colours: FilmColours,
): RgbImage | undefined {
  if (format === null) return undefined;
  if (/^(RGB|BGR)[AX]$/.test(format)) return fromRgb(format, bytes, planes, size);
  if (!/^(I4(20|22|44)A?(P1[02])?|NV12)$/.test(format)) return undefined;
  const sample = sampler(format, bytes, planes);
  return withAlpha(fromPlanes(format, sample, size, colours), format, (x, y) => sample(3, x, y));
}

function fromRgb(
  format: string,
  bytes: Uint8Array,
  [plane = { offset: 0, stride: 0 }]: readonly PlanePlace[],
  { width, height }: ImageSize,
): RgbImage {
  const sampleOf = (letter: string) => {
    const first = plane.offset + format.indexOf(letter);
    return (x: number, y: number) => bytes[first + y * plane.stride + 4 * x] ?? 0;
  };
  const data = new Float32Array(3 * width * height);
  let i = 0;
  for (const sample of ['R', 'G', 'B'].map(sampleOf)) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++, i++) data[i] = sample(x, y) / 255;
    }
  }
  return withAlpha({ width, height, data }, format, sampleOf('A'));
}

/** Bits a sample of a format with planes. */
function depthOf(format: string): number {
  return Number(/P(1[02])$/.exec(format)?.[1] ?? 8);
}

/** The picture with the alpha of a format that has it, unless all is opaque. Alpha uses all values. */
function withAlpha(image: RgbImage, format: string, sample: (x: number, y: number) => number): RgbImage {
  if (!/A(P1[02])?$/.test(format)) return image;
  const { width, height } = image;
  const most = 2 ** depthOf(format) - 1;
  const alpha = Float32Array.from(
    { length: width * height },
    (_, i) => sample(i % width, Math.floor(i / width)) / most,
  );
  return alpha.every((value) => value === 1) ? image : { ...image, alpha };
}

/** Takes a sample of a plane. */
type Sampler = (plane: number, x: number, y: number) => number;

function sampler(format: string, bytes: Uint8Array, planes: readonly PlanePlace[]): Sampler {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isDeep = depthOf(format) > 8;
  return (plane, x, y) => {
    const { offset, stride } = planes[plane] ?? { offset: 0, stride: 0 };
    return isDeep ? view.getUint16(offset + y * stride + 2 * x, true) : (bytes[offset + y * stride + x] ?? 0);
  };
}

function fromPlanes(
  format: string,
  sample: Sampler,
  size: ImageSize,
  { matrix, fullRange }: FilmColours,
): RgbImage {
  const { width, height } = size;
  const depth = depthOf(format);
  const isNv12 = format === 'NV12';
  const [across, down] = [/444/.test(format) ? 0 : 1, /420|NV12/.test(format) ? 1 : 0];
  const scale = 2 ** (depth - 8);
  const most = 2 ** depth - 1;
  const [black, light, colour] =
    fullRange === true ? [0, most, most] : [16 * scale, 219 * scale, 224 * scale];
  const [red, blue] = weightsOf(matrix, size);
  const green = 1 - red - blue;
  const pixels = width * height;
  const data = new Float32Array(3 * pixels);
  for (let y = 0, i = 0; y < height; y++) {
    for (let x = 0; x < width; x++, i++) {
      const [u, v] = [x >> across, y >> down];
      const luma = (sample(0, x, y) - black) / light;
      const cb = ((isNv12 ? sample(1, 2 * u, v) : sample(1, u, v)) - 128 * scale) / colour;
      const cr = ((isNv12 ? sample(1, 2 * u + 1, v) : sample(2, u, v)) - 128 * scale) / colour;
      const r = luma + 2 * (1 - red) * cr;
      const b = luma + 2 * (1 - blue) * cb;
      data[i] = unit(r);
      data[pixels + i] = unit((luma - red * r - blue * b) / green);
      data[2 * pixels + i] = unit(b);
    }
  }
  return { width, height, data };
}

/** A frame as films have it: `I420`, 8 bits, BT.709, 16–235. Odd sides grow by a pixel like their last. */
export interface FilmFrame extends ImageSize {
  readonly bytes: Uint8Array;
}

/** What {@link filmFrameOf} makes, in WebCodecs' words. */
export const filmColours = {
  primaries: 'bt709',
  transfer: 'bt709',
  matrix: 'bt709',
  fullRange: false,
} as const;

/** The frame of a picture. Alpha is left out. */
export function filmFrameOf(image: RgbImage): FilmFrame {
  const [width, height] = [image.width + (image.width % 2), image.height + (image.height % 2)];
  const [red = 0, blue = 0] = lumaWeights.bt709 ?? [];
  const pixels = image.width * image.height;
  const bytes = new Uint8ClampedArray((3 * width * height) / 2);
  const [half, quarter] = [width / 2, (width * height) / 4];
  const sums = new Float32Array(2 * quarter);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const i = Math.min(y, image.height - 1) * image.width + Math.min(x, image.width - 1);
      const [r, g, b] = [image.data[i] ?? 0, image.data[pixels + i] ?? 0, image.data[2 * pixels + i] ?? 0];
      const luma = red * r + (1 - red - blue) * g + blue * b;
      bytes[y * width + x] = 16 + 219 * luma;
      const place = (y >> 1) * half + (x >> 1);
      sums[place] = (sums[place] ?? 0) + (b - luma) / (2 * (1 - blue)) / 4;
      sums[quarter + place] = (sums[quarter + place] ?? 0) + (r - luma) / (2 * (1 - red)) / 4;
    }
  }
  for (const [i, sum] of sums.entries()) bytes[width * height + i] = 128 + 224 * sum;
  return { width, height, bytes: new Uint8Array(bytes.buffer) };
}
