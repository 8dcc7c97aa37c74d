/** What pickles of PyTorch are made of: storages, and tensors that are views of them. */

import { formatFault } from './fault.ts';
import { type Pickled, PickledName } from './pickle-machine.ts';
import { type FloatKind, floatBytes, floatsOf, type StoredTensor } from '../../stored.ts';

const fault = formatFault('it is damaged, or holds more than tensors: save model.state_dict()');

/** Classes of storages, with what they hold. Whole numbers are no weights, but may stand beside them. */
const storageKinds: Readonly<Record<string, FloatKind | number>> = {
  'torch.DoubleStorage': 'F64',
  'torch.FloatStorage': 'F32',
  'torch.HalfStorage': 'F16',
  'torch.BFloat16Storage': 'BF16',
  'torch.LongStorage': 8,
  'torch.IntStorage': 4,
  'torch.ShortStorage': 2,
  'torch.CharStorage': 1,
  'torch.ByteStorage': 1,
  'torch.BoolStorage': 1,
};

/** A row of numbers, which tensors are views of. */
export class Storage {
  /** Its class in PyTorch. */
  readonly type: Pickled;
  readonly kind: FloatKind | number;
  /** Set when the file has been read so far. */
  bytes: Uint8Array | undefined;

  constructor(type: Pickled, source: string, bytes?: Uint8Array) {
    const kind = type instanceof PickledName ? storageKinds[type.name] : undefined;
    if (kind === undefined) throw fault('a class of storages', 'a tensor', 'another value', source);
    this.type = type;
    this.kind = kind;
    this.bytes = bytes;
  }

  get itemBytes(): number {
    return typeof this.kind === 'number' ? this.kind : floatBytes[this.kind];
  }
}

/** A view of a storage; places and steps count its numbers. */
export class TorchTensor {
  readonly storage: Pickled;
  readonly offset: Pickled;
  readonly shape: Pickled;
  readonly strides: Pickled;

  constructor([storage, offset, shape, strides]: readonly Pickled[]) {
    this.storage = storage;
    this.offset = offset;
    this.shape = shape;
    this.strides = strides;
  }
}

/** What pickles of tensors may name. */
export const torchNames = {
  'collections.OrderedDict': () => new Map<Pickled, Pickled>(),
  'torch._utils._rebuild_tensor': (args: readonly Pickled[]) => new TorchTensor(args),
  'torch._utils._rebuild_tensor_v2': (args: readonly Pickled[]) => new TorchTensor(args),
  'torch._utils._rebuild_parameter': ([data]: readonly Pickled[]) => data,
  'torch.nn.parameter.Parameter': ([data]: readonly Pickled[]) => data,
  'torch.Size': ([sizes]: readonly Pickled[]) => sizes,
  ...Object.fromEntries(
    Object.keys(storageKinds).flatMap((name) => [
      [name, undefined],
      // Tar archives name classes of tensors, too.
      [name.replace('Storage', 'Tensor'), undefined],
    ]),
  ),
};

/** Reads a storage, its length first, and returns the place behind it. */
export function readStorage(storage: Storage, bytes: Uint8Array, at: number, source: string): number {
  const count = at + 8 > bytes.length ? Number.NaN : numberAt(bytes, at);
  const end = at + 8 + count * storage.itemBytes;
  if (!(end <= bytes.length)) throw fault('all storages', 'the file', 'one that is cut off', source);
  storage.bytes = bytes.subarray(at + 8, end);
  return end;
}

/** A number of 8 bytes. */
export function numberAt(bytes: Uint8Array, at: number): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true));
}

/**
 * A tensor whose values are read when they are asked for.
 *
 * @throws WeightsError if it is no view of numbers; reading it throws one if they are no floats, or missing
 */
export function storedTensor(
  name: string,
  { storage, offset, shape, strides }: TorchTensor,
  source: string,
): StoredTensor {
  const wrong = (expected: string, received: string) => fault(expected, `tensor ${name}`, received, source);
  if (!isCounts(shape) || !isCounts(strides) || strides.length !== shape.length || !isCounts([offset])) {
    throw wrong('a shape and steps', 'something else');
  }
  return {
    shape,
    read(): Float32Array {
      if (!(storage instanceof Storage) || storage.bytes === undefined) throw wrong('values', 'none');
      if (typeof storage.kind === 'number') throw wrong('floating-point numbers', 'others');
      const { kind, bytes, itemBytes } = storage;
      const first = Number(offset);
      const count = shape.reduce((product, length) => product * length, 1);
      const last = shape.reduce((at, length, i) => at + (length - 1) * (strides[i] ?? 0), first);
      const all = bytes.length / itemBytes;
      // A step of 0 would make much of little.
      if (count > 0 && (last >= all || count > all)) throw wrong(`at most ${all} values`, `${count}`);
      if (isContiguous(shape, strides)) {
        return floatsOf(kind, bytes.subarray(first * itemBytes, (first + count) * itemBytes));
      }
      const values = floatsOf(kind, bytes);
      return Float32Array.from({ length: count }, (_, i) => {
        let [at, rest] = [first, i];
        for (let axis = shape.length - 1; axis >= 0; axis--) {
          const length = shape[axis] ?? 1;
          at += (rest % length) * (strides[axis] ?? 0);
          rest = Math.floor(rest / length);
        }
        return values[at] ?? 0;
      });
    },
  };
}

function isContiguous(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis] ?? 1;
  }
  return true;
}

function isCounts(value: Pickled): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}
