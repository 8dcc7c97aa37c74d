/** The export of a distilled encoder: its weights and its measurements. */

import { afterAll, describe, expect, it } from 'vitest';
import { randomParameters, randomWeights } from '../../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../../test/helpers/numbers.ts';
import { get, mse } from '../../../test/helpers/plain.ts';
import { drawnImage } from '../../../test/helpers/pictures.ts';
import { evaluate } from '../../graph/evaluate.ts';
import { input } from '../../graph/ops/sources.ts';
import { ENCODER } from '../../networks/generator.ts';
import { type GeneratorConfig, plainGenerator } from '../../networks/settings.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import { frozen } from '../../networks/parameters.ts';
import { type LayerName, layerNames, vgg19, type Vgg19Config } from '../../networks/vgg19.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { distilScale } from '../encoder-stages.ts';
import { asleepByLayer, calibrated, measureLayers } from './export-network.ts';
import { DISTIL } from '../stage-graph.ts';

const SIZE = 32;
const x = input('x', [1, 3, SIZE, SIZE]);
const feeds = { x: uniform(1, 3 * SIZE * SIZE, 0, 1) };
const encoder: Vgg19Config = { widths: [3, 4, 5, 6, 7], preprocessing: 'centred' };
const network: GeneratorConfig = {
  ...plainGenerator,
  encoder,
  layers: 'relu4_1+relu5_1',
  transform: 'attention',
};
const single: GeneratorConfig = { ...network, layers: 'relu4_1' };

const widthOf = (layer: LayerName) => encoder.widths[layerNames.indexOf(layer)] ?? 0;
const student = randomWeights((p) => vgg19(x, p, encoder, layerNames));
const scales = [0.5, 0.25, 2, 0.1, 1.5];
const scaleOf = (layer: LayerName) => scales[layerNames.indexOf(layer)] ?? 1;

const prefixed = (prefix: string, weights: WeightMap): WeightMap =>
  new Map([...weights].map(([name, tensor]) => [prefix + name, tensor]));

/** A map that makes two of the teacher's channels from each of the student's: its columns are orthogonal. */
function map(layer: LayerName): { shape: number[]; data: Float32Array } {
  const channels = widthOf(layer);
  const drawn = uniform(layerNames.indexOf(layer), 2 * channels, 0.5, 2);
  const data = new Float32Array(2 * channels * channels);
  for (const [t, value] of drawn.entries()) data[t * channels + (t >> 1)] = value;
  return { shape: [2 * channels, channels, 1, 1], data };
}

function distilled(layers: readonly LayerName[] = layerNames, map_ = map): WeightMap {
  const maps = layers.map((layer) => [`${DISTIL}${layer}.weight`, map_(layer)] as const);
  const factors = layerNames.map((layer) => {
    return [distilScale(layer), { shape: [], data: Float32Array.of(scaleOf(layer)) }] as const;
  });
  return new Map([...prefixed(ENCODER, student), ...maps, ...factors]);
}

function features(weights: WeightMap): Record<string, Float64Array> {
  return evaluate({ ...vgg19(x, frozen(weights, 'test'), encoder, layerNames) }, feeds);
}
const before = features(student);
const power = (data: ArrayLike<number>) => mse(data, new Float64Array(data.length));

describe('calibrated weights', () => {
  it('scale each channel like its image under the map, without effect on the next layer', () => {
    const after = features(calibrated(distilled(), network));
    for (const layer of layerNames) {
      const channels = widthOf(layer);
      const { data } = map(layer);
      const factors = Array.from({ length: channels }, (_, k) => {
        const column = Array.from({ length: 2 * channels }, (_, t) => get(data, t * channels + k));
        return Math.hypot(...column) / Math.SQRT2 / scaleOf(layer);
      });
      const places = (before[layer]?.length ?? 0) / channels;
      const wanted = before[layer]?.map((v, i) => v * get(factors, Math.floor(i / places)));
      expectClose(after[layer], wanted, 1e-5);
      expect(Math.max(...(wanted ?? []))).toBeGreaterThan(0.1);
    }
  });

  it('give a student that is a linear image of the teacher the teacher’s mean square', () => {
    const after = features(calibrated(distilled(), network));
    for (const layer of layerNames) {
      const channels = widthOf(layer);
      const { data } = map(layer);
      const own = before[layer] ?? [];
      const places = own.length / channels;
      const teacher = Float64Array.from({ length: 2 * own.length }, (_, i) => {
        const [t, place] = [Math.floor(i / places), i % places];
        const k = t >> 1;
        return (get(data, t * channels + k) * get(own, k * places + place)) / scaleOf(layer);
      });
      expectClose([power(after[layer] ?? []) / power(teacher)], [1], 1e-5);
    }
  });

  it('have the teacher’s scale if it has as many channels and needs no map', () => {
    const after = features(calibrated(distilled([]), network));
    for (const layer of layerNames) {
      const wanted = before[layer]?.map((v) => v / scaleOf(layer));
      expectClose(after[layer], wanted, 1e-5);
    }
  });

  it('keep a little of a channel without information, which the next layer compensates', () => {
    const silent = (layer: LayerName) => {
      const { shape, data } = map(layer);
      return { shape, data: data.map((v, i) => (i % (shape[1] ?? 1) === 0 ? 0 : v)) };
    };
    const after = features(calibrated(distilled(layerNames, silent), network));
    const places = SIZE * SIZE;
    const [own, was] = [after.relu1_1, before.relu1_1].map((v) => v?.subarray(0, places) ?? []);
    expectClose(
      own,
      Float64Array.from(was ?? [], (v) => (v * 1e-3) / scaleOf('relu1_1')),
      1e-8,
    );
    const deep = features(calibrated(distilled(), network)).relu2_1 ?? [];
    const size = (deep.length ?? 0) / widthOf('relu2_1');
    expectClose(after.relu2_1?.subarray(size), Array.from(deep).slice(size), 1e-4);
  });

  it('are the encoder’s alone, without its prefix, and leave the original weights unchanged', () => {
    const weights = distilled();
    const was = new Map([...weights].map(([name, { data }]) => [name, data.slice()]));
    const names = (own: GeneratorConfig) => [...calibrated(weights, own).keys()].sort();
    expect(names(network)).toEqual([...student.keys()].sort());
    for (const [name, { data }] of weights) expect(data).toEqual(was.get(name));
    // With one level, the teacher does not affect deeper layers.
    const after = features(calibrated(weights, single));
    expectClose(after.relu5_1, before.relu5_1, 1e-5);
    expect(after.relu4_1).not.toEqual(before.relu4_1);
  });
});

describe('measured layers', () => {
  const runtime = createRuntime({ device: 'cpu', threads: 1 });
  afterAll(() => runtime.dispose());
  const pictures = [1, 2, 3].map((seed) => drawnImage(seed, SIZE, SIZE));
  const teacher: LossNetwork = { parameters: frozen(student, 'teacher'), config: encoder };
  const factor = (value: number): WeightMap =>
    new Map(layerNames.map((layer) => [distilScale(layer), { shape: [], data: Float32Array.of(value) }]));

  it('have no error and the correlation 1 if the student is the teacher', async () => {
    const weights = new Map([...prefixed(ENCODER, student), ...factor(1)]);
    const found = await measureLayers(weights, network, teacher, runtime, pictures);
    expect(found).toEqual(
      Object.fromEntries(layerNames.map((layer) => [layer, { error: 0, correlation: 1 }])),
    );
    expect(Object.keys(await measureLayers(weights, single, teacher, runtime, pictures))).toHaveLength(4);
  });

  it('have an error and the correlation 1 if its features have another scale', async () => {
    const weights = new Map([...prefixed(ENCODER, student), ...factor(2)]);
    const found = await measureLayers(weights, network, teacher, runtime, pictures);
    for (const layer of layerNames) expect(found[layer]).toEqual({ error: 0.25, correlation: 1 });
  });

  it('are the error and Pearson’s correlation over all pictures, through the map', async () => {
    const config: Vgg19Config = { widths: [4, 5, 6, 7, 8], preprocessing: 'centred' };
    const { parameters } = randomParameters((p) => vgg19(x, p, config, layerNames), 3);
    const bias = (layer: LayerName) => ({
      shape: [widthOf(layer) + 1],
      data: uniform(8, widthOf(layer) + 1),
    });
    const kernel = (layer: LayerName) => {
      const [inputs, outputs] = [widthOf(layer), widthOf(layer) + 1];
      return { shape: [outputs, inputs, 1, 1], data: uniform(9, inputs * outputs, 0, 1) };
    };
    const weights: WeightMap = new Map([...prefixed(ENCODER, student), ...factor(1.5)]);
    for (const layer of layerNames) {
      weights.set(`${DISTIL}${layer}.weight`, kernel(layer)).set(`${DISTIL}${layer}.bias`, bias(layer));
    }
    const found = await measureLayers(weights, network, { parameters, config }, runtime, pictures);
    const graph = vgg19(x, parameters, config, layerNames);
    const seen = pictures.map(({ data }) => {
      const fed = { x: data };
      const own: Record<string, Float64Array> = evaluate(
        { ...vgg19(x, frozen(student, ''), encoder, layerNames) },
        fed,
      );
      const target: Record<string, Float64Array> = evaluate({ ...graph }, fed);
      return { own, target };
    });
    for (const layer of layerNames) {
      const channels = widthOf(layer);
      const [wanted, made]: [number[], number[]] = [[], []];
      for (const { own, target } of seen) {
        wanted.push(...Array.from(target[layer] ?? [], (v) => 1.5 * v));
        const places = (own[layer]?.length ?? 0) / channels;
        for (let i = 0; i < places * (channels + 1); i++) {
          const [t, place] = [Math.floor(i / places), i % places];
          let sum = get(bias(layer).data, t);
          for (let k = 0; k < channels; k++)
            sum += get(kernel(layer).data, t * channels + k) * get(own[layer] ?? [], k * places + place);
          made.push(sum);
        }
      }
      const { error = 0, correlation = 0 } = found[layer] ?? {};
      expectClose([error], [mse(made, wanted) / power(wanted)], 1e-4);
      expectClose([correlation], [pearson(made, wanted)], 1e-4);
      expect(Math.abs(correlation)).toBeLessThan(0.99);
    }
  });

  it('have the correlation 0 if all units of a layer sleep', async () => {
    const weights = new Map([...prefixed(ENCODER, student), ...factor(1)]);
    const bias = { shape: [widthOf('relu5_1')], data: new Float32Array(widthOf('relu5_1')).fill(-1e6) };
    weights.set(`${ENCODER}conv5_1.bias`, bias);
    const { relu5_1 } = await measureLayers(weights, network, teacher, runtime, pictures);
    expect(relu5_1).toEqual({ error: 1, correlation: 0 });
  });

  it('are none without pictures', async () => {
    const weights = new Map([...prefixed(ENCODER, student), ...factor(1)]);
    expect(await measureLayers(weights, network, teacher, runtime, [])).toEqual({});
  });
});

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (list: readonly number[]) => list.reduce((s, v) => s + v, 0) / list.length;
  const [ma, mb] = [mean(a), mean(b)];
  const product = (p: readonly number[], mp: number, q: readonly number[], mq: number) =>
    mean(p.map((v, i) => (v - mp) * (get(q, i) - mq)));
  return product(a, ma, b, mb) / Math.sqrt(product(a, ma, a, ma) * product(b, mb, b, mb));
}

it('counts the sleeping units on the way to each layer', () => {
  const dormant = (name: string, units: readonly number[], of: number) => ({ name, units, of });
  expect(
    asleepByLayer([
      dormant('encoder.conv1_1', [2], 16),
      dormant('encoder.conv1_2', [0, 5], 16),
      dormant('encoder.conv2_1', [], 32),
      dormant('encoder.conv3_4', [1, 2, 3], 64),
      dormant('encoder.conv4_1', [7], 128),
      dormant('encoder.conv5_1', [1], 128),
    ]),
  ).toEqual({
    relu1_1: { asleep: 1, units: 16 },
    relu2_1: { asleep: 2, units: 48 },
    relu4_1: { asleep: 4, units: 192 },
    relu5_1: { asleep: 1, units: 128 },
  });
});
