/** The formats of picture files: readable and writable ones, and recognition by the first bytes. */

import { baseName } from '../files/names.ts';
import type { ImageSize } from './size.ts';

/** The formats that can be written. */
export const imageFormats = ['png', 'jpeg', 'webp', 'avif', 'tiff'] as const;
export type ImageFormat = (typeof imageFormats)[number];

/** The formats that can be read: `heic` only if sharp has its decoder, `svg` only on request. */
export type SourceFormat = 'jpeg' | 'png' | 'webp' | 'avif' | 'tiff' | 'gif' | 'heic' | 'svg';

/** Kind of a file according to its first bytes: a format, or another kind in words for "but received". */
export type Recognised = { readonly format: SourceFormat } | { readonly other: string };

/** Number of bytes that {@link recognise} needs; fewer if the file is shorter. */
export const HEAD_BYTES = 4096;

/** Endings of the files that count as pictures in a folder. */
export const pictureEndings: readonly string[] = [
  ...['.jpg', '.jpeg', '.jfif', '.png', '.webp', '.avif', '.tif', '.tiff', '.gif', '.heic', '.heif'],
];

/** Endings that can be written, for messages. */
export const writtenEndings = '.png, .jpg, .webp, .avif or .tif';

const formatOfEnding: ReadonlyMap<string, ImageFormat> = new Map([
  ['.png', 'png'],
  ['.jpg', 'jpeg'],
  ['.jpeg', 'jpeg'],
  ['.webp', 'webp'],
  ['.avif', 'avif'],
  ['.tif', 'tiff'],
  ['.tiff', 'tiff'],
]);

/**
 * Limits of each format: its longest side, whether it holds transparency, and whether 16 bits per channel.
 */
const abilities: Readonly<Record<ImageFormat, { side: number; alpha: boolean; deep: boolean }>> = {
  png: { side: 2 ** 31 - 1, alpha: true, deep: true },
  jpeg: { side: 65_535, alpha: false, deep: false },
  webp: { side: 16_383, alpha: true, deep: false },
  // The limit is that of the encoder; the format has none.
  avif: { side: 16_384, alpha: true, deep: false },
  tiff: { side: 2 ** 31 - 1, alpha: true, deep: true },
};

/** The format of a file name's ending in any case; undefined for other endings. */
export function formatOfPath(path: string): ImageFormat | undefined {
  const ending = /.(\.[^.]+)$/s.exec(baseName(path))?.[1]?.toLowerCase();
  return ending === undefined ? undefined : formatOfEnding.get(ending);
}

/** Whether a format keeps transparency. */
export function holdsAlpha(format: ImageFormat): boolean {
  return abilities[format].alpha;
}

/**
 * The depth for writing a picture of `depth` bits per channel: the same, or 8 if the format holds no more.
 */
export function depthFor(format: ImageFormat, depth: 8 | 16): 8 | 16 {
  return abilities[format].deep ? depth : 8;
}

/** The format's longest side, if the picture has a longer one. */
export function exceededSide(format: ImageFormat, { width, height }: ImageSize): number | undefined {
  const { side } = abilities[format];
  return Math.max(width, height) > side ? side : undefined;
}

/** Signatures as text of the bytes; `?` stands for any byte. The first match wins. */
const signatures: readonly (readonly [string, Recognised])[] = [
  ['\xff\xd8\xff', { format: 'jpeg' }],
  ['\x89PNG\r\n\x1a\n', { format: 'png' }],
  ['RIFF????WEBP', { format: 'webp' }],
  ['GIF87a', { format: 'gif' }],
  ['GIF89a', { format: 'gif' }],
  ['II*\0????CR', { other: 'a camera’s raw file' }],
  ['II*\0', { format: 'tiff' }],
  ['MM\0*', { format: 'tiff' }],
  ['II+\0', { format: 'tiff' }],
  ['MM\0+', { format: 'tiff' }],
  ['%PDF-', { other: 'a PDF document' }],
  ['BM????\0\0\0\0', { other: 'a Windows bitmap' }],
  ['8BPS', { other: 'a Photoshop document' }],
  ['\xff\x0a', { other: 'a JPEG XL picture' }],
  ['\0\0\0\x0cJXL ', { other: 'a JPEG XL picture' }],
  ['\0\0\0\x0cjP  ', { other: 'a JPEG 2000 picture' }],
  ['\xff\x4f\xff\x51', { other: 'a JPEG 2000 picture' }],
  ['FUJIFILMCCD-RAW', { other: 'a camera’s raw file' }],
  ['IIU\0', { other: 'a camera’s raw file' }],
  ['IIRO', { other: 'a camera’s raw file' }],
  ['v/1\x01', { other: 'an OpenEXR picture' }],
  ['#?RADIANCE', { other: 'a Radiance HDR picture' }],
  ['\xb6\xa6\xf2\x08', { other: 'a picture of libvips’ own format' }],
  ['\x08\xf2\xa6\xb6', { other: 'a picture of libvips’ own format' }],
  ['\x1f\x8b', { other: 'a compressed file' }],
  ['PK\x03\x04', { other: 'a ZIP archive' }],
  ['version https://git-lfs', { other: 'a Git LFS pointer in place of the picture' }],
];

/** `ispe` as a number. */
const ISPE = 0x69737065;

const avifBrands = new Set(['avif', 'avis']);
const heicBrands = new Set(['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1']);

/** Recognises a file by its first bytes ({@link HEAD_BYTES} of them, or all). Its name plays no part. */
export function recognise(head: Uint8Array): Recognised {
  // A spread takes several times as long, which counts in large folders.
  const text: string = Reflect.apply(String.fromCharCode, undefined, head.subarray(0, HEAD_BYTES));
  const known = signatures.find(([signature]) => matches(text, signature));
  if (known !== undefined) return known[1];
  if (text.slice(4, 8) === 'ftyp') return recogniseBrands(text);
  if (/^\s*<(!doctype html|html|head)/i.test(text)) return { other: 'a web page' };
  if (/<svg[\s>:]/i.test(text)) return { format: 'svg' };
  return { other: 'a file of another kind' };
}

/** Files of the ISO base media format name their kind: one major brand, then the compatible ones. */
function recogniseBrands(text: string): Recognised {
  const length = Math.min(text.length, text.charCodeAt(2) * 256 + text.charCodeAt(3));
  const brands = [text.slice(8, 12)];
  for (let i = 16; i + 4 <= length; i += 4) brands.push(text.slice(i, i + 4));
  if (brands.some((brand) => avifBrands.has(brand))) return { format: 'avif' };
  if (brands.some((brand) => heicBrands.has(brand))) return { format: 'heic' };
  return { other: brands[0] === 'crx ' ? 'a camera’s raw file' : 'a video' };
}

/**
 * The largest size that an AVIF or HEIC file claims for one of its parts, as far as its first bytes tell
 * (`ispe` boxes of ISO/IEC 23008-12). libvips prints messages of its own about sizes that it cannot
 * represent.
 */
export function claimedSide(head: Uint8Array): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  let side = 0;
  for (let i = 0; i + 16 <= head.length; i++) {
    if (view.getUint32(i) !== ISPE) continue;
    side = Math.max(side, view.getUint32(i + 8), view.getUint32(i + 12));
  }
  return side;
}

function matches(text: string, signature: string): boolean {
  if (text.length < signature.length) return false;
  for (let i = 0; i < signature.length; i++) {
    if (signature[i] !== '?' && signature[i] !== text[i]) return false;
  }
  return true;
}
