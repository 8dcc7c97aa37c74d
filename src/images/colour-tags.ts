/** What files of PNG and AVIF say about their colours beside ICC profiles. Works in Node and browsers. */

import { type ColourSpace, isSpan, isSrgb, spaceOfCodes, srgbPrimaries } from './colour-space.ts';
import type { SourceFormat } from './formats.ts';

/** At most `length` bytes of a file from `offset`; fewer at the end. */
export type ReadAt = (offset: number, length: number) => Promise<Uint8Array>;

/** A file's own words about its colours. */
export interface ColourTag {
  /** The space to convert from; none if the words make no sense here. */
  readonly space?: ColourSpace;
  /** The words in short, for messages. */
  readonly words: string;
  /** Whether they count more than an ICC profile. */
  readonly overProfile: boolean;
}

/** The tag of a file; undefined for sRGB, and for formats that have none. */
export async function colourTag(format: SourceFormat, readAt: ReadAt): Promise<ColourTag | undefined> {
  try {
    if (format === 'png') return await pngTag(readAt);
    return format === 'avif' || format === 'heic' ? await avifTag(readAt) : undefined;
  } catch (error) {
    // The file is damaged, which its decoder will say.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** No file has as many chunks or boxes before its pixels. */
const MOST_PARTS = 1000;

/** PNG, third edition: cICP counts more than iCCP, that more than sRGB, and that more than gAMA and cHRM. */
async function pngTag(readAt: ReadAt): Promise<ColourTag | undefined> {
  const chunks = new Map<string, DataView>();
  for (let at = 8, i = 0; i < MOST_PARTS; i++) {
    const head = viewOf(await readAt(at, 8));
    if (head.byteLength < 8) break;
    const [length, type] = [head.getUint32(0), textAt(head, 4)];
    if (type === 'IDAT' || type === 'IEND') break;
    if (['cICP', 'gAMA', 'cHRM', 'sRGB', 'iCCP'].includes(type) && !chunks.has(type)) {
      chunks.set(type, viewOf(await readAt(at + 8, Math.min(length, 32))));
    }
    at += 12 + length;
  }
  const cicp = chunks.get('cICP');
  if (cicp !== undefined && cicp.byteLength >= 4) {
    const [primaries, transfer, matrix, range] = [0, 1, 2, 3].map((i) => cicp.getUint8(i));
    const isRgb = matrix === 0 && range === 1;
    return cicpTag(primaries ?? 0, transfer ?? 0, isRgb);
  }
  if (chunks.has('iCCP') || chunks.has('sRGB')) return undefined;
  return measuredTag(chunks.get('gAMA'), chunks.get('cHRM'));
}

/** Curves of cameras. Browsers show PNG of these as on the display that BT.1886 describes. */
const cameraCurves = [1, 6, 14, 15];

function cicpTag(primaries: number, transfer: number, isRgb: boolean): ColourTag {
  const words = `cICP ${primaries}/${transfer}`;
  const space = isRgb ? spaceOfCodes(primaries, transfer) : undefined;
  if (space === undefined) return { words, overProfile: true };
  if (!cameraCurves.includes(transfer)) return { space, words, overProfile: true };
  return { space: { ...space, transfer: { kind: 'gamma', gamma: 2.4 } }, words, overProfile: true };
}

const USUAL_GAMMA = 45_455;

/** The tag of a gamma and of chromaticities, each a number times 100,000. */
function measuredTag(gama: DataView | undefined, chrm: DataView | undefined): ColourTag | undefined {
  const gamma = gama !== undefined && gama.byteLength >= 4 ? gama.getUint32(0) : 0;
  const xy = (at: number): [number, number] => {
    return [(chrm?.getUint32(at) ?? 0) / 1e5, (chrm?.getUint32(at + 4) ?? 0) / 1e5];
  };
  const isWhole = chrm !== undefined && chrm.byteLength >= 32;
  const primaries = isWhole ? ([xy(8), xy(16), xy(24), xy(0)] as const) : srgbPrimaries;
  if (gamma === 0 || !isSpan(primaries)) {
    // Without a curve the chromaticities are of no use: browsers leave such pictures as they are.
    const isPlain = isSrgb({ primaries, transfer: { kind: 'srgb' } });
    return isPlain ? undefined : { words: 'cHRM without a curve', overProfile: false };
  }
  // Programs wrote this about all pictures; it was meant to be the curve of sRGB.
  if (!isWhole && Math.abs(gamma - USUAL_GAMMA) < 100) return undefined;
  const space = { primaries, transfer: { kind: 'gamma', gamma: 1e5 / gamma } } as const;
  return { space, words: isWhole ? 'gAMA and cHRM' : `gAMA ${gamma / 1e5}`, overProfile: false };
}

/** More than the boxes before the pixels of any real file take. */
const LARGEST_META = 2 ** 22;

/** The `nclx` of the primary item (ISO/IEC 14496-12, 23008-12). A profile beside it counts more. */
async function avifTag(readAt: ReadAt): Promise<ColourTag | undefined> {
  for (let at = 0, i = 0; i < MOST_PARTS; i++) {
    const box = boxIn(viewOf(await readAt(at, 16)), 0);
    if (box === undefined || box.size === 0) return undefined;
    if (box.type === 'meta') {
      const length = Math.min(box.size, LARGEST_META);
      return nclxIn(viewOf(await readAt(at, length)), box.start + 4);
    }
    at += box.size;
  }
  return undefined;
}

function nclxIn(meta: DataView, start: number): ColourTag | undefined {
  const inMeta = boxesIn(meta, start, meta.byteLength);
  const pitm = inMeta.find(({ type }) => type === 'pitm');
  const iprp = inMeta.find(({ type }) => type === 'iprp');
  if (pitm === undefined || iprp === undefined) return undefined;
  const inIprp = boxesIn(meta, iprp.start, iprp.end);
  const ipco = inIprp.find(({ type }) => type === 'ipco');
  if (ipco === undefined) return undefined;
  const properties = boxesIn(meta, ipco.start, ipco.end);
  const wide = meta.getUint8(pitm.start) > 0;
  const primary = wide ? meta.getUint32(pitm.start + 4) : meta.getUint16(pitm.start + 4);
  for (const ipma of inIprp.filter(({ type }) => type === 'ipma')) {
    for (const index of propertiesOf(primary, meta, ipma)) {
      const colr = properties[index - 1];
      if (colr?.type !== 'colr' || textAt(meta, colr.start) !== 'nclx') continue;
      return nclxTag(meta.getUint16(colr.start + 4), meta.getUint16(colr.start + 6));
    }
  }
  return undefined;
}

function nclxTag(primaries: number, transfer: number): ColourTag | undefined {
  const space = spaceOfCodes(primaries, transfer);
  if (space !== undefined && isSrgb(space)) return undefined;
  const words = `nclx ${primaries}/${transfer}`;
  return space === undefined ? { words, overProfile: false } : { space, words, overProfile: false };
}

/** Numbers of an item's properties, counted from 1. */
function propertiesOf(item: number, meta: DataView, { start }: Box): number[] {
  const [version, flags] = [meta.getUint8(start), meta.getUint8(start + 3)];
  const [idBytes, indexBytes] = [version > 0 ? 4 : 2, flags & 1 ? 2 : 1];
  const numberAt = (at: number, bytes: number) =>
    bytes === 4 ? meta.getUint32(at) : bytes === 2 ? meta.getUint16(at) : meta.getUint8(at);
  let at = start + 8;
  for (let i = 0; i < meta.getUint32(start + 4); i++) {
    const id = numberAt(at, idBytes);
    const count = meta.getUint8(at + idBytes);
    at += idBytes + 1;
    if (id === item) {
      // The highest bit says whether a reader must know the property.
      const mask = indexBytes === 2 ? 0x7fff : 0x7f;
      return Array.from({ length: count }, (_, k) => numberAt(at + k * indexBytes, indexBytes) & mask);
    }
    at += count * indexBytes;
  }
  return [];
}

interface Box {
  readonly type: string;
  /** Of the content. */
  readonly start: number;
  readonly end: number;
  /** With its head; 0 for a box up to the end of the file. */
  readonly size: number;
}

function boxesIn(view: DataView, from: number, to: number): Box[] {
  const boxes: Box[] = [];
  for (let at = from; at + 8 <= to; ) {
    const box = boxIn(view, at);
    if (box === undefined || box.end > to || box.size === 0) break;
    boxes.push(box);
    at += box.size;
  }
  return boxes;
}

function boxIn(view: DataView, at: number): Box | undefined {
  if (at + 8 > view.byteLength) return undefined;
  const [short, type] = [view.getUint32(at), textAt(view, at + 4)];
  if (short !== 1)
    return short > 0 && short < 8 ? undefined : { type, start: at + 8, end: at + short, size: short };
  if (at + 16 > view.byteLength) return undefined;
  const size = Number(view.getBigUint64(at + 8));
  return size < 16 ? undefined : { type, start: at + 16, end: at + size, size };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function textAt(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}
