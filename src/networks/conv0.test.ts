import { describe, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { randomWeights } from '../../test/helpers/networks.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { conv0Of, foreignPreprocessings, knownPreprocessing } from './conv0.ts';
import { lossNetwork } from './loss-network.ts';
import { layerNames, type Preprocessing, vgg19 } from './vgg19.ts';

const x = input('x', [1, 3, 20, 23]);
const feeds = { x: uniform(1, 3 * 20 * 23, 0, 1) };
const config = { widths: [3, 4, 5, 6, 7], preprocessing: 'imagenet' } as const;
const bare = randomWeights((p) => vgg19(x, p, config, layerNames));

function look(weights: WeightMap, how: Preprocessing): Float64Array | undefined {
  const network = lossNetwork(weights, 'network', how);
  return evaluate(vgg19(x, network.parameters, network.config, ['relu3_1']), feeds).relu3_1;
}

describe('as a layer, a preprocessing', () => {
  it.each(['imagenet', 'centred'] as const)('%s is what networks compute of it, padding included', (how) => {
    const [layer, own] = [look(new Map([...conv0Of(how), ...bare]), 'conv0'), look(bare, how)];
    expect(layer?.length).toBe(5 * 5 * 6);
    layer?.forEach((value, i) => {
      expect(value).toBeCloseTo(own?.[i] ?? Number.NaN, 4);
    });
  });

  it('caffe swaps red and blue', () => {
    const [weight, bias] = conv0Of('caffe').map(([, { data }]) => data);
    const of = (rgb: readonly number[]) =>
      [0, 1, 2].map((o) => rgb.reduce((sum, v, i) => sum + v * (weight?.[3 * o + i] ?? 0), bias?.[o] ?? 0));
    const [blue = 0, green = 0, red = 0] = of([1, 0.5, 0]);
    expect([blue, green, red].map((value) => value.toFixed(3))).toEqual(['-103.939', '10.721', '131.320']);
  });

  it('has the shapes of conv0', () => {
    for (const how of foreignPreprocessings) {
      expect(conv0Of(how).map(([name, { shape, data }]) => [name, shape, data.length])).toEqual([
        ['conv0.weight', [3, 3, 1, 1], 9],
        ['conv0.bias', [3], 3],
      ]);
    }
  });
});

it('published files are known by the checksum that their names begin', () => {
  expect(knownPreprocessing(`dcbb9e9d${'0'.repeat(56)}`)).toBe('imagenet');
  expect(knownPreprocessing(`d01eb7cb${'0'.repeat(56)}`)).toBe('caffe');
  expect(knownPreprocessing('0'.repeat(64))).toBeUndefined();
});
