/**
 * Files of PyTorch (`torch.save`), of every age: ZIP archives since 1.6, pickles in a row before, tar
 * archives before 0.1.10. Nothing in them is executed.
 */

import { formatFault } from './fault.ts';
import { type ReadPickle, readPickle } from './pickle.ts';
import type { Pickled } from './pickle-machine.ts';
import type { StoredTensor, StoredTensors } from '../../stored.ts';
import { readTorchTar } from './torch-tar.ts';
import { readStorage, Storage, storedTensor, TorchTensor, torchNames } from './torch-values.ts';
import { readZip } from './zip.ts';

const fault = formatFault('it is damaged, or holds more than tensors: save model.state_dict()');

/**
 * The tensors of a file, by the names of its dictionary. Of a checkpoint with several entries, such as
 * `epoch` and `state_dict`, the one dictionary is taken that holds kernels of convolutions.
 *
 * @throws WeightsError if the file is damaged, or holds something other than tensors, numbers and text
 */
export function readTorch(bytes: Uint8Array, source: string): StoredTensors {
  const isZip = bytes[0] === 0x50 && bytes[1] === 0x4b;
  const isTar = String.fromCharCode(...bytes.subarray(257, 262)) === 'ustar';
  const read = isZip ? readArchive : isTar ? readTorchTar : readRow;
  return tensorsIn(read(bytes, source), source);
}

function readArchive(bytes: Uint8Array, source: string): Pickled {
  const files = readZip(bytes, source);
  const index = [...files.keys()].find((name) => /^([^/]+\/)?data\.pkl$/.test(name));
  const folder = index?.slice(0, -'data.pkl'.length);
  const pickle = files.get(index ?? '')?.();
  if (pickle === undefined) throw fault('data.pkl', 'the archive', 'none', source);
  const order = files.get(`${folder}byteorder`)?.();
  if (order !== undefined) checkOrder(new TextDecoder().decode(order) === 'little', source);
  const known = new Map<Pickled, Storage>();
  const persistent = (id: Pickled): Storage => {
    const [type, key] = storageId(id, source);
    const storage = known.get(key) ?? new Storage(type, source, files.get(`${folder}data/${key}`)?.());
    known.set(key, storage);
    return storage;
  };
  return readPickle(pickle, 0, { names: torchNames, persistent, source }).value;
}

/** Pickles one after the other: magic number, version, system, the object, keys. Then the storages follow. */
function readRow(bytes: Uint8Array, source: string): Pickled {
  let at = 0;
  const storages = new Map<Pickled, Storage>();
  const persistent = (id: Pickled): Storage => {
    const [type, key, view] = storageId(id, source);
    if (view !== null && view !== undefined)
      throw fault('whole storages', 'a tensor', 'a part of one', source);
    const storage = storages.get(key) ?? new Storage(type, source);
    storages.set(key, storage);
    return storage;
  };
  const next = (): Pickled => {
    const { value, end }: ReadPickle = readPickle(bytes, at, { names: torchNames, persistent, source });
    at = end;
    return value;
  };
  const first = next();
  // A plain pickle without magic number, by another program.
  if (typeof first !== 'number') return first;
  next();
  const system = next();
  if (system instanceof Map) checkOrder(system.get('little_endian') !== false, source);
  const value = next();
  const keys = next();
  if (!Array.isArray(keys)) throw fault('a list of storages', 'the file', 'something else', source);
  for (const key of keys) {
    const storage = storages.get(key);
    if (storage === undefined) throw fault('a storage of a tensor', 'the file', 'an unknown one', source);
    at = readStorage(storage, bytes, at, source);
  }
  return value;
}

/** Class, key, and part of the storage that a persistent id names. */
function storageId(id: Pickled, source: string): [type: Pickled, key: Pickled, view: Pickled] {
  if (Array.isArray(id) && id[0] === 'storage' && typeof id[2] === 'string') return [id[1], id[2], id[5]];
  const received = Array.isArray(id) && id[0] === 'module' ? 'a whole module' : 'something else';
  throw fault('tensors', 'the file', received, source);
}

function checkOrder(isLittle: boolean, source: string): void {
  if (!isLittle) throw fault('little-endian numbers', 'the file', 'big-endian ones', source);
}

function tensorsIn(value: Pickled, source: string): StoredTensors {
  const own: [Pickled, Pickled] = ['the file', value];
  const all = [own, ...(value instanceof Map ? value : [])].map(([name, entry]) => ({
    name: typeof name === 'string' ? name : 'an entry without a name',
    tensors: dictionary(entry, source),
  }));
  const found = all.filter(({ tensors }) => [...tensors.values()].some(({ shape }) => shape.length === 4));
  const [only, ...others] = found;
  if (only !== undefined && others.length === 0) return only.tensors;
  const received = only === undefined ? 'none' : `${found.map(({ name }) => name).join(', ')}`;
  throw fault('one dictionary with kernels of convolutions', 'the file', received, source);
}

function dictionary(value: Pickled, source: string): Map<string, StoredTensor> {
  const entries = value instanceof Map ? [...value] : [];
  return new Map(
    entries.flatMap(([name, entry]) =>
      typeof name === 'string' && entry instanceof TorchTensor
        ? [[name, storedTensor(name, entry, source)] as const]
        : [],
    ),
  );
}
