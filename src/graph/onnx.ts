/** Graph → bytes of an ONNX ModelProto (opset 18, and IR version 8, the first that has it). */

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ShapeError } from '../errors.ts';
import type { Emitter, OnnxAttribute } from './op.ts';
import { opOf } from './ops/table.ts';
import type { Shape } from './shape.ts';
import { simplify } from './simplify.ts';
import { isOp, type OpName, type Outputs, type Tensor, topologicalOrder } from './tensor.ts';

const OPSET = 18;
const IR_VERSION = 8;

/** The form of an input or output outside of the graph, which is float32 inside. */
export interface Port {
  /** TensorProto.DataType. */
  readonly type: number;
  /** Shape outside, for one inside. Default: the same. */
  shape?(inside: Shape): Shape;
  /** Nodes from the form outside to the value inside; returns its name. */
  enter(value: string, emitter: Emitter): string;
  /** Nodes from the value inside to the form outside; returns its name. */
  leave(value: string, emitter: Emitter): string;
}

/** TensorProto.DataType of the values that the encoder itself knows. */
const [FLOAT, INT64, FLOAT16] = [1, 7, 10];

/** Float16 outside. */
export const halfPort: Port = {
  type: FLOAT16,
  enter: (value, emitter) => emitter.node('Cast', [value], { to: FLOAT }),
  leave: (value, emitter) => emitter.node('Cast', [value], { to: FLOAT16 }),
};

export interface EncodeOptions {
  /** Inputs and outputs by name that are no float32 outside. */
  readonly ports?: ReadonlyMap<string, Port>;
  /** The bits of float16 in which a constant is stored; undefined for one that is stored as float32. */
  readonly narrow?: (data: Float32Array) => Uint16Array | undefined;
}

/**
 * Encodes the part of the graph that `outputs` need, simplified. Inputs and outputs keep their names.
 */
export function encodeOnnx(outputs: Outputs, { ports = new Map(), narrow }: EncodeOptions = {}): Uint8Array {
  const simplified = simplify(outputs);
  const writer = new GraphWriter(narrow);
  const names = new Map<Tensor, string>();
  const inputs: Tensor<'input'>[] = [];
  for (const tensor of topologicalOrder(Object.values(simplified))) {
    if (isOp(tensor, 'input')) inputs.push(tensor);
    const operands = tensor.inputs.map((x) => names.get(x) ?? '');
    const name = emit(tensor, operands, writer);
    const port = isOp(tensor, 'input') ? ports.get(tensor.attributes.name) : undefined;
    names.set(tensor, port?.enter(name, writer) ?? name);
  }
  for (const [name, tensor] of Object.entries(simplified)) {
    if (inputs.some((x) => x.attributes.name === name)) {
      throw new ShapeError({ expected: 'a name that no input has', name: 'output', received: name });
    }
    const value = names.get(tensor) ?? '';
    writer.output(name, ports.get(name)?.leave(value, writer) ?? value);
  }
  // Field numbers as in the official onnx.proto.
  const graph = new BinaryWriter();
  for (const node of writer.nodes) graph.tag(1, WireType.LengthDelimited).bytes(node);
  graph.tag(2, WireType.LengthDelimited).string('wasserfarbe');
  for (const initializer of writer.initializers) graph.tag(5, WireType.LengthDelimited).bytes(initializer);
  const values = (field: number, name: string, shape: Shape) => {
    const port = ports.get(name);
    valueInfo(graph, field, name, port?.shape?.(shape) ?? shape, port?.type ?? FLOAT);
  };
  for (const input of inputs) values(11, input.attributes.name, input.shape);
  for (const [name, tensor] of Object.entries(simplified)) values(12, name, tensor.shape);
  const model = new BinaryWriter();
  model.tag(1, WireType.Varint).int64(IR_VERSION);
  model.tag(2, WireType.LengthDelimited).string('wasserfarbe');
  model.tag(7, WireType.LengthDelimited).bytes(graph.finish());
  model.tag(8, WireType.LengthDelimited).fork();
  model.tag(2, WireType.Varint).int64(OPSET);
  return model.join().finish();
}

function emit<K extends OpName>(tensor: Tensor<K>, inputs: readonly string[], emitter: Emitter): string {
  return opOf(tensor.op).emit(tensor, inputs, emitter);
}

/** Names generated values `%0`, `%1`, …, which cannot collide with public names. */
class GraphWriter implements Emitter {
  readonly nodes: Uint8Array[] = [];
  readonly initializers: Uint8Array[] = [];
  private readonly shared = new Map<string, string>();
  private readonly narrow: EncodeOptions['narrow'];
  private count = 0;

  constructor(narrow: EncodeOptions['narrow']) {
    this.narrow = narrow;
  }

  node(
    opType: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
    output = 0,
  ): string {
    const names = Array.from({ length: output + 1 }, () => `%${this.count++}`);
    this.write(opType, inputs, names, attributes);
    return names[output] ?? '';
  }

  /** Gives a value its public name. */
  output(name: string, value: string): void {
    this.write('Identity', [value], [name], {});
  }

  int64(values: readonly number[]): string {
    return this.once(`i${values.join()}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.tensor(INT64, [values.length], new Uint8Array(data.buffer));
    });
  }

  float32(data: Float32Array, shape: Shape): string {
    const make = () => {
      const half = this.narrow?.(data);
      if (half === undefined) return this.tensor(FLOAT, shape, bytesOf(data));
      return this.node('Cast', [this.tensor(FLOAT16, shape, bytesOf(half))], { to: FLOAT });
    };
    if (data.length > 16) return make();
    const values = Array.from(data, (x) => (Object.is(x, -0) ? '-0' : x));
    return this.once(`f${shape.join()}:${values.join()}`, make);
  }

  private once(key: string, make: () => string): string {
    const name = this.shared.get(key) ?? make();
    this.shared.set(key, name);
    return name;
  }

  private tensor(type: number, shape: Shape, raw: Uint8Array): string {
    const name = `%${this.count++}`;
    const writer = new BinaryWriter();
    for (const extent of shape) writer.tag(1, WireType.Varint).int64(extent);
    writer.tag(2, WireType.Varint).int32(type);
    writer.tag(8, WireType.LengthDelimited).string(name);
    writer.tag(9, WireType.LengthDelimited).bytes(raw);
    this.initializers.push(writer.finish());
    return name;
  }

  private write(
    opType: string,
    inputs: readonly string[],
    outputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>>,
  ): void {
    const writer = new BinaryWriter();
    for (const input of inputs) writer.tag(1, WireType.LengthDelimited).string(input);
    for (const output of outputs) writer.tag(2, WireType.LengthDelimited).string(output);
    writer.tag(3, WireType.LengthDelimited).string(outputs.at(-1) ?? '');
    writer.tag(4, WireType.LengthDelimited).string(opType);
    for (const [name, value] of Object.entries(attributes)) attribute(writer, name, value);
    this.nodes.push(writer.finish());
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float32Array | Uint16Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** AttributeProto, with its type: 1 a float, 2 an integer, 3 a string, 7 integers. */
function attribute(node: BinaryWriter, name: string, value: OnnxAttribute): void {
  node.tag(5, WireType.LengthDelimited).fork();
  node.tag(1, WireType.LengthDelimited).string(name);
  if (typeof value === 'number') {
    node.tag(3, WireType.Varint).int64(value).tag(20, WireType.Varint).int32(2);
  } else if (typeof value === 'string') {
    node
      .tag(4, WireType.LengthDelimited)
      .bytes(new TextEncoder().encode(value))
      .tag(20, WireType.Varint)
      .int32(3);
  } else if ('float' in value) {
    node.tag(2, WireType.Bit32).float(value.float).tag(20, WireType.Varint).int32(1);
  } else {
    for (const item of value) node.tag(8, WireType.Varint).int64(item);
    node.tag(20, WireType.Varint).int32(7);
  }
  node.join();
}

/** ValueInfoProto of a tensor with a static shape. */
function valueInfo(graph: BinaryWriter, field: number, name: string, shape: Shape, type: number): void {
  graph.tag(field, WireType.LengthDelimited).fork();
  graph.tag(1, WireType.LengthDelimited).string(name);
  graph.tag(2, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
  graph.tag(1, WireType.Varint).int32(type);
  graph.tag(2, WireType.LengthDelimited).fork();
  for (const extent of shape) {
    graph.tag(1, WireType.LengthDelimited).fork().tag(1, WireType.Varint).int64(extent).join();
  }
  graph.join().join().join().join();
}
