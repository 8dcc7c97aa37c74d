/** Decoding of picture files to pixels in sRGB, by sharp. Node only. */

import sharp, { type Sharp } from 'sharp';
import type { ImageSize, Samples } from '../image.ts';
import { alone, among, judged } from './alone.ts';
import { type Decoding, firstLine, type PictureSource, unreadable } from './inspect.ts';
import { turnedSize, turnSamples } from './metadata.ts';
import type { PictureFile } from './picture-file.ts';

/** A picture file that has been inspected. */
export interface Inspected {
  readonly file: PictureFile;
  readonly source: PictureSource;
  readonly decoding: Decoding;
}

/** Decoded pixels. */
export interface DecodedPixels extends ImageSize {
  /** Interleaved, three or four channels. */
  readonly samples: Samples;
  /** The sample that stands for 1. */
  readonly white: number;
}

/** Options of {@link decodePixels} and {@link decodeToFile}. */
export interface DecodeOptions {
  /** Called for each tolerable fault. Without it, such a file is refused. */
  readonly onWarning?: ((line: string) => void) | undefined;
}

/** libvips shifts samples of 8 bits up to 16 bits and leaves the lower bits empty. */
const MOVED_UP = 255 * 256;

/** Resizing always uses Lanczos-3 to reduce; libvips enlarges with its bicubic. */
const filter = { fit: 'fill', kernel: 'lanczos3' } as const;

/**
 * Decodes a picture into memory: upright, in sRGB, at a size.
 *
 * @param size of the upright picture
 * @throws ImageError if it is damaged
 */
export async function decodePixels(
  inspected: Inspected,
  size: ImageSize,
  options: DecodeOptions,
): Promise<DecodedPixels> {
  const { source, decoding } = inspected;
  const { orientation } = source;
  const stored = turnedSize(size, orientation);
  if (!takesTwoSteps(inspected, stored)) {
    return withFaults(inspected, options, async (failOn) => {
      const picture = pipeline(inspected, failOn).autoOrient();
      return toPixels(isSize(source, size) ? picture : picture.resize({ ...size, ...filter }), inspected);
    });
  }
  const whole = await withFaults(inspected, options, async (failOn) =>
    toPixels(pipeline(inspected, failOn), inspected),
  );
  const white = source.depth === 8 ? MOVED_UP : decoding.white;
  const resized = await resizeSamples(whole.samples, decoding.stored, stored, white);
  return { ...size, samples: turnSamples(resized.samples, stored, orientation), white };
}

/**
 * Decodes a picture into a file of libvips' own format: as stored, not turned, in sRGB, at a size. Takes
 * little memory for any size, if the format's decoder does.
 *
 * @param size of the picture as stored
 * @param path of the new file, ending in `.v`
 * @param between path of a file for intermediate pixels, ending in `.tif`
 * @returns the sample that stands for 1
 * @throws ImageError if it is damaged
 */
export async function decodeToFile(
  inspected: Inspected,
  size: ImageSize,
  path: string,
  between: string,
  options: DecodeOptions,
): Promise<number> {
  const { source, decoding, file } = inspected;
  if (!takesTwoSteps(inspected, size)) {
    await withFaults(inspected, options, async (failOn) => {
      const picture = pipeline(inspected, failOn);
      const sized = isSize(decoding.stored, size) ? picture : picture.resize({ ...size, ...filter });
      await sized.toFile(path).catch(unreadable(file.name));
    });
    return decoding.white;
  }
  await withFaults(inspected, options, async (failOn) => {
    // Not .v: libvips maps such a file into memory as a whole when it reads it.
    const tiff = { compression: 'none', predictor: 'none', bigtiff: true } as const;
    await pipeline(inspected, failOn).tiff(tiff).toFile(between).catch(unreadable(file.name));
  });
  await deep(sharp(between, { limitInputPixels: false }))
    .resize({ ...size, ...filter })
    .toFile(path)
    .catch(unreadable(file.name));
  return source.depth === 16 ? decoding.white : MOVED_UP;
}

/**
 * Resizes interleaved samples with colours weighted by their alpha. Works in 16 bits, since 8 are too few for
 * colours multiplied by a small alpha.
 *
 * @param white the sample that stands for 1 in the result
 */
export async function resizeSamples(
  samples: Samples,
  { width, height }: ImageSize,
  size: ImageSize,
  white: number,
): Promise<DecodedPixels> {
  const channels = samples.length / (width * height) === 4 ? 4 : 3;
  const picture = sharp(samples, { raw: { width, height, channels }, limitInputPixels: false });
  const { data, info } = await deep(picture)
    .resize({ ...size, ...filter })
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  return { samples: words(data), width: info.width, height: info.height, white };
}

/** Bytes of the files that {@link decodeToFile} writes. */
export function bytesOnDisk(inspected: Inspected, size: ImageSize): number {
  const { source, decoding } = inspected;
  const bytes = ({ width, height }: ImageSize, sample: number): number =>
    width * height * sample * (source.hasAlpha ? 4 : 3);
  if (!takesTwoSteps(inspected, size)) return bytes(size, source.depth / 8);
  return bytes(decoding.stored, source.depth / 8) + bytes(size, 2);
}

/** Transparent pictures are resized in two steps: sharp would multiply by alpha in the file's 8 bits. */
export function takesTwoSteps({ source, decoding }: Inspected, stored: ImageSize): boolean {
  return source.hasAlpha && !isSize(decoding.stored, stored);
}

function isSize(a: ImageSize, b: ImageSize): boolean {
  return a.width === b.width && a.height === b.height;
}

/** In 'error', a file that ends early fails too. */
type FailOn = 'none' | 'error' | 'warning';

/** The file in sRGB, at its own depth, neither turned nor resized. */
function pipeline({ file, source, decoding }: Inspected, failOn: FailOn): Sharp {
  const { ignoreProfile, fromP3, seconds } = decoding;
  // The limit was applied to the size in the header, and decoders hold files to their headers.
  const picture = sharp(file.input, { failOn, ignoreIcc: ignoreProfile, limitInputPixels: false });
  const inSpace = source.depth === 16 ? picture.toColourspace('rgb16') : picture;
  return (fromP3 ? inSpace.withIccProfile('srgb') : inSpace).timeout({ seconds });
}

function deep(picture: Sharp): Sharp {
  return picture.pipelineColourspace('rgb16').toColourspace('rgb16');
}

async function toPixels(picture: Sharp, { file, source, decoding }: Inspected): Promise<DecodedPixels> {
  const sixteen = source.depth === 16;
  const { data, info } = await picture
    .raw(sixteen ? { depth: 'ushort' } : {})
    .toBuffer({ resolveWithObject: true })
    .catch(unreadable(file.name));
  const samples = sixteen ? words(data) : data;
  return { samples, width: info.width, height: info.height, white: decoding.white };
}

/**
 * Decodes strictly. A JPEG that ends early or has faults is decoded as far as possible if the caller takes
 * warnings. Other formats are refused: their decoders turn half a file into anything from a blurred picture
 * to noise. At which level a decoder fails is the file's own doing; the text is so only if it works alone.
 */
async function withFaults<T>(
  inspected: Inspected,
  { onWarning }: DecodeOptions,
  decode: (failOn: FailOn) => Promise<T>,
): Promise<T> {
  const { source } = inspected;
  if (source.format !== 'jpeg' || onWarning === undefined) return judged(() => decode('error'));
  const strict = await passed(() => decode('warning'));
  if (strict !== undefined) return strict.result;
  // Before the others, since each writes its pixels over those of the one before.
  const text = await alone(() => decode('warning')).then(() => '', firstLine);
  const whole = await passed(() => decode('error'));
  if (whole !== undefined) {
    // Other warnings are about something invisible.
    if (isCorruption(text)) {
      onWarning(`${source.name} has faults: parts of it may be grey or wrong; fetch or export it again`);
    }
    return whole.result;
  }
  const part = await passed(() => decode('none'));
  // Either a real error, or nothing of the picture is there.
  if (part === undefined || (await isEmpty(inspected))) return alone(() => decode('error'));
  const missing = 'ends before its picture does: what is missing is grey or coarse';
  onWarning(`${source.name} ${missing}; fetch or export it again`);
  return part.result;
}

/** The result of decoding beside others; undefined if it fails. */
async function passed<T>(decode: () => Promise<T>): Promise<{ readonly result: T } | undefined> {
  return among(decode).then(
    (result) => ({ result }),
    () => undefined,
  );
}

/**
 * Whether a JPEG was cut off before its pixels. The decoder then makes one block of 16 pixels of the bytes
 * behind the end and continues with the last grey of that block.
 */
async function isEmpty(inspected: Inspected): Promise<boolean> {
  const { width, height } = inspected.decoding.stored;
  if (width <= 16) return false;
  const samples = await among(() =>
    pipeline(inspected, 'none')
      .extract({ left: 16, top: 0, width: width - 16, height })
      .resize({ width: 64, height: 64, fit: 'fill', kernel: 'nearest' })
      .raw()
      .toBuffer(),
  ).catch(unreadable(inspected.file.name));
  return samples.every((value, i) => value === samples[i % 3]);
}

/** Whether a message of libjpeg is about pixels. Bytes too many between its parts are not. */
function isCorruption(message: string): boolean {
  return /Corrupt JPEG data: (?!\d+ extraneous)/.test(message);
}

/** A view of bytes as 16-bit numbers. */
function words(bytes: Uint8Array): Uint16Array {
  const aligned = bytes.byteOffset % 2 === 0 ? bytes : new Uint8Array(bytes);
  return new Uint16Array(aligned.buffer, aligned.byteOffset, bytes.byteLength / 2);
}
