/** What a picture file says about its colours outside ICC profiles, and its way to sRGB. Node only. */

import type { Metadata } from 'sharp';
import { ImageError } from '../../errors.ts';
import { colourTag } from '../colour-tags.ts';
import { isHdr, isSrgb, toSrgb } from '../colour-space.ts';
import type { SourceFormat } from '../formats.ts';
import { saysAdobeRgb } from './metadata.ts';
import type { PictureFile } from './picture-file.ts';
import { type TiffTags, tiffTags } from './tiff-tags.ts';

/** Colours of a file. */
export interface Colours {
  /** Brings decoded planes `[3, …]`, 0–1, to sRGB in place; undefined if they are there already. */
  readonly convert?: (planes: Float32Array) => void;
  /** Whether the file's profile must not be applied. */
  readonly ignoreProfile: boolean;
  /** Lines about what is not as the file says. */
  readonly warnings: readonly string[];
}

const ASIDE: Colours = { ignoreProfile: false, warnings: [] };

/**
 * The colours of a file that has been recognised.
 *
 * @param tags those of a TIFF file
 */
export async function coloursOf(
  file: PictureFile,
  format: SourceFormat,
  metadata: Metadata,
  tags: TiffTags | undefined,
): Promise<Colours> {
  if (tags !== undefined) return tiffColours(file.name, metadata, tags);
  const tag = await colourTag(format, file.readAt);
  const hasProfile = metadata.icc !== undefined;
  if (tag !== undefined && (tag.overProfile || !hasProfile)) {
    if (tag.space === undefined)
      return warned(file.name, `names colours that are not known here (${tag.words})`);
    const { space } = tag;
    if (isSrgb(space)) return { ...ASIDE, ignoreProfile: true };
    const line = `${file.name} is brighter than sRGB can be (${tag.words}): its light is reduced`;
    const convert = (planes: Float32Array): void => toSrgb(planes, space);
    return { convert, ignoreProfile: hasProfile, warnings: isHdr(space) ? [line] : [] };
  }
  if (hasProfile || metadata.exif === undefined || !saysAdobeRgb(metadata.exif)) return ASIDE;
  return warned(file.name, 'names Adobe RGB in its EXIF and has no profile');
}

function warned(name: string, fault: string): Colours {
  return { ...ASIDE, warnings: [`${name} ${fault}: its values are taken as sRGB`] };
}

/** Values of `PhotometricInterpretation`, in words. */
const kinds: Readonly<Record<number, string>> = {
  8: 'CIELab colours',
  9: 'ICCLab colours',
  10: 'ITULab colours',
  32803: 'a camera’s colour filter array',
  32844: 'LogL brightness',
  32845: 'LogLuv colours',
};

const YCBCR = 6;
const JPEG_INSIDE = [6, 7];

/**
 * Refuses the kinds of samples in TIFF files that libvips misreads or cannot explain.
 *
 * @throws ImageError
 */
export function checkTiff(tags: TiffTags, name: string): void {
  const refuse = (received: string, remedy = 'convert it to RGB first'): never => {
    throw new ImageError({ expected: 'a TIFF file in RGB, greyscale or CMYK', name, received, remedy });
  };
  const photometric = tags.get(tiffTags.photometric)?.[0] ?? 0;
  const kind = kinds[photometric];
  if (kind !== undefined) refuse(kind);
  const bits = (tags.get(tiffTags.bitsPerSample) ?? [1]).find(
    (count) => ![1, 2, 4, 8, 16, 32, 64].includes(count),
  );
  if (bits !== undefined) refuse(`${bits} bits a channel`, 'convert it to 8 or 16 bits first');
  if (!isPlainYCbCr(tags)) return;
  // Two by two, if nothing is said.
  const [across = 2, down = 2] = tags.get(tiffTags.yCbCrSubSampling) ?? [];
  if (across !== 1 || down !== 1) refuse(`YCbCr colours reduced ${across}×${down}`);
}

/** YCbCr that no JPEG decoder has turned into RGB. */
function isPlainYCbCr(tags: TiffTags): boolean {
  const compression = tags.get(tiffTags.compression)?.[0] ?? 1;
  return tags.get(tiffTags.photometric)?.[0] === YCBCR && !JPEG_INSIDE.includes(compression);
}

function tiffColours(name: string, { icc }: Metadata, tags: TiffTags): Colours {
  if (isPlainYCbCr(tags)) {
    const convert = fromYCbCr(tags);
    if (icc === undefined) return { ...ASIDE, convert };
    const line = `${name} has YCbCr colours and a profile, which is left out: its values are taken as sRGB`;
    return { convert, ignoreProfile: true, warnings: [line] };
  }
  const { whitePoint, primaryChromaticities, transferFunction } = tiffTags;
  const measured = [whitePoint, primaryChromaticities, transferFunction].some((tag) => tags.has(tag));
  if (icc !== undefined || !measured || isSrgbByTags(tags)) return ASIDE;
  return warned(name, 'names its white, primaries or curve and has no profile');
}

/** Whether white and primaries are those of sRGB, and no curve is given. */
function isSrgbByTags(tags: TiffTags): boolean {
  const sRgb = [0.3127, 0.329, 0.64, 0.33, 0.3, 0.6, 0.15, 0.06];
  const { whitePoint, primaryChromaticities, transferFunction } = tiffTags;
  const said = [
    ...(tags.get(whitePoint) ?? sRgb.slice(0, 2)),
    ...(tags.get(primaryChromaticities) ?? sRgb.slice(2)),
  ];
  return !tags.has(transferFunction) && said.every((value, i) => Math.abs(value - (sRgb[i] ?? 0)) < 0.0015);
}

/** TIFF 6.0, section 21. */
function fromYCbCr(tags: TiffTags): (planes: Float32Array) => void {
  const bits = tags.get(tiffTags.bitsPerSample)?.[0] ?? 8;
  const [most, middle] = [2 ** bits - 1, 2 ** (bits - 1)];
  const [red = 0.299, green = 0.587, blue = 0.114] = tags.get(tiffTags.yCbCrCoefficients) ?? [];
  const [black0 = 0, white0 = most, black1 = middle, white1 = most, black2 = middle, white2 = most] =
    tags.get(tiffTags.referenceBlackWhite) ?? [];
  /** A code of 0–1 as a share of its range: 0–1 for luma, −½–½ for the others. */
  const scaled = (code: number, black: number, white: number, range: number): number =>
    white === black ? 0 : ((code * most - black) * range) / (white - black);
  const half = (middle - 1) / most;
  return (planes) => {
    const pixels = planes.length / 3;
    for (let i = 0; i < pixels; i++) {
      const y = scaled(planes[i] ?? 0, black0, white0, 1);
      const cb = scaled(planes[i + pixels] ?? 0, black1, white1, half);
      const cr = scaled(planes[i + 2 * pixels] ?? 0, black2, white2, half);
      const [r, b] = [y + cr * (2 - 2 * red), y + cb * (2 - 2 * blue)];
      planes[i] = unit(r);
      planes[i + pixels] = unit((y - red * r - blue * b) / green);
      planes[i + 2 * pixels] = unit(b);
    }
  };
}

/** Clamped to 0–1; NaN, of tags without sense, is 0. */
function unit(value: number): number {
  return value > 0 ? Math.min(1, value) : 0;
}
