import { describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { foldAttention, unfoldAttention } from './fold.ts';
import { encodeStyle, stylize } from './generator.ts';
import type { GeneratorConfig } from './settings.ts';
import { methods } from './presets.ts';
import { frozen, type Parameters } from './parameters.ts';

const encoder = { widths: [2, 3, 4, 5, 5], preprocessing: 'centred' } as const;
const [content, style] = [input('content', [1, 3, 33, 18]), input('style', [1, 3, 24, 40])];
const feeds = { content: uniform(1, 3 * 33 * 18, 0, 1), style: uniform(2, 3 * 24 * 40, 0, 1) };

function painted(weights: WeightMap, config: GeneratorConfig) {
  const p = frozen(weights, 'test');
  return evaluate({ y: stylize(content, encodeStyle(style, p, config), p, config) }, feeds).y;
}

describe.each([
  ['SANet', { ...methods.sanet.slim, encoder }],
  ['the paper', { ...methods.wasserfarbe.paper, encoder }],
  ['slim', { ...methods.wasserfarbe.slim, encoder, modulation: 2 }],
  [
    'one that matches by relu3_1',
    { ...methods.wasserfarbe.slim, encoder, modulation: 2, matching: 'relu2_1+relu3_1' },
  ],
] as const)('folding the attention of %s', (name, config: GeneratorConfig) => {
  const build = (p: Parameters) => stylize(content, encodeStyle(style, p, config), p, config);
  const weights = randomWeights(build, 3);
  const folded = foldAttention(weights, config);

  it('gives the same picture with fewer weights', () => {
    expectClose(painted(folded.weights, folded.config), painted(weights, config), 1e-5);
    const gone = [...weights.keys()].filter((key) => !folded.weights.has(key));
    expect(gone).toHaveLength({ SANet: 8, 'the paper': 4 }[name as string] ?? 2);
    expect(foldAttention(folded.weights, folded.config)).toEqual(folded);
  });

  it('is undone by identities', () => {
    expectClose(painted(unfoldAttention(folded.weights), config), painted(weights, config), 1e-5);
    expect(unfoldAttention(weights)).toEqual(weights);
  });
});

it('leaves AdaIN alone and names what is missing', () => {
  const weights: WeightMap = new Map();
  expect(foldAttention(weights, methods.adain.slim).weights).toBe(weights);
  expect(() => foldAttention(weights, methods.sanet.slim)).toThrow(
    'expected attention.relu4_1.query.weight for a generator but received weights without it',
  );
});
