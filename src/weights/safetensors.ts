/** The safetensors file format (https://github.com/huggingface/safetensors): named tensors of floats. */

import { WeightsError } from '../errors.ts';
import { fileFault } from './file-fault.ts';
import { foreignFile } from './foreign.ts';
import { brainToFloats, floatsToHalves, halvesToFloats, overflowsHalf } from './half.ts';

/** One tensor: `data` holds the float32 values in row-major order, as many as the product of `shape`. */
export interface WeightTensor {
  /** Lengths of the axes, e.g. `[64, 3, 3, 3]`; `[]` is a single number. */
  shape: readonly number[];
  data: Float32Array;
}

/** Tensors by name, in the order of the file. */
export type WeightMap = Map<string, WeightTensor>;

/** Format of values in the file. In memory they are always float32. */
type WeightDtype = 'F32' | 'F16';

/** Contents of a safetensors file. */
export interface SafetensorsContent {
  tensors: WeightMap;
  /** The free text fields of `__metadata__`; empty if the file has none. */
  metadata: Record<string, string>;
}

/** Options of {@link writeSafetensors}. */
export interface SafetensorsOptions {
  /**
   * Default `'F32'`. `'F16'` halves the size and rounds to nearest, ties to even. A function chooses per
   * tensor.
   */
  dtype?: WeightDtype | ((name: string) => WeightDtype);
  /** Stored as `__metadata__`. */
  metadata?: Record<string, string>;
}

interface Entry {
  name: string;
  dtype: keyof typeof bytesPerValue;
  shape: number[];
  begin: number;
  end: number;
}

/** Formats that are read. */
const bytesPerValue = { F32: 4, F16: 2, BF16: 2 };
const metadataKey = '__metadata__';
/** The limit of the reference implementation, against files with absurdly large headers. */
const maximumHeaderBytes = 100_000_000;
const damaged = 'the file is damaged or incomplete: fetch it again';
const fileError = fileFault(damaged);

/**
 * Reads a safetensors file. The values are copied, so `bytes` can be released. The format is little-endian,
 * and so is every machine that ONNX Runtime runs on.
 *
 * @param bytes the whole file
 * @param source the file name, for messages
 * @throws WeightsError if it is a file of another kind, the header or the layout is wrong, or a tensor is
 *   neither F32, F16 nor BF16
 */
export function readSafetensors(bytes: Uint8Array, source = 'safetensors data'): SafetensorsContent {
  const foreign = foreignFile(bytes);
  if (foreign !== undefined) {
    const { kind, remedy } = foreign;
    throw fileError('a safetensors file', 'the weights', kind, source, { remedy });
  }
  const { header, dataStart } = readHeader(bytes, source);
  const { [metadataKey]: rawMetadata = {}, ...rawEntries } = header;
  const metadata = checkMetadata(rawMetadata, source);
  const entries = Object.entries(rawEntries).map(([name, raw]) => checkEntry(name, raw, source));
  // JavaScript moves keys such as "0" to the front of an object; the offsets give the true order.
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkLayout(entries, bytes.length - dataStart, source);

  const tensors: WeightMap = new Map();
  for (const { name, dtype, shape, begin, end } of entries) {
    // The copy aligns the values, which may start at any byte of the file.
    const { buffer } = new Uint8Array(bytes.subarray(dataStart + begin, dataStart + end));
    const toFloats = dtype === 'F16' ? halvesToFloats : brainToFloats;
    const data = dtype === 'F32' ? new Float32Array(buffer) : toFloats(new Uint16Array(buffer));
    tensors.set(name, { shape, data });
  }
  return { tensors, metadata };
}

/**
 * Writes tensors as a safetensors file, in the order of the map: equal input gives equal bytes.
 * The header is padded with spaces so that the data start at a multiple of 8 bytes.
 *
 * @throws WeightsError if a shape does not fit its data, a name is reserved, or a finite value would become
 *   infinite as F16 (magnitude 65520 or more); infinities and NaN themselves are stored
 */
export function writeSafetensors(tensors: WeightMap, options: SafetensorsOptions = {}): Uint8Array {
  const { dtype: choice = 'F32', metadata } = options;
  const dtypeOf = typeof choice === 'string' ? () => choice : choice;
  // Joined by hand: an object would move names such as "0" to the front.
  const fields = metadata === undefined ? [] : [`"${metadataKey}":${JSON.stringify(metadata)}`];
  let end = 0;
  for (const [name, { shape, data }] of tensors) {
    const dtype = dtypeOf(name);
    checkWritable(name, shape, data, dtype);
    const begin = end;
    end += data.length * bytesPerValue[dtype];
    fields.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
  }

  const header = new TextEncoder().encode(`{${fields.join(',')}}`);
  const headerLength = Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(8 + headerLength + end);
  new DataView(file.buffer).setBigUint64(0, BigInt(headerLength), true);
  file.set(header, 8);
  file.fill(0x20, 8 + header.length, 8 + headerLength);
  let position = 8 + headerLength;
  for (const [name, { data }] of tensors) {
    const values = dtypeOf(name) === 'F32' ? data : floatsToHalves(data);
    file.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), position);
    position += values.byteLength;
  }
  return file;
}

function readHeader(
  bytes: Uint8Array,
  source: string,
): { header: Record<string, unknown>; dataStart: number } {
  if (bytes.length < 8) {
    throw fileError('at least 8 bytes', 'the file', `${bytes.length}`, source);
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  const room = Math.min(bytes.length - 8, maximumHeaderBytes);
  if (length > BigInt(room)) {
    throw fileError(`at most ${room} bytes`, 'the header length', `${length}`, source);
  }
  const dataStart = 8 + Number(length);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, dataStart)));
  } catch (cause) {
    throw fileError('JSON text', 'the header', 'something else', source, { cause });
  }
  if (!isRecord(header)) throw fileError('a JSON object', 'the header', JSON.stringify(header), source);
  return { header, dataStart };
}

function checkMetadata(metadata: unknown, source: string): Record<string, string> {
  if (!isRecord(metadata)) throw fileError('an object', metadataKey, JSON.stringify(metadata), source);
  const texts = Object.entries(metadata).map(([key, value]): [string, string] => {
    if (typeof value === 'string') return [key, value];
    throw fileError('text', `${metadataKey}.${key}`, JSON.stringify(value), source);
  });
  return Object.fromEntries(texts);
}

function checkEntry(name: string, raw: unknown, source: string): Entry {
  const wrong = (expected: string, part: string, received: unknown, remedy = damaged): WeightsError =>
    fileError(expected, `${part} of tensor "${name}"`, JSON.stringify(received) ?? 'nothing', source, {
      remedy,
    });
  if (!isRecord(raw)) throw wrong('an object', 'the description', raw);
  const { dtype, shape, data_offsets: offsets } = raw;
  if (dtype !== 'F32' && dtype !== 'F16' && dtype !== 'BF16') {
    throw wrong('F32, F16 or BF16', 'the dtype', dtype, 'convert the file to one of them');
  }
  if (!isCounts(shape)) throw wrong('a list of whole numbers', 'the shape', shape);
  if (!isCounts(offsets)) throw wrong('two whole numbers', 'data_offsets', offsets);
  const [begin, end] = offsets;
  if (begin === undefined || end === undefined || offsets.length !== 2 || begin > end) {
    throw wrong('a begin and an end', 'data_offsets', offsets);
  }
  const bytes = product(shape) * bytesPerValue[dtype];
  if (end - begin !== bytes) {
    throw wrong(`${bytes} bytes (${dtype}, shape [${shape.join(', ')}])`, 'the data', end - begin);
  }
  return { name, dtype, shape, begin, end };
}

/** The format requires that tensors fill the data without holes, so that nothing can hide between them. */
function checkLayout(entries: readonly Entry[], dataLength: number, source: string): void {
  let position = 0;
  for (const { name, begin, end } of entries) {
    if (begin !== position) {
      const fault = begin < position ? ', inside another tensor' : ', after a gap';
      throw fileError(`offset ${position}`, `the begin of tensor "${name}"`, `${begin}${fault}`, source);
    }
    position = end;
  }
  if (position !== dataLength) {
    throw fileError(`${position} bytes`, 'the data of all tensors', `${dataLength}`, source);
  }
}

function checkWritable(name: string, shape: readonly number[], data: Float32Array, dtype: WeightDtype): void {
  if (name === metadataKey) {
    throw new WeightsError({ expected: 'another name', name: 'a tensor', received: metadataKey });
  }
  if (!isCounts(shape) || product(shape) !== data.length) {
    const expected = `as many values as shape [${shape.join(', ')}] has`;
    throw new WeightsError({ expected, name: `tensor "${name}"`, received: `${data.length}` });
  }
  const tooLarge = dtype === 'F16' ? data.find(overflowsHalf) : undefined;
  if (tooLarge !== undefined) {
    const expected = 'values of magnitude at most 65504';
    const remedy = 'write F32 instead';
    throw new WeightsError({ expected, name: `tensor "${name}" as F16`, received: `${tooLarge}`, remedy });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function product(shape: readonly number[]): number {
  return shape.reduce((total, length) => total * length, 1);
}
