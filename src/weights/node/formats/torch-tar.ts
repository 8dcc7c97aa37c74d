/** The first format of PyTorch, before 0.1.10: a tar archive of storages, tensors and a pickle. */

import { formatFault } from './fault.ts';
import { readPickle } from './pickle.ts';
import type { Pickled } from './pickle-machine.ts';
import { numberAt, readStorage, Storage, TorchTensor, torchNames } from './torch-values.ts';

const fault = formatFault('the file is damaged or incomplete: fetch it again');

/** A header or a block of data. */
const BLOCK = 512;

/** No tensor has more axes. */
const MOST_AXES = 16;

/**
 * The object in the archive. Its tensors are listed apart, by the numbers that it names them with.
 *
 * @throws WeightsError for an archive that is cut off or damaged
 */
export function readTorchTar(bytes: Uint8Array, source: string): Pickled {
  const parts = partsOf(bytes, source);
  const known = new Map<Pickled, Pickled>();
  const storages = new Reader(parts('storages'), source);
  for (let left = storages.count(); left > 0; left--) {
    const [key, , type] = storages.list();
    const storage = new Storage(type, source);
    storages.at = readStorage(storage, storages.bytes, storages.at, source);
    known.set(key, storage);
  }
  for (const view of storages.list()) {
    const [target, root, offset, length] = Array.isArray(view) ? view : [];
    const whole = known.get(root);
    const isPart = whole instanceof Storage && typeof offset === 'number' && typeof length === 'number';
    if (!isPart) throw fault('a part of a storage', 'the file', 'something else', source);
    const part = new Storage(whole.type, source);
    part.bytes = whole.bytes?.subarray(offset * whole.itemBytes, (offset + length) * whole.itemBytes);
    known.set(target, part);
  }
  const tensors = new Reader(parts('tensors'), source);
  for (let left = tensors.count(); left > 0; left--) {
    const [key, storage] = tensors.list();
    const axes = Math.min(tensors.number() % 2 ** 32, MOST_AXES);
    const shape = Array.from({ length: axes }, () => tensors.number());
    const strides = Array.from({ length: axes }, () => tensors.number());
    known.set(key, new TorchTensor([known.get(storage), tensors.number(), shape, strides]));
  }
  const persistent = (id: Pickled) => known.get(typeof id === 'string' ? Number(id) : id);
  return readPickle(parts('pickle'), 0, { names: torchNames, persistent, source }).value;
}

/** Pickles and numbers in a row. */
class Reader {
  readonly bytes: Uint8Array;
  readonly #source: string;
  at = 0;

  constructor(bytes: Uint8Array, source: string) {
    this.bytes = bytes;
    this.#source = source;
  }

  list(): Pickled[] {
    const value = this.#pickle();
    if (Array.isArray(value)) return value;
    throw fault('a list', 'the file', 'something else', this.#source);
  }

  count(): number {
    const value = this.#pickle();
    if (typeof value === 'number') return value;
    throw fault('a number', 'the file', 'something else', this.#source);
  }

  number(): number {
    if (this.at + 8 > this.bytes.length) throw fault('all tensors', 'the file', 'fewer', this.#source);
    this.at += 8;
    return numberAt(this.bytes, this.at - 8);
  }

  #pickle(): Pickled {
    const { value, end } = readPickle(this.bytes, this.at, { names: torchNames, source: this.#source });
    this.at = end;
    return value;
  }
}

/** The files of a tar archive. */
function partsOf(bytes: Uint8Array, source: string): (name: string) => Uint8Array {
  const found = new Map<string, Uint8Array>();
  const text = (at: number, length: number) =>
    String.fromCharCode(...bytes.subarray(at, at + length)).replace(/\0.*$/s, '');
  for (let at = 0; at + BLOCK <= bytes.length && bytes[at] !== 0; ) {
    const size = Number.parseInt(text(at + 124, 12), 8);
    if (!(size >= 0)) throw fault('the size of a file', 'the tar archive', 'none', source);
    found.set(text(at, 100).replace(/^\.\//, ''), bytes.subarray(at + BLOCK, at + BLOCK + size));
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  return (name) => {
    const part = found.get(name);
    if (part === undefined) throw fault(`the part ${name}`, 'the tar archive', 'none', source);
    return part;
  };
}
