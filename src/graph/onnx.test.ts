/** Encoded models are decoded again with the official schema (the dev dependency `onnx-proto`). */

import onnxProto from 'onnx-proto';
import { afterAll, describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { ShapeError } from '../errors.ts';
import { sum } from './composed.ts';
import { gradients } from './gradients.ts';
import { add, div, equal, exp, mul, relu } from './ops/elementwise.ts';
import { concat, flipKernel, slice, transpose } from './ops/layout.ts';
import { conv, softmax } from './ops/linear.ts';
import { constant, input, stopGradient } from './ops/sources.ts';
import { reflectPad, sumPool, upsample } from './ops/spatial.ts';
import type { Outputs } from './tensor.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import { encodeOnnx } from './onnx.ts';

const { onnx } = onnxProto;
const runtime = createRuntime({ device: 'cpu', threads: 1 });
afterAll(() => runtime.dispose());

describe('the model', () => {
  const model = decode({ y: relu(input('x', [2, 3])) });

  it('states its versions', () => {
    expect(Number(model.irVersion)).toBe(8);
    expect(model.opsetImport.map(({ domain, version }) => [domain, Number(version)])).toEqual([['', 18]]);
    expect(model.producerName).toBe('wasserfarbe');
    expect(model.graph?.name).toBe('wasserfarbe');
  });

  it('declares inputs and outputs with their types', () => {
    const x = input('photo', [1, 3, 6, 4]);
    const graph = graphOf({ features: relu(x), loss: sum(mul(x, input('scale', []))) });
    expect(values(graph.input)).toEqual([
      ['photo', onnx.TensorProto.DataType.FLOAT, [1, 3, 6, 4]],
      ['scale', onnx.TensorProto.DataType.FLOAT, []],
    ]);
    expect(values(graph.output)).toEqual([
      ['features', onnx.TensorProto.DataType.FLOAT, [1, 3, 6, 4]],
      ['loss', onnx.TensorProto.DataType.FLOAT, []],
    ]);
  });

  it('encodes the same graph to the same bytes', () => {
    const build = () => encodeOnnx({ y: add(exp(input('x', [3])), constant([1, 2, 3], [3])) });
    expect(build()).toEqual(build());
  });
});

describe('nodes', () => {
  it('have attributes of every kind', () => {
    const x = input('x', [1, 2, 4, 4]);
    const kernel = input('kernel', [2, 2, 3, 3]);
    const features = conv(reflectPad(x, 1), kernel, input('bias', [2]), [1, 0, 0, 1]);
    const pair = concat([features, sumPool(upsample(features))], 1);
    expect(
      text({ pair, tie: equal(x, 0), rows: softmax(transpose(x, [0, 2, 3, 1])) }),
    ).toMatchInlineSnapshot(`
      "inputs x, kernel, bias
      %1 = Pad(x, [0, 0, 1, 1, 0, 0, 1, 1]) { mode: reflect }
      %2 = Conv(%1, kernel, bias) { kernel_shape: [3, 3], pads: [1, 0, 0, 1] }
      %4 = Resize(%2, , [1, 1, 2, 2]) { mode: nearest, coordinate_transformation_mode: asymmetric, nearest_mode: floor }
      %5 = AveragePool(%4) { kernel_shape: [2, 2], strides: [2, 2] }
      %7 = Mul(%5, [4])
      %8 = Concat(%2, %7) { axis: 1 }
      %10 = Equal(x, [0])
      %11 = Cast(%10) { to: 1 }
      %12 = Transpose(x) { perm: [0, 2, 3, 1] }
      %13 = Softmax(%12) { axis: -1 }
      pair = Identity(%8)
      tie = Identity(%11)
      rows = Identity(%13)"
    `);
  });

  it('mark each attribute with the type of its value', () => {
    const { AttributeType } = onnx.AttributeProto;
    const x = input('x', [1, 1, 3, 3]);
    const { node } = graphOf({ a: softmax(x), b: transpose(x, [0, 1, 3, 2]), c: reflectPad(x, 1) });
    const types = node.flatMap(({ attribute = [] }) => (attribute ?? []).map((a) => [a.name, a.type]));
    expect(types).toEqual([
      ['axis', AttributeType.INT],
      ['perm', AttributeType.INTS],
      ['mode', AttributeType.STRING],
    ]);
  });

  it('are named like their results, each once', () => {
    const { node } = graphOf({ y: relu(exp(input('x', [2]))), z: exp(input('x', [2])) });
    const names = (node ?? []).map(({ name, output }) => [name, output]);
    expect(names).toEqual([
      ['%0', ['%0']],
      ['%1', ['%1']],
      ['y', ['y']],
      ['z', ['z']],
    ]);
  });

  it('are made for nothing that no output needs', () => {
    const [x, unused] = [input('x', [2]), input('unused', [2])];
    const shared = exp(x);
    add(shared, unused);
    expect(text({ y: stopGradient(shared) })).toMatchInlineSnapshot(`
      "inputs x
      %0 = Exp(x)
      y = Identity(%0)"
    `);
  });

  it('are not made for inputs that simplifying made unused', () => {
    const x = input('x', [2]);
    const [gradient = x] = gradients(sum(mul(x, 3)), [x]);
    expect(text({ gradient })).toMatchInlineSnapshot(`
      "inputs 
      gradient = Identity([3, 3])"
    `);
  });
});

describe('initializers', () => {
  it('hold float32 as raw little-endian bytes', () => {
    const data = Float32Array.of(1, -2.5, 0.1, Number.POSITIVE_INFINITY, 1e-30, 3);
    const found = initializers({ y: add(input('x', [2, 3]), constant(data, [2, 3])) });
    expect(found).toEqual([{ name: '%0', type: onnx.TensorProto.DataType.FLOAT, dims: [2, 3], data }]);
  });

  it('hold scalars without dimensions', () => {
    const [scale] = initializers({ y: mul(input('x', [2]), 0.5) });
    expect(scale).toMatchObject({ dims: [], data: Float32Array.of(0.5) });
  });

  it('hold only the part of a buffer that a constant views', () => {
    const part = uniform(1, 40).subarray(7, 27);
    const [found] = initializers({ y: add(input('x', [20]), constant(part, [20])) });
    expect(found?.data).toEqual(part);
  });

  it('hold int64, also negative', () => {
    const found = initializers({ y: flipKernel(input('w', [1, 1, 2, 3])) });
    expect(found.map(({ type, dims, data }) => [type, dims, data])).toEqual([
      [onnx.TensorProto.DataType.INT64, [2], [-1, -1]],
      [onnx.TensorProto.DataType.INT64, [2], [-3, -4]],
      [onnx.TensorProto.DataType.INT64, [2], [2, 3]],
    ]);
  });

  it('hold equal small ones once', () => {
    const [a, b] = [input('a', [4]), input('b', [4])];
    expect(initializers({ y: add(slice(a, [1], [3]), slice(b, [1], [3])) })).toHaveLength(3);
    const x = input('x', [2]);
    const factors = [constant([3, 4], [2]), constant([3, 4], [2]), constant([3, 4], [1, 2])];
    const outputs = Object.fromEntries(factors.map((factor, i) => [`y${i}`, mul(x, factor)]));
    expect(initializers(outputs).map(({ dims }) => dims)).toEqual([[2], [1, 2]]);
  });

  it('keep 0 and −0 apart', async () => {
    const x = input('x', [1]);
    const outputs = { up: div(x, 0), down: div(x, -0), undefined: div(x, Number.NaN) };
    expect(initializers(outputs)).toHaveLength(3);
    expect(await run(outputs, { x: Float32Array.of(1) })).toEqual({
      up: Float32Array.of(Number.POSITIVE_INFINITY),
      down: Float32Array.of(Number.NEGATIVE_INFINITY),
      undefined: Float32Array.of(Number.NaN),
    });
  });

  it('may be large', () => {
    const data = uniform(3, 1 << 20);
    const outputs = { y: add(input('x', [1 << 20]), constant(data, [1 << 20])) };
    const [found] = initializers(outputs);
    expect(found?.dims).toEqual([1 << 20]);
    expect(Buffer.compare(bytesOf(found?.data), bytesOf(data))).toBe(0);
    expect(encodeOnnx(outputs).length).toBeLessThan(data.byteLength + 200);
  });
});

describe('outputs', () => {
  it('may be inputs, constants and aliases', async () => {
    const x = input('x', [2]);
    const doubled = mul(x, 2);
    const outputs = {
      same: x,
      two: constant([2, 3], [2]),
      doubled,
      again: doubled,
      scalar: constant([4], []),
    };
    expect(text(outputs)).toMatchInlineSnapshot(`
      "inputs x
      %2 = Mul(x, [2])
      same = Identity(x)
      two = Identity([2, 3])
      doubled = Identity(%2)
      again = Identity(%2)
      scalar = Identity([4])"
    `);
    expect(await run(outputs, { x: Float32Array.of(1, -1) })).toEqual({
      same: Float32Array.of(1, -1),
      two: Float32Array.of(2, 3),
      doubled: Float32Array.of(2, -2),
      again: Float32Array.of(2, -2),
      scalar: Float32Array.of(4),
    });
  });

  it('may not be named like an input', () => {
    const x = input('x', [2]);
    const message = 'expected a name that no input has for output but received x';
    expect(() => encodeOnnx({ x: exp(x) })).toThrow(ShapeError);
    expect(() => encodeOnnx({ x: exp(x) })).toThrow(message);
    expect(() => encodeOnnx({ x })).toThrow(message);
  });

  it('may have any other name, and inputs too: generated names never collide with them', async () => {
    const names = ['t0', 'c0', 'i1', 'layer.0/weight', '0', 'Straße'];
    const inputs = names.map((name) => input(name, [2]));
    const outputs = Object.fromEntries(inputs.map((x, i) => [`t${i + 1}`, add(exp(x), i)]));
    const feeds = Object.fromEntries(names.map((name, i) => [name, Float32Array.of(0, i)]));
    const results = await run(outputs, feeds);
    expect(Object.keys(results)).toEqual(['t1', 't2', 't3', 't4', 't5', 't6']);
    expect(names.map((_, i) => results[`t${i + 1}`]?.[0])).toEqual([1, 2, 3, 4, 5, 6]);
  });
});

type Decoded = ReturnType<typeof decode>;
type Graph = NonNullable<Decoded['graph']>;

function decode(outputs: Outputs) {
  const model = onnx.ModelProto.decode(encodeOnnx(outputs));
  expect(onnx.ModelProto.verify(model)).toBeNull();
  return model;
}

function graphOf(outputs: Outputs) {
  const { graph } = decode(outputs);
  if (!graph) throw new Error('the model has no graph');
  const { node, initializer, input, output } = graph;
  return { node: node ?? [], initializer: initializer ?? [], input: input ?? [], output: output ?? [] };
}

function values(list: NonNullable<Graph['input']>) {
  return list.map(({ name, type }) => [
    name,
    type?.tensorType?.elemType,
    type?.tensorType?.shape?.dim?.map(({ dimValue }) => Number(dimValue)),
  ]);
}

function initializers(outputs: Outputs) {
  return graphOf(outputs).initializer.map(({ name, dataType, dims, rawData }) => {
    const { buffer } = Uint8Array.from(rawData ?? []);
    const isFloat = dataType === onnx.TensorProto.DataType.FLOAT;
    return {
      name,
      type: dataType,
      dims: (dims ?? []).map(Number),
      data: isFloat ? new Float32Array(buffer) : Array.from(new BigInt64Array(buffer), Number),
    };
  });
}

/** The decoded graph, one line a node, int64 constants in place. */
function text(outputs: Outputs): string {
  const graph = graphOf(outputs);
  const constants = new Map(
    initializers(outputs).map(({ name, data }) => [name, `[${Array.from(data).join(', ')}]`]),
  );
  const lines = graph.node.map(({ opType, input, output, attribute }) => {
    const attributes = (attribute ?? []).map(({ name, i, ints, s }) => {
      const list = (ints ?? []).map(Number);
      const string = new TextDecoder().decode(s ?? new Uint8Array());
      return `${name}: ${list.length > 0 ? `[${list.join(', ')}]` : string || Number(i)}`;
    });
    const call = `${opType}(${(input ?? []).map((x) => constants.get(x) ?? x).join(', ')})`;
    return `${output} = ${call}${attributes.length > 0 ? ` { ${attributes.join(', ')} }` : ''}`;
  });
  return [`inputs ${graph.input.map(({ name }) => name).join(', ')}`, ...lines].join('\n');
}

async function run(outputs: Outputs, feeds: Readonly<Record<string, Float32Array>>) {
  const program = await runtime.compile(outputs);
  const results = await program.run(feeds);
  await program.dispose();
  return results;
}

function bytesOf(data: ArrayLike<number> | undefined): Buffer {
  const floats = Float32Array.from(data ?? []);
  return Buffer.from(floats.buffer);
}
