import { expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { lossNetwork } from './loss-network.ts';
import { meanActivations, withMeansOfOne } from './normalised.ts';
import { layerNames, vgg19 } from './vgg19.ts';

const widths = [3, 4, 5, 6, 7] as const;
const config = { widths, preprocessing: 'conv0' } as const;
const x = input('x', [1, 3, 33, 40]);
const feeds = { x: uniform(1, 3 * 33 * 40, 0, 1) };

it('brings each channel that fires to a mean of 1, and changes nothing else', () => {
  const weights = randomWeights((p) => vgg19(x, p, config, layerNames));
  const network = lossNetwork(weights, 'network');
  const measured = evaluate(meanActivations(x, network), feeds);
  const means = new Map(Object.entries(measured));
  expect([...means.keys()]).toHaveLength(13);
  const scaled = lossNetwork(withMeansOfOne(weights, means, 'network'), 'network');
  let silent = 0;
  for (const [name, values] of Object.entries(evaluate(meanActivations(x, scaled), feeds))) {
    for (const [i, value] of values.entries()) {
      const fires = (measured[name]?.[i] ?? 0) > 0;
      if (!fires) silent++;
      expect(value, `${name} ${i}`).toBeCloseTo(fires ? 1 : 0, 4);
    }
  }
  expect(silent).toBeLessThan(20);
  const look = (of: typeof network) => evaluate(vgg19(x, of.parameters, config, ['relu4_1']), feeds).relu4_1;
  const [before, after] = [look(network), look(scaled)];
  const area = (before?.length ?? 0) / widths[3];
  before?.forEach((value, i) => {
    const mean = measured.conv4_1?.[Math.floor(i / area)] || 1;
    expect(after?.[i]).toBeCloseTo(value / mean, 3);
  });
});

it('refuses a network with heads, which have the scale of another', () => {
  const weights = randomWeights((p) => vgg19(x, p, { ...config, heads: [8, 8, 8, 8, 8] }, layerNames));
  expect(() => withMeansOfOne(weights, new Map(), 'network')).toThrow(
    'expected a network without heads for --pictures but received one with heads (network)',
  );
});
