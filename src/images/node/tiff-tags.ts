/** The tags of a TIFF file's first picture: camera raw files, and colours that libvips does not read. */

import type { PictureFile } from './picture-file.ts';

/** Tags of TIFF 6.0, and of DNG 1.7. */
export const tiffTags = {
  newSubfileType: 254,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  transferFunction: 301,
  whitePoint: 318,
  primaryChromaticities: 319,
  yCbCrCoefficients: 529,
  yCbCrSubSampling: 530,
  referenceBlackWhite: 532,
  dngVersion: 50_706,
} as const;

/** Values of tags by number; fractions as one number each. */
export type TiffTags = ReadonlyMap<number, readonly number[]>;

/** More entries than any real directory has. */
const MOST_ENTRIES = 512;

/** Values beyond these are not read: strips may be many. */
const MOST_VALUES = 16;

/** Bytes of a value by type. Other types than numbers are left out. */
const typeBytes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 5: 8, 16: 8 };

/** Reads the first directory; whatever is damaged is left out, since the decoder will say so. */
export async function readTiffTags(file: PictureFile): Promise<TiffTags> {
  const head = viewOf(file.head);
  const tags = new Map<number, readonly number[]>();
  if (head.byteLength < 16) return tags;
  const little = head.getUint8(0) === 0x49;
  const big = head.getUint16(2, little) === 43;
  const long = (view: DataView, at: number) =>
    big ? Number(view.getBigUint64(at, little)) : view.getUint32(at, little);
  const [countBytes, entryBytes, room] = big ? [8, 20, 8] : [2, 12, 4];
  const directory = viewOf(
    await file.readAt(long(head, big ? 8 : 4), countBytes + entryBytes * MOST_ENTRIES),
  );
  if (directory.byteLength < countBytes) return tags;
  const count = big ? Number(directory.getBigUint64(0, little)) : directory.getUint16(0, little);
  for (let i = 0; i < count; i++) {
    const at = countBytes + i * entryBytes;
    if (at + entryBytes > directory.byteLength) break;
    const bytes = typeBytes[directory.getUint16(at + 2, little)];
    const values = Math.min(MOST_VALUES, long(directory, at + 4));
    if (bytes === undefined) continue;
    const place = at + entryBytes - room;
    const inside = bytes * long(directory, at + 4) <= room;
    const data = inside
      ? new DataView(directory.buffer, directory.byteOffset + place, room)
      : viewOf(await file.readAt(long(directory, place), bytes * values));
    if (data.byteLength < bytes * values) continue;
    tags.set(
      directory.getUint16(at, little),
      Array.from({ length: values }, (_, k) => valueAt(data, k * bytes, bytes, little)),
    );
  }
  return tags;
}

function valueAt(data: DataView, at: number, bytes: number, little: boolean): number {
  if (bytes === 1) return data.getUint8(at);
  if (bytes === 2) return data.getUint16(at, little);
  return bytes === 4
    ? data.getUint32(at, little)
    : data.getUint32(at, little) / data.getUint32(at + 4, little);
}

/**
 * Whether a TIFF file is a camera's raw file (DNG, NEF, ARW …). Such files begin with a small preview, which
 * would be read instead of the picture. Only the first directory is examined.
 */
export function isCameraRaw(tags: TiffTags): boolean {
  // Bit 0: a reduced version of another picture in this file.
  const isPreview = ((tags.get(tiffTags.newSubfileType)?.[0] ?? 0) & 1) === 1;
  return isPreview || tags.has(tiffTags.dngVersion);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
