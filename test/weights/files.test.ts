/**
 * VGG-19 in files of other programs: made by PyTorch and onnx (make-files.py), read here, and compared with
 * the activations that PyTorch computed.
 */

import { existsSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate } from '../../src/graph/evaluate.ts';
import { input } from '../../src/graph/ops/sources.ts';
import type { ForeignPreprocessing } from '../../src/networks/conv0.ts';
import { lossNetwork } from '../../src/networks/loss-network.ts';
import { readLossNetwork } from '../../src/networks/node/loss-network-file.ts';
import { readNetwork } from '../../src/networks/node/network-file.ts';
import { vgg19Tensors } from '../../src/networks/vgg19-names.ts';
import { layerNames, vgg19 } from '../../src/networks/vgg19.ts';
import { readTensors } from '../../src/weights/node/tensor-file.ts';
import { readWeights } from '../../src/weights/node/weights-file.ts';
import { readStartingWeights } from '../../src/training/node/start.ts';
import { parseTrainingConfig } from '../../src/training/config.ts';
import { temporaryFolder } from '../helpers/pictures.ts';

const files = join(import.meta.dirname, 'files');
const at = (name: string) => join(files, name);
const [width, height] = [29, 37];
const picture = Float32Array.from({ length: 3 * width * height }, (_, i) => ((i * 7919) % 256) / 255);

interface Golden {
  readonly values: readonly number[];
  readonly mean: number;
  readonly square: number;
}

let golden: Record<string, Record<string, Golden>> = {};
let folder = '';
beforeAll(async () => {
  golden = JSON.parse(await readFile(at('golden.json'), 'utf8'));
  folder = await temporaryFolder();
});
afterAll(() => rm(folder, { recursive: true }));

/** Compares all layers with those of PyTorch. */
async function expectGolden(name: string, how: string, stated?: ForeignPreprocessing): Promise<void> {
  const { weights, preprocessing } = await readNetwork(at(name), 'the network', stated);
  expect(preprocessing).toBe('conv0');
  const { parameters, config } = lossNetwork(weights, name, preprocessing);
  const x = input('x', [1, 3, height, width]);
  const features = evaluate(vgg19(x, parameters, config, layerNames), { x: picture });
  for (const layer of layerNames) {
    const [own, wanted] = [features[layer] ?? new Float64Array(), golden[how]?.[layer]];
    const step = Math.max(1, Math.floor(own.length / 12));
    const values = wanted?.values.map((_, i) => own[i * step]) ?? [];
    const scale = Math.sqrt(wanted?.square ?? 0);
    values.forEach((value, i) => {
      expect(Math.abs((value ?? 0) - (wanted?.values[i] ?? 0)) / scale, `${layer} ${i}`).toBeLessThan(1e-5);
    });
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    expect(mean / (wanted?.mean ?? 0)).toBeCloseTo(1, 5);
  }
}

describe('activations are those of PyTorch', () => {
  const whole = ['torchvision.pth', 'torchvision-old.pth', 'half.pth', 'double.pth', 'bfloat.pth'];
  it.each([...whole, 'torchvision.onnx', 'timm-bfloat.safetensors'])('%s', (name) =>
    expectGolden(name, 'imagenet', 'imagenet'),
  );

  it.each(['caffe', 'none'] as const)('with the preprocessing %s', (how) =>
    expectGolden('torchvision.pth', how, how),
  );

  it.each(['adain.pth', 'adain-tar.pth', 'checkpoint.pth'])('%s, which states its preprocessing', (name) =>
    expectGolden(name, 'conv0'),
  );
});

it('values are the same to the bit in every form', async () => {
  const { weights } = await readNetwork(at('torchvision.pth'), 'the network', 'none');
  expect([...weights.keys()]).toContain('conv5_1.bias');
  for (const name of [
    'torchvision.onnx',
    'timm-bfloat.safetensors',
    'half.pth',
    'double.pth',
    'bfloat.pth',
  ]) {
    expect((await readNetwork(at(name), 'the network', 'none')).weights).toEqual(weights);
  }
  const { weights: adain } = await readNetwork(at('adain.pth'), 'the network');
  for (const name of ['adain-tar.pth', 'checkpoint.pth']) {
    expect((await readNetwork(at(name), 'the network')).weights).toEqual(adain);
  }
});

it('the preprocessing is never guessed: one line says which flag to give', async () => {
  for (const name of ['torchvision.pth', 'torchvision.onnx', 'timm-bfloat.safetensors']) {
    await expect(readLossNetwork(at(name))).rejects.toThrow(
      `expected to be told the preprocessing for the loss network but received names that leave it open, such as features.0.weight (${at(name)}); wasserfarbe weights import FILE -o vgg19.safetensors --preprocessing imagenet, for weights of torchvision or timm; caffe for those from Caffe or Keras; none for RGB 0–1`,
    );
  }
  await expect(readNetwork(at('adain.pth'), '--preprocessing', 'caffe')).rejects.toThrow(
    'expected no preprocessing for --preprocessing but received caffe',
  );
});

it('they are loss networks and encoders as they are', async () => {
  expect((await readLossNetwork(at('adain.pth'))).config).toEqual({
    widths: [2, 2, 3, 3, 3],
    preprocessing: 'conv0',
  });
  const config = parseTrainingConfig({
    ...{ stage: 'autoencode', contentDir: 'a', styleDir: 'b', saveDir: 'c' },
    preset: 'paper',
    encoder: at('adain.pth'),
  });
  const { weights } = await readStartingWeights(config);
  const { weights: own } = await readNetwork(at('adain.pth'), 'the network');
  expect(weights.get('encoder.conv4_1.weight')).toEqual(own.get('conv4_1.weight'));
  await expect(readStartingWeights({ ...config, encoder: at('torchvision.pth') })).rejects.toThrow(
    'expected to be told the preprocessing for --encoder',
  );
  // The encoder of slim takes pictures in another form, and would pass over conv0.
  await expect(readStartingWeights({ ...config, preset: 'slim' })).rejects.toThrow(
    'expected preprocessing centred, no heads for --encoder but received preprocessing conv0, no heads',
  );
});

it('VGG-16 is refused under this package’s names too', () => {
  const names = ['1_1', '1_2', '2_1', '2_2', '3_1', '3_2', '3_3', '4_1', '4_2', '4_3', '5_1'];
  const tensors = new Map(
    names.flatMap((name, i) => [
      [`conv${name}.weight`, { shape: [2, i === 0 ? 3 : 2, 3, 3] }],
      [`conv${name}.bias`, { shape: [2] }],
    ]),
  );
  expect(() => vgg19Tensors(tensors as never, 'vgg16.pth')).toThrow(
    'expected a VGG-19 without batch normalisation for the network but received conv4_1',
  );
});

describe('what is no VGG-19 is refused in one line', () => {
  it.each([
    ['module.pth', 'received torch.nn.modules.container.Sequential'],
    [
      'batch-norm.pth',
      'expected a VGG-19 without batch normalisation for the network but received a layer features.1.weight',
    ],
  ])('%s', async (name, words) => {
    const reading = readLossNetwork(at(name));
    await expect(reading).rejects.toThrow(words);
    await expect(reading).rejects.toThrow(/^[^\n]+$/);
  });

  /** Pickles by hand: protocol 2, then the opcodes. */
  const pickles: Record<string, [string, string]> = {
    'a command': ['cos\nsystem\nX\x04\0\0\0true\x85R.', 'received os.system'],
    'a hidden command': ['X\x08\0\0\0builtinsX\x04\0\0\0eval\x93.', 'received builtins.eval'],
    'an unknown opcode': ['\xff.', 'received 0xff'],
    'a global of the registry of extensions': ['\x82\x01.', 'received 0x82'],
    'a class as an object': ['ctorch\nFloatStorage\n)R.', 'received torch.FloatStorage()'],
    'attributes of a list': [']}b.', 'expected a dictionary that gets attributes'],
    'a stack that is empty': ['.', 'expected a value on the stack'],
    'a tuple without a mark': ['t.', 'expected a mark on the stack'],
    'what was not remembered': ['h\x05.', 'expected a value that was remembered'],
    'an endless number': ['\x8a\xff.', 'expected a number of at most 16 bytes'],
    'an endless text': ['X\xff\xff\xff\x7f.', 'expected a text of at most 65536 bytes'],
    'a list of itself': [
      ']q\0h\0a.',
      'expected one dictionary with kernels of convolutions for the file but received none',
    ],
    'lists of lists as a name': [
      `]q\0${'h\0h\0\x86q\0'.repeat(60)}}h\0K\x01s.`,
      'expected one dictionary with kernels',
    ],
    'a module': ['X\x06\0\0\0module\x85Q.', 'received a whole module'],
    'numbers alone': ['}X\x01\0\0\0aK\x01s.', 'expected one dictionary with kernels'],
  };
  it.each(Object.entries(pickles))('%s', async (name, [opcodes, words]) => {
    const path = join(folder, `${name}.pth`);
    await writeFile(path, Buffer.from(`\x80\x02${opcodes}`, 'latin1'));
    await expect(readLossNetwork(path)).rejects.toThrow(words);
  });

  it('a list of a million opcodes', async () => {
    const bytes = Buffer.concat([Buffer.from('\x80\x02', 'latin1'), Buffer.alloc(4e6, ']')]);
    await expect(readTensors(bytes, 'bomb')).rejects.toThrow('expected at most 1000000 opcodes');
  });
});

function bytesOf(data: Float32Array = new Float32Array()): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}

describe('files of ../shared/weights', () => {
  const shared = join(import.meta.dirname, '../../../shared/weights');
  it.each([
    ['vgg19-16x', 35],
    ['vgg19-conv3_1', 12],
  ])('%s.pth holds what its safetensors do', async (name, least) => {
    const [old, own] = [join(shared, 'pth', `${name}.pth`), join(shared, `${name}.safetensors`)];
    if (!existsSync(old) || !existsSync(own)) {
      console.log(`skipped: no ${name} in ../shared/weights`);
      return;
    }
    const { weights, preprocessing } = await readNetwork(old, 'the network');
    const { tensors } = await readWeights(own);
    expect(preprocessing).toBe('conv0');
    expect(weights.size).toBeGreaterThanOrEqual(least);
    for (const [key, { shape, data }] of weights) {
      expect(tensors.get(key)?.shape, key).toEqual(shape);
      expect(Buffer.compare(bytesOf(data), bytesOf(tensors.get(key)?.data))).toBe(0);
    }
  });
});
