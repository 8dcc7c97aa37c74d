/** Description of an operation: gradient, float64 meaning, ONNX form. */

import { internal } from '../errors.ts';
import type { Shape } from './shape.ts';
import type { OpAttributes, OpName, Tensor } from './tensor.ts';

/** A computed value in the float64 reference. */
export interface Value {
  readonly shape: Shape;
  readonly data: Float64Array;
}

/** Attribute of an ONNX node: integers, a list of integers, or a string. */
export type OnnxAttribute = number | readonly number[] | string | { readonly float: number };

/** Receives the ONNX nodes of operations. Each call returns the name of the value made. */
export interface Emitter {
  /** `output` is the index of the result to use of an ONNX operation that has several; 0 by default. */
  node(
    opType: string,
    inputs: readonly string[],
    attributes?: Readonly<Record<string, OnnxAttribute>>,
    output?: number,
  ): string;
  /** A one-dimensional int64 constant. */
  int64(values: readonly number[]): string;
  /** A float32 constant. */
  float32(data: Float32Array, shape: Shape): string;
}

/** One record per operation; the table in `ops/table.ts` is complete by type. */
export interface Op<K extends OpName> {
  /** Shape of the result; throws a ShapeError that names the operation when the inputs do not fit. */
  shape(inputs: readonly Shape[], attributes: OpAttributes[K]): Shape;
  /**
   * Vector-Jacobian product. `gradient` is the gradient of the loss with respect to the result; returned are
   * those with respect to each input, made only of graph operations. `null` where `needed` is false or the
   * operation is flat.
   */
  gradient(tensor: Tensor<K>, gradient: Tensor, needed: readonly boolean[]): readonly (Tensor | null)[];
  /** The plain meaning in float64, written for clarity, not speed. */
  evaluate(inputs: readonly Value[], attributes: OpAttributes[K], shape: Shape): Float64Array;
  /** ONNX nodes (opset 18); returns the name of the result. */
  emit(tensor: Tensor<K>, inputs: readonly string[], emitter: Emitter): string;
}

/** The complete table; TypeScript refuses one with a missing operation. */
export type OpTable = { readonly [K in OpName]: Op<K> };

/** Input `i` of a node; every operation knows how many it has. */
export function inputOf<T>(inputs: readonly T[], i: number): T {
  const input = inputs[i];
  if (input === undefined) throw internal(`operation has no input ${i}`);
  return input;
}
