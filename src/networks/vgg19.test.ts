import { describe, expect, it } from 'vitest';
import { randomParameters, randomWeights } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { conv, fill, maxPool, at, type Plain, plain, relu } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { Variables } from './parameters.ts';
import {
  type LayerName,
  layerNames,
  type Preprocessing,
  vgg19,
  vgg19Narrow,
  type Vgg19Config,
  vgg19ConfigOf,
} from './vgg19.ts';

const widths = [3, 4, 5, 6, 7] as const;
const heads = [4, 8, 9, 10, 11] as const;
const convolutions = [
  ['conv1_1', 'conv1_2'],
  ['conv2_1', 'conv2_2'],
  ['conv3_1', 'conv3_2', 'conv3_3', 'conv3_4'],
  ['conv4_1', 'conv4_2', 'conv4_3', 'conv4_4'],
  ['conv5_1'],
];

/** The network by hand: layer → features. */
function plainVgg(
  picture: Plain,
  values: (name: string) => Float32Array,
  preprocessing: Preprocessing,
): Record<string, Plain> {
  const found: Record<string, Plain> = {};
  const mean = [0.485, 0.456, 0.406];
  const deviation = [0.229, 0.224, 0.225];
  let x =
    preprocessing === 'conv0'
      ? conv(picture, values('conv0.weight'), values('conv0.bias'), 3, 1)
      : fill([picture.n, 3, picture.h, picture.w], (n, c, i, j) =>
          preprocessing === 'imagenet'
            ? (at(picture, n, c, i, j) - (mean[c] ?? 0)) / (deviation[c] ?? 0)
            : (at(picture, n, c, i, j) - 0.45) * 4,
        );
  convolutions.forEach((names, stage) => {
    if (stage > 0) x = maxPool(x);
    for (const name of names) {
      x = relu(conv(x, values(`${name}.weight`), values(`${name}.bias`), widths[stage] ?? 0, 3));
      found[name.replace('conv', 'relu')] = x;
    }
  });
  return found;
}

const picture = uniform(5, 2 * 3 * 21 * 18, 0, 1);

describe.each(['conv0', 'imagenet', 'centred'] as const)('VGG-19, preprocessing %s', (preprocessing) => {
  it('is the plain network at odd sizes, every layer', () => {
    const x = input('x', [2, 3, 21, 18]);
    const config: Vgg19Config = { widths, preprocessing };
    const { parameters, values } = randomParameters((p) => vgg19(x, p, config, layerNames));
    const features = vgg19(x, parameters, config, layerNames);
    const wanted = plainVgg(plain(2, 3, 21, 18, picture), values, preprocessing);
    const results = evaluate(features, { x: picture });
    for (const layer of layerNames) expectClose(results[layer], wanted[layer]?.data, 1e-6);
    expect(layerNames.map((layer) => features[layer].shape)).toEqual([
      [2, 3, 21, 18],
      [2, 4, 11, 9],
      [2, 5, 6, 5],
      [2, 6, 3, 3],
      [2, 7, 2, 2],
    ]);
  });
});

describe('VGG-19', () => {
  const x = input('x', [2, 3, 21, 18]);

  it('sends each layer through its head', () => {
    const config: Vgg19Config = { widths, preprocessing: 'centred', heads };
    const { parameters, values } = randomParameters((p) => vgg19(x, p, config, layerNames));
    const features = vgg19(x, parameters, config, layerNames);
    const results = evaluate(features, { x: picture });
    const bare = plainVgg(plain(2, 3, 21, 18, picture), values, 'centred');
    layerNames.forEach((layer, i) => {
      const name = `${layer.replace('relu', 'conv')}_aux`;
      const narrow = bare[layer];
      if (narrow === undefined) throw new Error(layer);
      const wanted = relu(conv(narrow, values(`${name}.weight`), values(`${name}.bias`), heads[i] ?? 0, 1));
      expectClose(results[layer], wanted.data, 1e-6);
    });
    const { narrow } = vgg19Narrow(x, parameters, config, layerNames);
    expect(narrow.relu3_1.shape).toEqual([2, 5, 6, 5]);
  });

  it('builds nothing behind the deepest layer asked for', () => {
    const names = (layers: readonly LayerName[]) => {
      const variables = new Variables();
      vgg19(x, variables, { widths, preprocessing: 'conv0' }, layers);
      return [...variables.tensors.keys()].filter((name) => name.endsWith('.weight'));
    };
    expect(names(['relu1_1'])).toEqual(['conv0.weight', 'conv1_1.weight']);
    expect(names(['relu3_1', 'relu1_1'])).toEqual([
      'conv0.weight',
      'conv1_1.weight',
      'conv1_2.weight',
      'conv2_1.weight',
      'conv2_2.weight',
      'conv3_1.weight',
    ]);
    expect(names(layerNames)).toEqual([
      'conv0.weight',
      ...convolutions.flat().map((name) => `${name}.weight`),
    ]);
  });

  it('asks only for the heads of the layers wanted', () => {
    const variables = new Variables();
    vgg19(x, variables, { widths, preprocessing: 'centred', heads }, ['relu2_1']);
    expect([...variables.tensors.keys()].filter((name) => name.includes('aux'))).toEqual([
      'conv2_1_aux.weight',
      'conv2_1_aux.bias',
    ]);
  });

  it('refuses a picture too small to mirror', () => {
    const tiny = input('x', [1, 3, 16, 40]);
    expect(() => vgg19(tiny, new Variables(), { widths, preprocessing: 'centred' }, ['relu5_1'])).toThrow(
      /reflectPad/,
    );
  });
});

describe('vgg19ConfigOf', () => {
  const x = input('x', [1, 3, 32, 32]);
  const weights = (config: Vgg19Config, layers: readonly LayerName[] = layerNames) =>
    randomWeights((p) => vgg19(x, p, config, layers));

  it('reads widths and heads off the tensors', () => {
    for (const config of [
      { widths, preprocessing: 'conv0', heads },
      { widths, preprocessing: 'conv0' },
      { widths, preprocessing: 'imagenet' },
    ] satisfies Vgg19Config[]) {
      expect(vgg19ConfigOf(weights(config), 'file', config.preprocessing)).toEqual(config);
    }
  });

  it('takes a file that ends at conv3_1', () => {
    const short = weights({ widths, preprocessing: 'conv0' }, ['relu3_1']);
    const wanted = { widths: [3, 4, 5, 0, 0], preprocessing: 'conv0' };
    expect(vgg19ConfigOf(short, 'file', 'conv0')).toEqual(wanted);
  });

  it('refuses weights of something else, naming file and tensors', () => {
    const other = new Map([['features.0.weight', { shape: [64, 3, 3, 3], data: new Float32Array(1728) }]]);
    expect(() => vgg19ConfigOf(other, 'other.safetensors', 'conv0')).toThrow(
      'expected VGG-19 weights conv1_1.weight … conv5_1.weight for loss network but received features.0.weight (other.safetensors)',
    );
    expect(() => vgg19ConfigOf(new Map(), 'empty.safetensors', 'conv0')).toThrow('received no tensors');
  });
});
