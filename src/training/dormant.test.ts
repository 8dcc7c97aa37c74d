import { afterAll, expect, it } from 'vitest';
import { uniform } from '../../test/helpers/numbers.ts';
import { encodeStyle, stylize } from '../networks/generator.ts';
import { Variables } from '../networks/parameters.ts';
import { stream } from '../random.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { type StateKind, stateKinds, stateName, statesOf } from './adam.ts';
import { generatorConfig, parseTrainingConfig, type TrainingSettings } from './config.ts';
import { describeDormant, findDormant, revive } from './dormant.ts';
import { pictureInputs } from './stage-graph.ts';

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
  gridWeight: 0,
  steadinessWeight: 0,
  drafts: false,
  trainEncoder: false,
  // Leaky units never sleep, and a bias has no effect on normalised ones.
  negativeSlope: 0,
  conditionalNormalisation: false,
});
const network = generatorConfig(config);
const batch = (step: number) => ({
  content: uniform(2 * step, 3 * 32 * 32, 0, 1),
  style: uniform(2 * step + 1, 3 * 32 * 32, 0, 1),
});
const find = (weights: WeightMap) => findDormant(weights, config, network, runtime, batch);

/** The states of a session that has just begun, without moments. */
const statesWith = (killed: readonly string[]): WeightMap =>
  new Map([...weightsWith(killed)].map(([name, tensor]) => [stateName('parameter', name), tensor]));

/** A fresh generator in which the biases of `killed` put all units but unit 3 to sleep. */
function weightsWith(killed: readonly string[]): WeightMap {
  const variables = new Variables();
  const { content, style } = pictureInputs(config);
  stylize(content, encodeStyle(style, variables, network), variables, network);
  const weights = variables.initialise(stream(1, 'test'));
  for (const name of killed) weights.get(`${name}.bias`)?.data.fill(-1e6).fill(1, 3, 4);
  return weights;
}

it('finds the units that fire for no picture, and names layers where most are', async () => {
  const dormant = await find(weightsWith(['decoder.conv3_2', 'encoder.conv2_2']));
  const of = (name: string) => dormant.find((layer) => layer.name === name);
  expect(of('decoder.conv3_2')?.units).toEqual([...Array(64).keys()].filter((k) => k !== 3));
  expect(of('encoder.conv2_2')?.units).toHaveLength(31);
  expect(of('encoder.conv1_1')?.units.length).toBeLessThan(4);
  expect(describeDormant(dormant)).toContain('63 of 64 in decoder.conv3_2');
  expect(describeDormant([{ name: 'decoder.conv3_2', units: [1, 2], of: 4 }])).toBeUndefined();
});

it.each<Partial<TrainingSettings>>([
  { shortcuts: 'none', modulation: 0, palette: 'none', matching: 'relu4_1' },
  { transform: 'adain' },
  { layers: 'relu4_1+relu5_1' },
  { stage: 'autoencode' },
  { stage: 'distil' },
  { method: 'sanet' },
  { method: 'adain' },
  { preset: 'paper-slim' },
])('looks at every form that a generator can have: %o', async (changed) => {
  const needed = {
    stage: 'style',
    contentDir: 'c',
    styleDir: 's',
    saveDir: 'r',
    cropSize: 64,
    gridWeight: 0,
    steadinessWeight: 0,
  } as const;
  const own = parseTrainingConfig({
    ...needed,
    drafts: false,
    conditionalNormalisation: false,
    ...changed,
    batchSize: 1,
  });
  const pictures = (step: number) => ({
    content: uniform(2 * step, 3 * 64 * 64, 0, 1),
    style: uniform(2 * step + 1, 3 * 64 * 64, 0, 1),
  });
  const found = await findDormant(new Map(), own, generatorConfig(own), runtime, pictures);
  expect(found.map(({ name }) => name)).toContain('encoder.conv3_1');
});

it('restarts dormant units that the stage trains, and no others', async () => {
  const states = statesWith(['decoder.conv3_2', 'encoder.conv2_2']);
  const bias = states.get('parameter/modulation.output.bias');
  // The shifts of conv3_2 follow the scales and shifts of conv3_4 and its own scales.
  bias?.data.fill(-1e6, 3 * 64, 4 * 64);
  const before = new Map([...states].map(([name, { data }]) => [name, data.slice()]));
  const sleeping = () => find(statesOf(states, 'parameter'));
  const dormant = await sleeping();
  const trained = dormant.filter(({ name }) => name.startsWith('decoder.'));
  const wanted = trained.reduce((sum, { units }) => sum + units.length, 0);
  expect(revive(states, dormant, config, network, 0)).toBe(wanted);
  for (let round = 1; round < 4; round++) revive(states, await sleeping(), config, network, round);
  const after = await sleeping();
  const asleep = (name: string) => after.find((layer) => layer.name === name)?.units.length ?? 0;
  expect(asleep('decoder.conv3_2')).toBeLessThan(16);
  expect(asleep('encoder.conv2_2')).toBe(31);
  const shifts = states.get('parameter/modulation.output.bias')?.data.slice(3 * 64, 4 * 64);
  expect(shifts?.filter((v) => v === 0).length).toBeGreaterThan(60);
  for (const [name, { data }] of states) {
    if (!/decoder\.conv|modulation\.output/.test(name)) expect(data).toEqual(before.get(name));
  }
});

it('knows the convolution that reads a layer if it is the only one', async () => {
  const dormant = await find(weightsWith([]));
  const readBy = Object.fromEntries(dormant.map((layer) => [layer.name, layer.readBy]));
  expect(readBy).toMatchObject({
    'encoder.conv1_1': undefined,
    'encoder.conv1_2': 'encoder.conv2_1',
    'encoder.conv3_3': 'encoder.conv3_4',
    'encoder.conv4_1': undefined,
    'decoder.conv3_4': 'decoder.conv3_3',
    'decoder.conv2_2': 'decoder.conv2_1',
    'decoder.conv1_2': 'decoder.conv1_1',
  });
});

it('leaves the picture unchanged if only a convolution reads the units', async () => {
  const linear = { ...network, linearJoins: true };
  const states = statesWith(['decoder.conv3_3']);
  states.get('parameter/decoder.conv3_3.bias')?.data.fill(-1e6);
  const variables = new Variables();
  const { content, style } = pictureInputs(config);
  const picture = stylize(content, encodeStyle(style, variables, linear), variables, linear);
  const program = await runtime.compile({ picture });
  const paint = async () => {
    const feeds = Object.fromEntries([...statesOf(states, 'parameter')].map(([name, t]) => [name, t.data]));
    return (await program.run({ ...feeds, ...batch(3) })).picture;
  };
  const before = await paint();
  const dormant = await findDormant(statesOf(states, 'parameter'), config, linear, runtime, batch);
  const asleep = dormant.filter(({ name }) => name === 'decoder.conv3_3');
  expect(revive(states, asleep, config, linear, 0)).toBe(64);
  expect(await paint()).toEqual(before);
  await program.dispose();
});

it('forgets the moments of restarted units only', () => {
  const name = 'decoder.conv3_2.weight';
  const states: WeightMap = new Map(
    stateKinds.map((kind) => [
      stateName(kind, name),
      { shape: [64, 64, 3, 3], data: new Float32Array(64 * 576).fill(1) },
    ]),
  );
  revive(states, [{ name: 'decoder.conv3_2', units: [2], of: 64 }], config, network, 0);
  const row = (kind: StateKind, unit: number) =>
    states.get(stateName(kind, name))?.data.slice(unit * 576, (unit + 1) * 576);
  expect(row('moment1', 2)?.every((v) => v === 0)).toBe(true);
  expect(row('moment1', 3)?.every((v) => v === 1)).toBe(true);
  // Adam takes the second one as settled: from zero its steps would be many times the rate.
  expect(row('moment2', 2)?.every((v) => v === 1)).toBe(true);
  expect(row('parameter', 2)).toEqual(row('average', 2));
  expect(row('parameter', 2)?.some((v) => v !== 1 && v !== 0)).toBe(true);
  expect(row('parameter', 1)?.every((v) => v === 1)).toBe(true);
});
