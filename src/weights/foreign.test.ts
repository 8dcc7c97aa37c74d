import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readLossNetwork } from '../networks/node/loss-network-file.ts';
import { openModel } from '../stylize/node/models.ts';
import { foreignFile, namingOf } from './foreign.ts';
import { readSafetensors, type WeightMap, writeSafetensors } from './safetensors.ts';

const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

/** The first file of a ZIP archive, stored. */
const zip = (name: string) =>
  bytesOf(`PK\x03\x04\x14\0\0\0\0\0${'\0'.repeat(16)}${String.fromCharCode(name.length)}\0\0\0${name}`);

const files: Record<string, [Uint8Array, string]> = {
  'new.pth': [zip('archive/data.pkl'), 'a PyTorch file'],
  // pickle.dumps(0x1950a86a20f9469cfc6c, protocol=2), as torch.save began its files before 1.6.
  'old.pth': [
    bytesOf('\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.'),
    'a PyTorch file (an old pickle)',
  ],
  'dictionary.pkl': [bytesOf('\x80\x04\x95\x0b\0\0\0\0\0\0\0}\x94.'), 'a Python pickle'],
  'vgg.h5': [bytesOf('\x89HDF\r\n\x1a\n\0\0\0\0'), 'an HDF5 file, such as Keras writes (.h5)'],
  'vgg.keras': [zip('model.weights.h5'), 'a Keras file'],
  'vgg.npz': [zip('conv1_1.npy'), 'arrays of NumPy (.npz)'],
  'vgg.npy': [bytesOf('\x93NUMPY\x01\0v\0{}'), 'an array of NumPy (.npy)'],
  // A ModelProto: ir_version 8, producer_name "pytorch".
  'net.onnx': [bytesOf('\x08\x08\x12\x07pytorch:\0'), 'an ONNX graph'],
  'vgg.mat': [bytesOf('MATLAB 5.0 MAT-file, Platform: GLNXA64'), 'a MATLAB file (.mat)'],
  'vgg.t7': [bytesOf('\x04\0\0\0\x01\0\0\0\x03\0\0\0V 1'), 'a file of Torch for Lua (.t7)'],
  'pointer.pth': [bytesOf('version https://git-lfs.github.com/spec/v1'), 'a Git LFS pointer'],
  'page.pth': [bytesOf('<!DOCTYPE html><html>'), 'a web page'],
};

const weights = (...names: string[]): WeightMap =>
  new Map(names.map((name) => [name, { shape: [1], data: new Float32Array(1) }]));

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasserfarbe-foreign-'));
});
afterAll(() => rm(folder, { recursive: true }));

describe.each(Object.entries(files))('%s', (name, [bytes, kind]) => {
  it('is named wherever a network is asked for, whatever its ending, in one line', async () => {
    const wanted = `expected a safetensors file for NAME but received ${kind} (`;
    expect(() => readSafetensors(bytes, name)).toThrow(wanted.replace('NAME', 'the weights'));
    for (const file of [name, `${name}.safetensors`]) {
      const path = join(folder, file);
      await writeFile(path, bytes);
      await expect(openModel(path)).rejects.toThrow(`${wanted.replace('NAME', 'the model')}${path}); `);
      // Of some the tensors are read: these here are damaged.
      const refused = foreignFile(bytes)?.format === undefined ? wanted.replace('NAME', 'the weights') : '';
      await expect(readLossNetwork(path)).rejects.toThrow(`${refused}${path})`);
      await expect(readLossNetwork(path)).rejects.toThrow(/^expected [^\n]+$/);
    }
  });
});

it('says which files are imported', () => {
  expect(foreignFile(zip('archive/data.pkl'))?.remedy).toContain('wasserfarbe weights import');
});

it('takes no safetensors file for another, whatever the length of its header', () => {
  // The lengths 640, 896, 1152 and 1408 begin with the two bytes of pickles of protocol 2 to 5.
  for (const length of [640, 896, 1152, 1408, 0x12_08_08]) {
    const bytes = writeSafetensors(weights('x'), { metadata: { a: ' '.repeat(length - 90) } });
    const header = new DataView(bytes.buffer).getUint32(0, true);
    const padded = new Uint8Array(bytes.length + length - header);
    padded.set(bytes.subarray(0, 8 + header));
    padded.fill(0x20, 8 + header, 8 + length);
    new DataView(padded.buffer).setUint32(0, length, true);
    padded.set(bytes.subarray(8 + header), 8 + length);
    expect(readSafetensors(padded).tensors.size).toBe(1);
  }
});

it.each([
  [['features.0.weight', 'features.2.weight'], 'give it as the loss network'],
  [['0.weight', '2.weight'], 'give it as the loss network'],
])('tensors called %o are no model, but may be a network', async (names, words) => {
  expect(namingOf(names)).toContain(words);
  const path = join(folder, 'other.safetensors');
  await writeFile(path, writeSafetensors(weights(...names)));
  await expect(openModel(path)).rejects.toThrow(words);
  await expect(readLossNetwork(path)).rejects.toThrow('expected a VGG-19 without batch normalisation');
});

it.each([
  [['block1_conv1/kernel:0'], 'rename block1_conv1 to conv1_1'],
  [['encoder.conv1_1.weight'], 'a model that paints'],
  [['model.diffusion_model.input_blocks.0.weight'], 'a diffusion model'],
])('tensors called %o are explained', async (names, words) => {
  expect(namingOf(names)).toContain(words);
  const path = join(folder, 'other.safetensors');
  await writeFile(path, writeSafetensors(weights(...names)));
  await expect(readLossNetwork(path)).rejects.toThrow(words);
  await expect(openModel(path)).rejects.toThrow(
    `expected the model card other.json beside it for the model but received tensors ${names.join(', ')} without one (${path}); `,
  );
});
