import { expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { channelStatistics, normalise } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/sources.ts';
import { decoder } from './decoder.ts';
import { encodeFeatures, encodeStyle, reconstruct, stylize } from './generator.ts';
import { type Parameters, scoped } from './parameters.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';
import { transforms } from './transforms/table.ts';

const config: GeneratorConfig = {
  ...plainGenerator,
  encoder: { widths: [4, 5, 6, 8, 8], preprocessing: 'centred' },
  transform: 'style-decorator',
};
const content = input('content', [1, 3, 40, 32]);
const style = input('style', [1, 3, 32, 40]);
const feeds = { content: uniform(1, 3840, 0, 1), style: uniform(2, 3840, 0, 1) };
const build = (p: Parameters) => stylize(content, encodeStyle(style, p, config), p, config);

it('decodes with the style’s mean and deviation at each layer', () => {
  const { parameters } = randomParameters(build);
  const [fc, fs] = [content, style].map((x) => encodeFeatures(x, parameters, config));
  if (fc === undefined || fs === undefined) throw new Error('no features');
  const { encode, apply } = transforms['style-decorator'];
  const met = apply(fc.relu4_1, encode(fs.relu4_1, parameters, config), parameters, config).features;
  const wanted = decoder(
    met,
    scoped(parameters, 'decoder.'),
    { ...config, widths: [4, 5, 6, 8] },
    {
      adapt(layer, y) {
        const { mean, deviation } = channelStatistics(fs[layer]);
        return add(mul(normalise(y), deviation), mean);
      },
    },
  );
  const values = evaluate({ made: build(parameters), wanted }, feeds);
  expectClose(values.made, values.wanted, 1e-9);
});

it('inverts features in the statistics of their own picture', () => {
  const { parameters } = randomParameters(build);
  const paint = stylize(content, encodeStyle(content, parameters, config), parameters, config);
  const back = reconstruct(content, encodeFeatures(content, parameters, config), parameters, config);
  const values = evaluate({ paint, back }, feeds);
  // Whitening is undone by colouring, and each patch is its own nearest.
  expectClose(values.paint, values.back, 1e-3);
  expect(values.back).toHaveLength(3840);
});
