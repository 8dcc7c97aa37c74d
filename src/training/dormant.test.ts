import { afterAll, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { encodeStyle, stylize } from '../networks/generator.ts';
import { Variables } from '../networks/parameters.ts';
import { stream } from '../random.ts';
import { createRuntime } from '../runtime/node.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { generatorConfig, parseTrainingConfig } from './config.ts';
import { describeDormant, findDormant, revive } from './dormant.ts';
import { pictureInputs } from './stage.ts';

const runtime = createRuntime({ device: 'cpu', threads: 1 });
afterAll(() => runtime.dispose());

const config = parseTrainingConfig({
  stage: 'style',
  contentDir: 'content',
  styleDir: 'style',
  saveDir: 'run',
  lossNetwork: 'vgg.safetensors',
  init: 'checkpoint.safetensors',
  batchSize: 1,
  cropSize: 32,
});
const network = generatorConfig(config);
const batch = (step: number) => ({
  content: uniform(2 * step, 3 * 32 * 32, 0, 1),
  style: uniform(2 * step + 1, 3 * 32 * 32, 0, 1),
});
const find = (weights: WeightMap) => findDormant(weights, config, network, runtime, batch);

/** A fresh generator, with all but unit 3 of `killed` put to sleep by their biases. */
function weightsWith(killed: readonly string[]): WeightMap {
  const variables = new Variables();
  const { content, style } = pictureInputs(config);
  stylize(content, encodeStyle(style, variables, network), variables, network);
  const weights = variables.initialise(stream(1, 'test'));
  for (const name of killed) weights.get(`${name}.bias`)?.data.fill(-1e6).fill(1, 3, 4);
  return weights;
}

it('finds the units that fire for no picture, and says where most of a layer are', async () => {
  const dormant = await find(weightsWith(['decoder.conv3_2', 'encoder.conv2_2']));
  const of = (name: string) => dormant.find((layer) => layer.name === name);
  expect(of('decoder.conv3_2')?.units).toEqual([...Array(64).keys()].filter((k) => k !== 3));
  expect(of('encoder.conv2_2')?.units).toHaveLength(31);
  expect(of('encoder.conv1_1')?.units.length).toBeLessThan(4);
  expect(describeDormant(dormant)).toContain('63 of 64 in decoder.conv3_2');
  expect(describeDormant([{ name: 'decoder.conv3_2', units: [1, 2], of: 4 }])).toBeUndefined();
});

it('begins them anew, those that the stage trains, and no others', async () => {
  const weights = weightsWith(['decoder.conv3_2', 'encoder.conv2_2']);
  const before = new Map([...weights].map(([name, { data }]) => [name, data]));
  const dormant = await find(weights);
  const trained = dormant.filter(({ name }) => name.startsWith('decoder.'));
  expect(revive(weights, dormant, config)).toBe(trained.reduce((sum, { units }) => sum + units.length, 0));
  for (let round = 1; round < 4; round++) revive(weights, await find(weights), config, round);
  const after = await find(weights);
  const asleep = (name: string) => after.find((layer) => layer.name === name)?.units.length ?? 0;
  expect(asleep('decoder.conv3_2')).toBeLessThan(16);
  expect(asleep('encoder.conv2_2')).toBe(31);
  const kernel = weights.get('decoder.conv3_2.weight')?.data;
  const awake = kernel?.slice(3 * 576, 4 * 576);
  expect(awake).toEqual(before.get('decoder.conv3_2.weight')?.slice(3 * 576, 4 * 576));
  for (const [name, { data }] of weights) {
    if (!/^decoder\.conv/.test(name)) expect(data).toBe(before.get(name));
  }
});
