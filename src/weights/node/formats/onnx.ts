/** The tensors of an ONNX file: the initialisers of its graph. The graph itself is passed over. */

import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import { WeightsError } from '../../../errors.ts';
import { formatFault } from './fault.ts';
import { type FloatKind, floatBytes, floatsOf, type StoredTensor, type StoredTensors } from '../../stored.ts';

const fault = formatFault('the file is damaged or incomplete: fetch it again');

/** TensorProto.DataType of floating-point numbers. */
const kinds: Readonly<Record<number, FloatKind>> = { 1: 'F32', 10: 'F16', 11: 'F64', 16: 'BF16' };

/**
 * Initialisers by name.
 *
 * @throws WeightsError if the file is damaged or has none; reading one throws it if it holds no
 *   floating-point numbers, or lies in another file
 */
export function readOnnx(bytes: Uint8Array, source: string): StoredTensors {
  try {
    const tensors = new Map<string, StoredTensor>();
    for (const graph of fieldsOf(bytes, 7)) {
      for (const proto of fieldsOf(graph, 5)) {
        const [name, tensor] = tensorOf(proto, source);
        tensors.set(name, tensor);
      }
    }
    if (tensors.size > 0) return tensors;
  } catch (cause) {
    // The reader of protobuf throws errors of its own.
    if (cause instanceof WeightsError) throw cause;
    throw fault('an ONNX graph', 'the file', 'something else', source, { cause });
  }
  throw fault('initialisers', 'the ONNX graph', 'none', source);
}

/** The messages or bytes in the fields of that number. */
function fieldsOf(message: Uint8Array, wanted: number): Uint8Array[] {
  const reader = new BinaryReader(message);
  const found: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === wanted && type === WireType.LengthDelimited) found.push(reader.bytes());
    else reader.skip(type, field);
  }
  return found;
}

function tensorOf(proto: Uint8Array, source: string): [string, StoredTensor] {
  const reader = new BinaryReader(proto);
  const shape: number[] = [];
  let [name, kind, isElsewhere] = ['', 0, false];
  /** Values as raw bytes, or as a list: of float32, of bits as whole numbers, or of float64. */
  const [raw, floats, bits, doubles]: [Uint8Array[], Uint8Array[], number[], Uint8Array[]] = [[], [], [], []];
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    const isList = type === WireType.LengthDelimited;
    if (field === 1) eachVarint(reader, isList, (value) => shape.push(value));
    else if (field === 2) kind = reader.int32();
    else if (field === 5) eachVarint(reader, isList, (value) => bits.push(value));
    else if (field === 8 && isList) name = reader.string();
    else if (field === 9 && isList) raw.push(reader.bytes());
    else if (field === 4) floats.push(reader.skip(type, field));
    else if (field === 10) doubles.push(reader.skip(type, field));
    else if (field === 14) isElsewhere = reader.int32() === 1;
    else reader.skip(type, field);
  }
  const wrong = (expected: string, received: string, remedy?: string) =>
    fault(expected, `tensor ${name}`, received, source, remedy === undefined ? {} : { remedy });
  const read = () => {
    if (isElsewhere) {
      const remedy = 'in Python, onnx.save_model(onnx.load(FILE), ONE_FILE) joins them';
      throw wrong('values in the file', 'those of a file beside it', remedy);
    }
    const float = kinds[kind];
    if (float === undefined) throw wrong('floating-point numbers', `data of type ${kind}`);
    const count = shape.reduce((product, length) => product * length, 1);
    const listed = float === 'F32' ? unpacked(floats, 4) : float === 'F64' ? unpacked(doubles, 8) : undefined;
    const own = raw.at(-1) ?? listed ?? new Uint8Array(Uint16Array.from(bits).buffer);
    if (own.length !== count * floatBytes[float]) {
      throw wrong(`${count * floatBytes[float]} bytes`, `${own.length}`);
    }
    return floatsOf(float, own);
  };
  return [name, { shape, read }];
}

/** Numbers one by one, packed or not. */
function eachVarint(reader: BinaryReader, isList: boolean, use: (value: number) => void): void {
  if (!isList) {
    use(Number(reader.int64()));
    return;
  }
  const length = reader.uint32();
  const end = reader.pos + length;
  if (end > reader.len) throw new RangeError('a list that is cut off');
  while (reader.pos < end) use(Number(reader.int64()));
}

/** The bytes of numbers that are packed, each list with its length before it, or alone. */
function unpacked(parts: readonly Uint8Array[], size: number): Uint8Array {
  const lists = parts.map((part) => (part.length === size ? part : new BinaryReader(part).bytes()));
  const joined = new Uint8Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const list of lists) {
    joined.set(list, at);
    at += list.length;
  }
  return joined;
}
