import { afterAll, describe, expect, it } from 'vitest';
import { randomWeights } from '../../test/helpers/networks.ts';
import { uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { input } from '../graph/ops/sources.ts';
import type { Outputs } from '../graph/tensor.ts';
import { type GeneratorConfig, plainGenerator } from '../networks/settings.ts';
import { lossNetwork } from '../networks/loss-network.ts';
import { frozen } from '../networks/parameters.ts';
import { layerNames, vgg19 } from '../networks/vgg19.ts';
import { createRuntime } from '../runtime/node/onnxruntime.ts';
import type { Runtime } from '../runtime/runtime.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import { statesOf } from './adam.ts';
import { parseTrainingConfig } from './config.ts';
import { fitMaps } from './distil-maps.ts';
import { findDormant } from './dormant.ts';
import { stageGraph } from './stages.ts';

const SIZE = 32;
const network: GeneratorConfig = {
  encoder: { widths: [3, 4, 5, 6, 6], preprocessing: 'centred' },
  ...plainGenerator,
  transform: 'adain',
};
const config = parseTrainingConfig({
  stage: 'distil',
  contentDir: '',
  styleDir: '',
  saveDir: '',
  batchSize: 1,
  cropSize: SIZE,
});
const teacher = { widths: [5, 4, 8, 9, 9], preprocessing: 'conv0' } as const;
const loss = lossNetwork(
  randomWeights((p) => vgg19(input('x', [1, 3, SIZE, SIZE]), p, teacher, layerNames), 5),
  'teacher',
);
const runtime = createRuntime({ device: 'cpu', threads: 1 });
afterAll(() => runtime.dispose());

/** The same pictures every time, so that the maps of many batches are those of one. */
const pictures = { content: uniform(1, 3 * SIZE ** 2, 0, 1), style: uniform(2, 3 * SIZE ** 2, 0, 0.6) };

function states(): WeightMap {
  const weights = randomWeights((p) => stageGraph(config, network, p, loss), 7);
  return new Map([...weights].map(([name, value]) => [`parameter/${name}`, value]));
}

/** The distillation's loss, and its slopes by the maps, at these states. */
function lossAt(from: WeightMap) {
  const values = new Map([...from].map(([name, value]) => [name.replace('parameter/', ''), value]));
  const own = frozen(values, 'states');
  const maps: Record<string, ReturnType<typeof input>> = {};
  const { objectives } = stageGraph(
    config,
    network,
    {
      get(name, shape, initialiser) {
        if (!/^distil\.relu/.test(name)) return own.get(name, shape, initialiser);
        maps[name] ??= input(name, shape);
        return maps[name];
      },
    },
    loss,
  );
  const names = Object.keys(maps);
  const slopes = gradients(
    objectives.generator,
    names.map((name) => maps[name] ?? input(name, [])),
  );
  const feeds = Object.fromEntries(names.map((name) => [name, values.get(name)?.data ?? []]));
  const outputs = Object.fromEntries(names.map((name, i) => [name, slopes[i] ?? objectives.generator]));
  return evaluate({ loss: objectives.generator, ...outputs }, { ...pictures, ...feeds });
}

describe('fitMaps', () => {
  it('finds the maps at which the loss has no slope, and leaves the student alone', async () => {
    const [before, after] = [states(), states()];
    await fitMaps(after, 'parameter', 'least-squares', config, network, loss, runtime, () => pictures);
    const [first, last] = [lossAt(before), lossAt(after)];
    const steepest = (found: Record<string, Float64Array>) =>
      Math.max(
        ...Object.entries(found).flatMap(([name, v]) => (name === 'loss' ? [] : [...v.map(Math.abs)])),
      );
    expect(steepest(first)).toBeGreaterThan(0.1);
    expect(steepest(last)).toBeLessThan(2e-3);
    expect(last.loss?.[0]).toBeLessThan(0.6 * (first.loss?.[0] ?? 0));
    for (const [name, { data }] of before) {
      const moved = after.get(name)?.data.some((value, i) => value !== data[i]);
      expect([name, moved]).toEqual([name, /distil\.relu[134]_1\./.test(name)]);
    }
  });

  it('finds the maps of the running averages', async () => {
    const [parameters, averages] = [states(), states()];
    const averaged = new Map([
      ...[...parameters].map(
        ([name, { shape, data }]) => [name, { shape, data: data.map((v) => -v) }] as const,
      ),
      ...[...averages].map(([name, value]) => [name.replace('parameter', 'average'), value] as const),
    ]);
    await fitMaps(averaged, 'average', 'least-squares', config, network, loss, runtime, () => pictures);
    await fitMaps(parameters, 'parameter', 'least-squares', config, network, loss, runtime, () => pictures);
    const map = 'distil.relu3_1.weight';
    expect(averaged.get(`average/${map}`)).toEqual(parameters.get(`parameter/${map}`));
  });

  it('finds the contribution of each channel alone, regardless of similar channels', async () => {
    // For two equal channels a solver may give all to one, or large numbers of opposite signs to both.
    const twins = states();
    for (const name of ['weight', 'bias']) {
      const { shape, data } = twins.get(`parameter/encoder.conv1_1.${name}`) ?? { shape: [], data: [] };
      const size = data.length / 3;
      const copied = Float32Array.from(data, (value, i) => (i >= 2 * size ? (data[i - size] ?? 0) : value));
      twins.set(`parameter/encoder.conv1_1.${name}`, { shape, data: copied });
    }
    await fitMaps(twins, 'parameter', 'marginal', config, network, loss, runtime, () => pictures);
    const { shape = [], data = [] } = twins.get('parameter/distil.relu1_1.weight') ?? {};
    expect(shape).toEqual([5, 3, 1, 1]);
    const column = (k: number) => Array.from({ length: 5 }, (_, t) => data[t * 3 + k] ?? 0);
    expect(column(2).every((value, t) => Math.abs(value - (column(1)[t] ?? 0)) < 1e-5)).toBe(true);
    expect(Math.hypot(...column(1))).toBeGreaterThan(0.05);
  });

  it('finds no contribution, and no NaN, of a layer whose units all sleep', async () => {
    const asleep = states();
    asleep.get('parameter/encoder.conv1_1.bias')?.data.fill(-1e6);
    await fitMaps(asleep, 'parameter', 'marginal', config, network, loss, runtime, () => pictures);
    const { data = [] } = asleep.get('parameter/distil.relu1_1.weight') ?? {};
    expect(data).toEqual(new Float32Array(15));
  });

  it('leaves no program behind if a batch cannot be made', async () => {
    let live = 0;
    const counted: Runtime = {
      ...runtime,
      async compile<K extends string>(outputs: Readonly<Record<K, Outputs[string]>>) {
        const program = await runtime.compile(outputs);
        live++;
        return { ...program, dispose: async () => void live-- };
      },
    };
    const none = () => Promise.reject(new Error('no batch'));
    const fitting = fitMaps(states(), 'parameter', 'marginal', config, network, loss, counted, none);
    await expect(fitting).rejects.toThrow('no batch');
    const weights = statesOf(states(), 'parameter');
    await expect(findDormant(weights, config, network, counted, none)).rejects.toThrow('no batch');
    expect(live).toBe(0);
  });
});
