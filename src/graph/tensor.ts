/** A tensor expression: one operation applied to others, with a static shape. Nothing is computed here. */

import type { Shape } from './shape.ts';

/** Attributes of each operation besides its inputs. The keys are the complete list of operations. */
export interface OpAttributes {
  input: { readonly name: string };
  constant: { readonly data: Float32Array };
  stopGradient: NoAttributes;
  add: NoAttributes;
  sub: NoAttributes;
  mul: NoAttributes;
  div: NoAttributes;
  minimum: NoAttributes;
  neg: NoAttributes;
  exp: NoAttributes;
  log: NoAttributes;
  sqrt: NoAttributes;
  relu: NoAttributes;
  leakyRelu: { readonly slope: number };
  positive: NoAttributes;
  equal: NoAttributes;
  reshape: { readonly shape: Shape };
  transpose: { readonly permutation: readonly number[] };
  slice: { readonly starts: readonly number[]; readonly ends: readonly number[] };
  padZeros: { readonly before: readonly number[]; readonly shape: Shape };
  concat: { readonly axis: number };
  flipKernel: NoAttributes;
  gather: NoAttributes;
  scatterAdd: { readonly positions: number };
  argsort: NoAttributes;
  reorder: NoAttributes;
  restore: NoAttributes;
  expand: { readonly shape: Shape };
  reduceSum: { readonly axes: readonly number[] };
  matmul: NoAttributes;
  conv: { readonly pads: Pads };
  reflectPad: { readonly size: number };
  reflectFold: { readonly size: number };
  maxPool: NoAttributes;
  upsample: NoAttributes;
  sumPool: NoAttributes;
  blur: NoAttributes;
  softmax: NoAttributes;
}

type NoAttributes = Readonly<Record<never, never>>;

/** Zero padding `[top, left, bottom, right]` in pixels. */
export type Pads = readonly [number, number, number, number];

export type OpName = keyof OpAttributes;

/** One node of the graph. Values are float32, row-major. */
export interface Tensor<K extends OpName = OpName> {
  readonly id: number;
  readonly op: K;
  readonly inputs: readonly Tensor[];
  readonly attributes: OpAttributes[K];
  readonly shape: Shape;
}

/** Named results of a graph, as `compile`, `print` and `evaluate` take them. */
export type Outputs = Readonly<Record<string, Tensor>>;

/** The same results under names that begin with `prefix`: ONNX wants other names than those of inputs. */
export function prefixed(prefix: string, outputs: Outputs): Outputs {
  return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [prefix + name, tensor]));
}

let nextId = 0;

/** Makes a node without checking: the builders in `ops/` check shapes first. */
export function makeTensor<K extends OpName>(
  op: K,
  inputs: readonly Tensor[],
  attributes: OpAttributes[K],
  shape: Shape,
): Tensor<K> {
  return { id: nextId++, op, inputs, attributes, shape };
}

/** Whether operation `op` makes `tensor`; narrows its attributes. */
export function isOp<K extends OpName>(tensor: Tensor, op: K): tensor is Tensor<K> {
  return tensor.op === op;
}

/** Every node that the outputs need, inputs before users. Nodes that nothing needs never appear. */
export function topologicalOrder(outputs: Iterable<Tensor>): Tensor[] {
  const order: Tensor[] = [];
  const state = new Map<Tensor, 'open' | 'done'>();
  const stack = [...outputs].reverse();
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    const seen = state.get(node);
    if (seen === undefined) {
      state.set(node, 'open');
      for (let i = node.inputs.length - 1; i >= 0; i--) {
        const child = node.inputs[i];
        if (child !== undefined && !state.has(child)) stack.push(child);
      }
    } else {
      stack.pop();
      if (seen === 'open') {
        state.set(node, 'done');
        order.push(node);
      }
    }
  }
  return order;
}

/** Shapes of the inputs that `outputs` need, by name. */
export function inputShapes(outputs: Outputs): ReadonlyMap<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const tensor of topologicalOrder(Object.values(outputs))) {
    if (isOp(tensor, 'input')) shapes.set(tensor.attributes.name, tensor.shape);
  }
  return shapes;
}
