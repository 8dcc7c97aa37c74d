/**
 * HEIC, which sharp's ready-made builds cannot decode: by libheif-js, if users have installed it. Its
 * licence, the LGPL, is not that of this package, so it is none of its dependencies. Node only.
 */

import { createHash } from 'node:crypto';
import { deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { ImageError } from '../../errors.ts';
import { openRegular, readRegular } from '../../files/regular.ts';
import { HEAD_BYTES, recognise } from '../formats.ts';
import type { FileInput } from './file-input.ts';
import { checkMemory, type Limits } from './limits.ts';
import { openPictureFile, type PictureFile } from './picture-file.ts';
import { chunk } from './png-chunk.ts';

/** The package to install. */
export const HEIC_PACKAGE = 'libheif-js';

/** Bytes of decoded files that are kept, since a file is inspected before it is read. */
const KEPT_BYTES = 128e6;
const decoded = new Map<string, Uint8Array>();

/** Bytes at the beginning of a file among which it lists its items. */
const LISTED_BYTES = 65_536;

/** Length of a PNG's signature and header. Colours follow them. */
const HEADER_BYTES = 33;

/** Transfer functions of cameras, which viewers show as sRGB (ITU-T H.273). */
const CAMERA_CURVES = [1, 6, 14, 15];
const SRGB_CURVE = 13;
const SRGB_PRIMARIES = 1;
const UNSPECIFIED = 2;

/** Whether sharp has a decoder for HEIC. Builds that use the system's libvips may have one. */
export function readsHeic(): boolean {
  return sharp.format.heif.input.fileSuffix?.includes('.heic') ?? false;
}

/**
 * Whether a HEIC file may have an alpha channel, which its first bytes name. False for files that cannot be
 * read.
 */
export async function holdsAlphaItem(path: string): Promise<boolean> {
  const opened = await openRegular(path).catch(() => undefined);
  if (opened === undefined) return false;
  try {
    const head = Buffer.alloc(LISTED_BYTES);
    const { bytesRead } = await opened.file.read(head, 0, LISTED_BYTES, 0);
    return /:auxid:1\0|auxiliary:alpha/.test(head.toString('latin1', 0, bytesRead));
  } finally {
    await opened.file.close();
  }
}

/**
 * As `openPictureFile`; a HEIC becomes a PNG of the same pixels and colours, without its metadata, if sharp
 * cannot decode it and libheif-js can.
 */
export async function openDecodable(input: FileInput, name: string, limits: Limits): Promise<PictureFile> {
  const file = await openPictureFile(input, name, limits.limitBytes);
  const found = recognise(file.head);
  if (!('format' in found) || found.format !== 'heic' || readsHeic()) return file;
  const decoder = await loadDecoder();
  if (decoder === undefined) return file;
  try {
    const bytes = typeof file.input === 'string' ? await readRegular(file.input) : file.input;
    const png = await decodeOnce(bytes, (whole) => toPng(decoder, whole, name, limits));
    return {
      name,
      input: png,
      head: png.subarray(0, HEAD_BYTES),
      original: 'heic',
      readAt: async (offset, length) => png.subarray(offset, offset + length),
      close: async () => {},
    };
  } finally {
    await file.close();
  }
}

interface HeifImage {
  get_width(): number;
  get_height(): number;
  is_primary(): boolean;
  /** Calls back with RGBA pixels, upright, or null for a damaged picture. */
  display(
    target: { data: Uint8ClampedArray; width: number; height: number },
    done: (filled: { data: Uint8ClampedArray } | null) => void,
  ): void;
  free(): void;
}

interface Decoder {
  decode(bytes: Uint8Array): HeifImage[];
}

/** The part of libheif-js that is used; the package has no types of its own. */
interface LibHeif {
  readonly default: { readonly HeifDecoder: new () => Decoder };
}

let loading: Promise<Decoder | undefined> | undefined;

/** One decoder for all files: it frees the one before. */
async function loadDecoder(): Promise<Decoder | undefined> {
  const file: string = `${HEIC_PACKAGE}/wasm-bundle.js`;
  loading ??= import(file).then(
    (module: LibHeif) => new module.default.HeifDecoder(),
    () => undefined,
  );
  return loading;
}

/** The end of the last decoding. One at a time holds less memory, and keeps the console in order. */
let last: Promise<unknown> = Promise.resolve();

async function decodeOnce(
  bytes: Uint8Array,
  decode: (bytes: Uint8Array) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const key = createHash('sha256').update(bytes).digest('hex');
  const decoding = last.then(async () => {
    const png = decoded.get(key) ?? (await quietly(() => decode(bytes)));
    // Those of late come last.
    decoded.delete(key);
    decoded.set(key, png);
    let kept = [...decoded.values()].reduce((sum, { length }) => sum + length, 0);
    for (const [old, { length }] of decoded) {
      if (kept <= KEPT_BYTES) break;
      decoded.delete(old);
      kept -= length;
    }
    return png;
  });
  last = decoding.catch(() => {});
  return decoding;
}

/** What libheif-js tells the console, where results of commands go. Its faults are reported as errors. */
const CHATTER = /^(Decoding image failed|Could not |Error loading image ids|No images found)/;

async function quietly<T>(work: () => Promise<T>): Promise<T> {
  const { log } = console;
  console.log = (...words: unknown[]) => {
    if (!CHATTER.test(String(words[0]))) log(...words);
  };
  try {
    return await work();
  } finally {
    console.log = log;
  }
}

async function toPng(
  decoder: Decoder,
  bytes: Uint8Array,
  name: string,
  { limitPixels }: Limits,
): Promise<Uint8Array> {
  const pictures = damagedUnless(name, () => decoder.decode(bytes));
  try {
    const picture = pictures.find((one) => one.is_primary()) ?? pictures[0];
    if (picture === undefined) throw damaged(name);
    const [width, height] = [picture.get_width(), picture.get_height()];
    if (width * height > limitPixels) {
      throw new ImageError({
        expected: `a picture of at most ${limitPixels} pixels`,
        name,
        received: `${width}×${height} = ${width * height}`,
        remedy: 'raise limitPixels if you trust it',
      });
    }
    // The decoder's own planes, their RGBA, and this copy.
    checkMemory(12 * width * height, name, `${width}×${height} pixels`, 'export it as JPEG first');
    const target = { data: new Uint8ClampedArray(4 * width * height), width, height };
    const filled = await new Promise<{ data: Uint8ClampedArray } | null>((resolve) => {
      damagedUnless(name, () => picture.display(target, resolve));
    });
    if (filled === null) throw damaged(name);
    const raw = { raw: { width, height, channels: 4 } } as const;
    const opaque = filled.data.every((value, i) => i % 4 < 3 || value === 255);
    const pixels = sharp(filled.data, { ...raw, limitInputPixels: false });
    const png = await (opaque ? pixels.removeAlpha() : pixels).png({ compressionLevel: 1 }).toBuffer();
    return Buffer.concat([png.subarray(0, HEADER_BYTES), colours(bytes), png.subarray(HEADER_BYTES)]);
  } finally {
    for (const picture of pictures) picture.free();
  }
}

function damaged(name: string): ImageError {
  return new ImageError({ expected: 'a whole picture file', name, received: 'a damaged one' });
}

function damagedUnless<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch {
    throw damaged(name);
  }
}

/** The colours that a HEIC's `colr` box names, as a chunk of PNG; empty if they are sRGB's. */
function colours(bytes: Uint8Array): Uint8Array {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const profile = file.indexOf('colrprof');
  if (profile >= 4) {
    const icc = file.subarray(profile + 8, profile - 4 + file.readUInt32BE(profile - 4));
    return chunk('iCCP', Buffer.from('HEIC\0\0', 'latin1'), deflateSync(icc));
  }
  const coded = file.indexOf('colrnclx');
  if (coded < 4 || coded + 12 > file.length) return new Uint8Array();
  const [primaries, curve] = [file.readUInt16BE(coded + 8), file.readUInt16BE(coded + 10)];
  const transfer = CAMERA_CURVES.includes(curve) ? SRGB_CURVE : curve;
  const isPlain = primaries === SRGB_PRIMARIES && transfer === SRGB_CURVE;
  if (isPlain || [primaries, transfer].includes(UNSPECIFIED)) return new Uint8Array();
  return chunk('cICP', Uint8Array.of(primaries, transfer, 0, 1));
}
