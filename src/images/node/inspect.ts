/** Inspection of a picture file without decoding its pixels. Node only. */

import sharp, { type Metadata } from 'sharp';
import { defined } from '../../defined.ts';
import { ImageError } from '../../errors.ts';
import { isDiskFault } from '../../files/read.ts';
import { tagOf } from '../../tag.ts';
import { messageOf } from '../../thrown.ts';
import { judged } from './alone.ts';
import { isSrgbProfile } from './colour-profile.ts';
import { checkTiff, coloursOf } from './colours.ts';
import { claimedSide, recognise, type SourceFormat } from '../formats.ts';
import type { FileInput } from './file-input.ts';
import { decoderBytes, decodingSeconds, type Limits, limitsOf, type PictureLimits } from './limits.ts';
import { checkNames } from './option-names.ts';
import { HEIC_PACKAGE, openDecodable, readsHeic } from './heic.ts';
import type { PictureFile } from './picture-file.ts';
import type { ImageSize } from '../size.ts';
import { isCameraRaw, readTiffTags, type TiffTags } from './tiff-tags.ts';

/** Metadata that people and cameras wrote into a picture file; `keepMetadata` carries it over. */
export interface PictureMetadata {
  /** EXIF: a TIFF structure, with or without `Exif\0\0` before it. */
  readonly exif?: Uint8Array;
  /** XMP: UTF-8 text of RDF/XML. */
  readonly xmp?: Uint8Array;
  /** Pixels per inch; written if there is EXIF. */
  readonly density?: number;
}

/** Description of a picture file. Width and height are those of the upright picture, in pixels. */
export interface PictureSource extends ImageSize {
  /** The path, or the caller's name for the picture. */
  readonly name: string;
  readonly format: SourceFormat;
  /** Bits per channel after reading; 16 for all files with more than 8. */
  readonly depth: 8 | 16;
  /** Whether there is an alpha channel, opaque or not. */
  readonly hasAlpha: boolean;
  /** EXIF orientation, 1–8. Reading turns the pixels upright by it. */
  readonly orientation: number;
  /** Number of frames or pages; the first is read. */
  readonly frames: number;
  /** `other` is converted to sRGB. */
  readonly profile: 'none' | 'srgb' | 'other';
  readonly metadata: PictureMetadata;
  /** Approximate memory, in bytes, by which decoding grows with the picture; 0 for most files. */
  readonly decoderBytes: number;
  /** Tolerated faults, one line each. Those of the pixels are known only after decoding. */
  readonly warnings: readonly string[];
}

/** Options of {@link inspectImage}. */
export interface InspectOptions extends PictureLimits {
  /** Name of the picture in messages. Default: the path, or `picture`. */
  readonly name?: string;
  /**
   * SVG drawings are refused unless this is true: they are programs more than pictures. They are drawn at
   * their own size.
   */
  readonly allowSvg?: boolean;
}

/** The largest side that libvips supports. */
const LARGEST_SIDE = 100_000_000;

/** How the file's pixels are brought to sRGB. */
export interface Decoding {
  /** Size in the file, before turning. */
  readonly stored: ImageSize;
  /** The sample that stands for 1 after decoding: 255, 65535, or less for a file of 10 or 12 bits. */
  readonly white: number;
  /** The profile is one of sRGB, or something else counts: pixels are not converted by it. */
  readonly ignoreProfile: boolean;
  /** Brings planes `[3, …]` to sRGB in place, if neither a profile nor sharp does. */
  readonly convert?: ((planes: Float32Array) => void) | undefined;
  /** sharp brings 16-bit pixels with a profile to Display P3 and would leave them there. */
  readonly fromP3: boolean;
  /** Seconds after which decoding is given up. */
  readonly seconds: number;
}

/**
 * Describes a picture file. Reads its beginning, not its pixels, so that damage further on is not noticed.
 *
 * @param input a path or `file:` URL, or the bytes of a picture file in any form
 * @throws ImageError if it is missing, not a regular file, not a readable picture, or beyond the limits
 */
export async function inspectImage(input: FileInput, options: InspectOptions = {}): Promise<PictureSource> {
  checkNames(options, 'inspectImage');
  const file = await openDecodable(input, nameOf(input, options), limitsOf(options));
  try {
    return (await inspectFile(file, options)).source;
  } finally {
    await file.close();
  }
}

/** Name of a picture in messages. */
export function nameOf(input: FileInput, { name }: InspectOptions): string {
  if (name !== undefined || typeof input === 'string') return name ?? String(input);
  return tagOf(input) === 'URL' ? String(input) : 'picture';
}

/** Describes an open file and how to decode it. */
export async function inspectFile(
  file: PictureFile,
  options: InspectOptions,
): Promise<{ source: PictureSource; decoding: Decoding }> {
  const { format, tags } = await formatOf(file, options);
  const header = async () => sharp(file.input, { limitInputPixels: false, failOn: 'none' }).metadata();
  const metadata = await judged(header).catch(unreadable(file.name));
  checkLoader(metadata, format, file.name);
  checkSamples(metadata, file.name);
  checkPixels(metadata, file.name, limitsOf(options));
  const depth = metadata.space === 'rgb16' || metadata.space === 'grey16' ? 16 : 8;
  const profile = profileOf(metadata);
  const { convert, ignoreProfile, warnings } = await coloursOf(file, format, metadata, tags);
  const bits = depth === 16 ? (metadata.bitsPerSample ?? 16) : 8;
  const source: PictureSource = {
    width: metadata.autoOrient.width,
    height: metadata.autoOrient.height,
    name: file.name,
    format: file.original ?? format,
    depth,
    hasAlpha: metadata.hasAlpha,
    orientation: metadata.orientation ?? 1,
    frames: metadata.pages ?? 1,
    profile,
    metadata: carried(metadata),
    decoderBytes: decoderBytes(format, metadata.width * metadata.height, metadata.isProgressive),
    warnings,
  };
  const decoding: Decoding = {
    stored: { width: metadata.width, height: metadata.height },
    // libvips shifts samples of 10 or 12 bits up without filling the lower bits.
    white: (2 ** bits - 1) * 2 ** (depth - bits),
    ignoreProfile: profile === 'srgb' || ignoreProfile,
    convert,
    fromP3: profile === 'other' && !ignoreProfile && metadata.space === 'rgb16',
    seconds: decodingSeconds(metadata.width * metadata.height),
  };
  return { source, decoding };
}

/** For `.catch`: turns an error of sharp into an ImageError. */
export function unreadable(name: string): (cause: unknown) => never {
  return (cause) => {
    const reason = firstLine(cause);
    let received = reason === '' ? 'a damaged one' : `a damaged one: ${reason}`;
    if (/unsupported image format/.test(reason)) received = 'a file of another kind';
    if (isDiskFault(cause)) {
      const expected = 'room for temporary files';
      throw new ImageError({ expected, name, received: firstLine(cause) }, { cause });
    }
    if (/^timeout/.test(reason)) received = 'one that takes too long to decode';
    throw new ImageError({ expected: 'a whole picture file', name, received }, { cause });
  };
}

/** The libraries below report several lines, or nothing helpful; users get one line at most. */
export function firstLine(error: unknown): string {
  const message = messageOf(error);
  const lines = message.replace(/^(Input \w+ has corrupt header:|Unknown error)/, '').split('\n');
  return lines.map((line) => line.trim()).find((line) => line !== '') ?? '';
}

/** Recognises the format by content, before any decoder sees the file. */
async function formatOf(
  file: PictureFile,
  { allowSvg = false }: InspectOptions,
): Promise<{ format: SourceFormat; tags?: TiffTags }> {
  const found = recognise(file.head);
  const refuse = (received: string, remedy?: string): never => {
    const problem = { expected: 'a whole picture file', name: file.name, received };
    throw new ImageError(remedy === undefined ? problem : { ...problem, remedy });
  };
  if ('other' in found) {
    const isUnknown = found.other === 'a file of another kind';
    return refuse(found.other, isUnknown ? undefined : 'convert it to JPEG or PNG first');
  }
  const { format } = found;
  if (format === 'svg' && !allowSvg) {
    return refuse('an SVG drawing', 'convert it to PNG first; only programs can ask for it, with allowSvg');
  }
  if (format === 'heic' && !readsHeic()) {
    const remedy = `npm install ${HEIC_PACKAGE} (LGPL), or export it as JPEG or PNG first`;
    return refuse('HEIC, for which no decoder is installed', remedy);
  }
  if ((format === 'avif' || format === 'heic') && claimedSide(file.head) > LARGEST_SIDE) {
    return refuse(`a damaged one: ${claimedSide(file.head)} pixels a side`);
  }
  if (format !== 'tiff') return { format };
  const tags = await readTiffTags(file);
  if (isCameraRaw(tags)) {
    return refuse(
      'a camera’s raw file, of which only a preview can be read',
      'develop it to JPEG or TIFF first',
    );
  }
  checkTiff(tags, file.name);
  return { format, tags };
}

/** Checks that libvips chose the decoder of the recognised format. */
function checkLoader(metadata: Metadata, format: SourceFormat, name: string): void {
  const { format: loader, compression } = metadata;
  const expected = format === 'avif' || format === 'heic' ? 'heif' : format;
  const codec = format === 'avif' ? 'av1' : format === 'heic' ? 'hevc' : undefined;
  if (loader === expected && compression === codec) return;
  if (format === 'tiff' && loader === 'tiff') return;
  const received = `a damaged one: ${format} outside, ${compression ?? loader} inside`;
  throw new ImageError({ expected: 'a whole picture file', name, received });
}

/** Only unsigned samples of 8 and 16 bits have an agreed meaning; others would come out black. */
function checkSamples({ depth, channels, space }: Metadata, name: string): void {
  if (depth !== 'uchar' && depth !== 'ushort') {
    const expected = '8 or 16 bits a channel';
    const received = `samples of type ${depth}`;
    throw new ImageError({ expected, name, received, remedy: 'convert it to 16 bits first' });
  }
  const colours = space === 'cmyk' ? 4 : 3;
  const known = ['srgb', 'rgb', 'b-w', 'rgb16', 'grey16', 'cmyk', 'lab'].includes(space);
  if (known && channels <= colours + 1) return;
  const expected = 'a greyscale, RGB or CMYK picture, with or without alpha,';
  throw new ImageError({ expected, name, received: `${channels} channels of ${space}` });
}

function checkPixels({ width, height }: Metadata, name: string, { limitPixels }: Limits): void {
  if (width * height <= limitPixels) return;
  throw new ImageError({
    expected: `a picture of at most ${limitPixels} pixels`,
    name,
    received: `${width}×${height} = ${width * height}`,
    remedy: 'raise limitPixels if you trust it',
  });
}

function profileOf({ icc, channels, hasAlpha }: Metadata): PictureSource['profile'] {
  if (icc === undefined) return 'none';
  const colours = channels - (hasAlpha ? 1 : 0);
  return colours === 3 && isSrgbProfile(icc) ? 'srgb' : 'other';
}

function carried({ exif, xmp, density }: Metadata): PictureMetadata {
  return {
    ...(exif === undefined ? {} : { exif: new Uint8Array(exif) }),
    ...(xmp === undefined ? {} : { xmp: new Uint8Array(xmp) }),
    ...defined({ density }),
  };
}
