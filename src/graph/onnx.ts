/** Graph → bytes of an ONNX ModelProto (opset 18, IR version 10: onnxruntime-node and -web accept both). */

import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import { ShapeError } from '../errors.ts';
import type { Emitter, OnnxAttribute } from './op.ts';
import { opOf } from './ops/table.ts';
import type { Shape } from './shape.ts';
import { simplify } from './simplify.ts';
import { isOp, type OpName, type Outputs, type Tensor, topologicalOrder } from './tensor.ts';

const OPSET = 18;
const IR_VERSION = 10;

/**
 * Encodes the part of the graph that `outputs` need, simplified. Inputs and outputs keep their names. Those
 * named in `half` are float16 outside of the graph and float32 in it.
 */
export function encodeOnnx(outputs: Outputs, half: ReadonlySet<string> = new Set()): Uint8Array {
  const simplified = simplify(outputs);
  const writer = new GraphWriter();
  const names = new Map<Tensor, string>();
  const inputs: Tensor<'input'>[] = [];
  for (const tensor of topologicalOrder(Object.values(simplified))) {
    if (isOp(tensor, 'input')) inputs.push(tensor);
    const operands = tensor.inputs.map((x) => names.get(x) ?? '');
    const name = emit(tensor, operands, writer);
    const narrow = isOp(tensor, 'input') && half.has(tensor.attributes.name);
    names.set(tensor, narrow ? writer.node('Cast', [name], { to: FLOAT }) : name);
  }
  for (const [name, tensor] of Object.entries(simplified)) {
    if (inputs.some((x) => x.attributes.name === name)) {
      throw new ShapeError({ expected: 'a name that no input has', name: 'output', received: name });
    }
    writer.output(name, names.get(tensor) ?? '', half.has(name));
  }
  // Field numbers as in the official onnx.proto.
  const graph = new BinaryWriter();
  for (const node of writer.nodes) graph.tag(1, WireType.LengthDelimited).bytes(node);
  graph.tag(2, WireType.LengthDelimited).string('wasserfarbe');
  for (const initializer of writer.initializers) graph.tag(5, WireType.LengthDelimited).bytes(initializer);
  const typeOf = (name: string) => (half.has(name) ? FLOAT16 : FLOAT);
  const values = (field: number, name: string, shape: Shape) =>
    valueInfo(graph, field, name, shape, typeOf(name));
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

const FLOAT = 1;
const INT64 = 7;
const FLOAT16 = 10;

/** Names generated values `%0`, `%1`, …, which cannot collide with public names. */
class GraphWriter implements Emitter {
  readonly nodes: Uint8Array[] = [];
  readonly initializers: Uint8Array[] = [];
  private readonly shared = new Map<string, string>();
  private count = 0;

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
  output(name: string, value: string, half: boolean): void {
    if (half) this.write('Cast', [value], [name], { to: FLOAT16 });
    else this.write('Identity', [value], [name], {});
  }

  int64(values: readonly number[]): string {
    return this.once(`i${values.join()}`, () => {
      const data = BigInt64Array.from(values, BigInt);
      return this.tensor(INT64, [values.length], new Uint8Array(data.buffer));
    });
  }

  float32(data: Float32Array, shape: Shape): string {
    const make = () =>
      this.tensor(FLOAT, shape, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
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
