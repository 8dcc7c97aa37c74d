/** EXIF and XMP: orientations, and metadata made right for a picture painted from another. */

import type { ImageArea, Samples } from '../image.ts';
import type { ImageSize } from '../size.ts';
import { defined } from '../../defined.ts';
import type { PictureMetadata } from './inspect.ts';

/** Orientations from 5 on exchange width and height. */
function isTransposed(orientation: number): boolean {
  return orientation >= 5;
}

/** The stored size of a picture from its upright size, and vice versa. */
export function turnedSize({ width, height }: ImageSize, orientation: number): ImageSize {
  return isTransposed(orientation) ? { width: height, height: width } : { width, height };
}

/** The stored area that shows rows `top` to `top + height` of the upright picture. */
export function storedArea(
  stored: ImageSize,
  orientation: number,
  { top, height }: { top: number; height: number },
): ImageArea {
  // Upright rows are stored rows or columns; in these orientations they count from the other end.
  const reversed = [3, 4, 7, 8].includes(orientation);
  if (isTransposed(orientation)) {
    const left = reversed ? stored.width - top - height : top;
    return { left, top: 0, width: height, height: stored.height };
  }
  const first = reversed ? stored.height - top - height : top;
  return { left: 0, top: first, width: stored.width, height };
}

/** Turns interleaved samples upright, those of a whole picture or of a {@link storedArea}. */
export function turnSamples(samples: Samples, stored: ImageSize, orientation: number): Samples {
  if (orientation < 2 || orientation > 8) return samples;
  const { width, height } = turnedSize(stored, orientation);
  const channels = samples.length / (width * height);
  const turned = samples.slice();
  // The stored sample of the upright pixel (x, y) is at start + x · alongX + y · alongY.
  const [right, down] = [channels, channels * stored.width];
  const [lastX, lastY] = [right * (stored.width - 1), down * (stored.height - 1)];
  const ways: Readonly<Record<number, readonly [number, number, number]>> = {
    2: [lastX, -right, down],
    3: [lastX + lastY, -right, -down],
    4: [lastY, right, -down],
    5: [0, down, right],
    6: [lastY, -down, right],
    7: [lastX + lastY, -down, -right],
    8: [lastX, down, -right],
  };
  const [start, alongX, alongY] = ways[orientation] ?? [0, right, down];
  let to = 0;
  for (let y = 0; y < height; y++) {
    let from = start + y * alongY;
    for (let x = 0; x < width; x++, from += alongX) {
      for (let c = 0; c < channels; c++) turned[to++] = samples[from + c] ?? 0;
    }
  }
  return turned;
}

/** EXIF 2.32, TIFF 6.0. */
const tags = {
  imageWidth: 0x0100,
  imageLength: 0x0101,
  orientation: 0x0112,
  exifDirectory: 0x8769,
  colorSpace: 0xa001,
  pixelXDimension: 0xa002,
  pixelYDimension: 0xa003,
  interoperability: 0xa005,
  interoperabilityIndex: 0x0001,
} as const;

const UPRIGHT = 1;
const SRGB = 1;
const ADOBE_RGB = 2;

/**
 * The metadata for a new picture of a size: orientation upright, size and colour space corrected, thumbnails
 * of the old picture removed. EXIF that cannot be understood is left out completely.
 */
export function metadataFor({ exif, xmp, density }: PictureMetadata, size: ImageSize): PictureMetadata {
  const cleaned = exif === undefined ? undefined : exifFor(exif, size);
  return {
    ...defined({ exif: cleaned }),
    ...(xmp === undefined ? {} : { xmp: xmpFor(xmp, size) }),
    ...defined({ density }),
  };
}

/** The corrected TIFF structure of EXIF; undefined if it is damaged. */
function exifFor(exif: Uint8Array, { width, height }: ImageSize): Uint8Array | undefined {
  const isPrefixed = String.fromCharCode(...exif.subarray(0, 4)) === 'Exif';
  // A copy: slice() of a Buffer would share its memory.
  const bytes = new Uint8Array(exif.subarray(isPrefixed ? 6 : 0));
  const view = new DataView(bytes.buffer);
  if (bytes.length < 8) return undefined;
  const order = view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const first = directoryAt(view, view.getUint32(4, little), little);
  if (first === undefined) return undefined;
  first.set(tags.orientation, UPRIGHT);
  first.set(tags.imageWidth, width);
  first.set(tags.imageLength, height);
  // The second directory describes a thumbnail. Programs that rewrite the metadata drop unreferenced parts.
  view.setUint32(first.end, 0, little);
  const pointer = first.get(tags.exifDirectory);
  const second = pointer === undefined ? undefined : directoryAt(view, pointer, little);
  second?.set(tags.colorSpace, SRGB);
  second?.set(tags.pixelXDimension, width);
  second?.set(tags.pixelYDimension, height);
  return bytes;
}

/**
 * Whether EXIF names Adobe RGB as the colour space, as cameras do that follow DCF: by the index R03 of its
 * interoperability directory. EXIF itself has no number for it, but some write 2.
 */
export function saysAdobeRgb(exif: Uint8Array): boolean {
  const text = new TextDecoder('latin1').decode(exif.subarray(0, 6));
  const bytes = new Uint8Array(exif.subarray(text.startsWith('Exif') ? 6 : 0));
  const view = new DataView(bytes.buffer);
  if (bytes.length < 8) return false;
  const little = view.getUint16(0) === 0x4949;
  const below = (directory: Directory | undefined, tag: number): Directory | undefined => {
    const pointer = directory?.get(tag);
    return pointer === undefined ? undefined : directoryAt(view, pointer, little);
  };
  const first = directoryAt(view, view.getUint32(4, little), little);
  const own = below(first, tags.exifDirectory);
  if (own?.get(tags.colorSpace) === ADOBE_RGB) return true;
  const index = below(own, tags.interoperability)?.get(tags.interoperabilityIndex);
  // The text R03 and a zero, read as a number of the file's byte order.
  return index === (little ? 0x00333052 : 0x52303300);
}

/** A directory of EXIF whose numbers can be changed in place. */
interface Directory {
  get(tag: number): number | undefined;
  /** Changes the tag if it exists. */
  set(tag: number, value: number): void;
  /** Position of the next directory's offset. */
  readonly end: number;
}

function directoryAt(view: DataView, offset: number, little: boolean): Directory | undefined {
  if (offset + 2 > view.byteLength) return undefined;
  const end = offset + 2 + 12 * view.getUint16(offset, little);
  if (end + 4 > view.byteLength) return undefined;
  const find = (tag: number): number | undefined => {
    for (let entry = offset + 2; entry < end; entry += 12) {
      if (view.getUint16(entry, little) === tag) return entry;
    }
    return undefined;
  };
  const isShort = (entry: number): boolean => view.getUint16(entry + 2, little) === 3;
  return {
    end,
    get(tag) {
      const entry = find(tag);
      if (entry === undefined) return undefined;
      return isShort(entry) ? view.getUint16(entry + 8, little) : view.getUint32(entry + 8, little);
    },
    set(tag, value) {
      const entry = find(tag);
      if (entry === undefined) return;
      if (isShort(entry)) view.setUint16(entry + 8, Math.min(value, 0xffff), little);
      else view.setUint32(entry + 8, value, little);
    },
  };
}

/** Text replacement is enough: these properties are simple wherever they occur. */
function xmpFor(xmp: Uint8Array, { width, height }: ImageSize): Uint8Array {
  const values = {
    'tiff:Orientation': UPRIGHT,
    'tiff:ImageWidth': width,
    'tiff:ImageLength': height,
    'exif:PixelXDimension': width,
    'exif:PixelYDimension': height,
    'exif:ColorSpace': SRGB,
  };
  let text = new TextDecoder().decode(xmp).replace(/<(xmp|xap):Thumbnails>.*?<\/\1:Thumbnails>/gs, '');
  for (const [name, value] of Object.entries(values)) {
    text = text
      .replace(new RegExp(`(${name}\\s*=\\s*["'])\\d+(["'])`, 'g'), `$1${value}$2`)
      .replace(new RegExp(`(<${name}>)\\s*\\d+\\s*(</${name}>)`, 'g'), `$1${value}$2`);
  }
  return new TextEncoder().encode(text);
}
