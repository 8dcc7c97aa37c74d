import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { slice } from '../graph/ops/layout.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { decoder } from './decoder.ts';
import {
  decodedLayers,
  encodeFeatures,
  encodeStyle,
  reconstruct,
  stylize,
  stylizeMixtures,
} from './generator.ts';
import { type Parameters, scoped } from './parameters.ts';
import { type GeneratorConfig, meetingLayers, plainGenerator } from './settings.ts';
import { covarianceOf, rootsOf } from './transforms/whitening.ts';
import { whitenedAndColoured } from './transforms/whitening-colouring.ts';
import { add, mul } from '../graph/ops/elementwise.ts';

const config: GeneratorConfig = {
  ...plainGenerator,
  encoder: { widths: [4, 5, 6, 8, 8], preprocessing: 'centred' },
  transform: 'whitening-colouring',
};
const content = input('content', [1, 3, 35, 26]);
const style = input('style', [1, 3, 24, 32]);
const feeds = { content: uniform(1, 3 * 35 * 26, 0, 1), style: uniform(2, 3 * 24 * 32, 0, 1) };
const build = (p: Parameters, own = config) => stylize(content, encodeStyle(style, p, own), p, own);

describe('a cascade', () => {
  it('encodes, whitens, colours and decodes at each layer, the deepest first', () => {
    const { parameters } = randomParameters(build);
    const ofStyle = encodeFeatures(style, parameters, config);
    let picture: Tensor = content;
    for (const layer of ['relu4_1', 'relu3_1', 'relu2_1', 'relu1_1'] as const) {
      const fc = encodeFeatures(picture, parameters, config)[layer];
      const { mean, matrix } = covarianceOf(ofStyle[layer]);
      const mixed = add(mul(whitenedAndColoured(fc, mean, rootsOf(matrix).root), 0.6), mul(fc, 0.4));
      const own = scoped(parameters, layer === 'relu4_1' ? 'decoder.' : `decoder.${layer}.`);
      const decoded = decoder(mixed, own, { ...config, widths: [4, 5, 6, 8] }, { from: layer });
      picture = slice(decoded, [0, 0, 0, 0], content.shape);
    }
    const values = evaluate({ made: build(parameters), picture }, feeds);
    expectClose(values.made, values.picture, 1e-9);
  });

  it('begins at relu5_1 if that is the deepest layer', () => {
    const deep: GeneratorConfig = { ...config, layers: 'relu4_1+relu5_1' };
    expect(meetingLayers(config)).toEqual(['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1']);
    expect(decodedLayers(deep)).toEqual(['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1', 'relu5_1']);
    const { parameters, weights } = randomParameters((p) => build(p, deep));
    expect([...weights.keys()]).toContain('decoder.relu5_1.conv5_1.weight');
    const y = evaluate({ y: build(parameters, deep) }, feeds).y;
    expect(y.every(Number.isFinite)).toBe(true);
  });

  it('mixes styles in their features at each layer', () => {
    const { parameters } = randomParameters(build);
    const own = encodeStyle(style, parameters, config);
    const other = encodeStyle(content, parameters, config);
    const paint = (share: number) => {
      const shares = [share, 1 - share].map((value) => constant([value], [1, 1, 1, 1]));
      const mixture = { styles: [own, other], weightsAt: () => shares };
      return stylizeMixtures(content, [mixture], parameters, config)[0] ?? content;
    };
    const values = evaluate({ one: paint(1), half: paint(0.5), alone: build(parameters) }, feeds);
    expectClose(values.one, values.alone, 1e-9);
    expect(Math.max(...values.half.map((v, i) => Math.abs(v - (values.one[i] ?? 0))))).toBeGreaterThan(1e-3);
  });

  it('has a decoder that inverts each layer', () => {
    const { parameters } = randomParameters(build);
    const picture = input('content', [1, 3, 32, 24]);
    const features = encodeFeatures(picture, parameters, config);
    const outputs = decodedLayers(config).map((from) => {
      return [from, reconstruct(picture, features, parameters, config, from)] as const;
    });
    const values = evaluate(Object.fromEntries(outputs), { content: uniform(3, 3 * 32 * 24, 0, 1) });
    expect(new Set(Object.values(values).map((data) => data[0])).size).toBe(4);
    for (const data of Object.values(values)) expect(data).toHaveLength(3 * 32 * 24);
  });
});
