/** Tensors as files of other programs store them: a shape, and values that are read if they are wanted. */

import { brainToFloats, halvesToFloats } from './half.ts';

export interface StoredTensor {
  readonly shape: readonly number[];
  /** Copies the values, row-major. Throws a WeightsError if they are no floating-point numbers. */
  read(): Float32Array;
}

/** By name, in the order of the file. */
export type StoredTensors = ReadonlyMap<string, StoredTensor>;

/** How floating-point numbers are stored, with the bytes of each. */
export const floatBytes = { F64: 8, F32: 4, F16: 2, BF16: 2 } as const;
export type FloatKind = keyof typeof floatBytes;

/** Little-endian numbers as float32. The bytes are copied, which aligns them. */
export function floatsOf(kind: FloatKind, bytes: Uint8Array): Float32Array {
  const { buffer } = new Uint8Array(bytes);
  switch (kind) {
    case 'F32':
      return new Float32Array(buffer);
    case 'F64':
      return Float32Array.from(new Float64Array(buffer));
    case 'F16':
      return halvesToFloats(new Uint16Array(buffer));
    case 'BF16':
      return brainToFloats(new Uint16Array(buffer));
  }
}
