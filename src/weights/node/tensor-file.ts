/** Tensors in files of any program that is read: safetensors, PyTorch, ONNX. Node only. */

import { WeightsError } from '../../errors.ts';
import { foreignFile } from '../foreign.ts';
import { readSafetensors } from '../safetensors.ts';
import type { StoredTensors } from '../stored.ts';

/** Readers of other programs' files, loaded when there is one. */
const readers = {
  torch: () => import('./formats/torch.ts').then((module) => module.readTorch),
  onnx: () => import('./formats/onnx.ts').then((module) => module.readOnnx),
};

/**
 * The tensors of a file, whose format is told by its bytes. Values are copied when a tensor is read.
 *
 * @param bytes the whole file
 * @param source the file name, for messages
 * @throws WeightsError if the format is not read, or the file is damaged
 */
export async function readTensors(bytes: Uint8Array, source: string): Promise<StoredTensors> {
  const foreign = foreignFile(bytes);
  if (foreign?.format === undefined) {
    const { tensors } = readSafetensors(bytes, source);
    return new Map([...tensors].map(([name, { shape, data }]) => [name, { shape, read: () => data }]));
  }
  const read = await readers[foreign.format]();
  try {
    return read(bytes, source);
  } catch (cause) {
    if (cause instanceof WeightsError) throw cause;
    const received = `one that cannot be read as ${foreign.kind}`;
    throw new WeightsError(
      { expected: 'a file of weights', name: 'the file', received, where: source },
      { cause },
    );
  }
}
