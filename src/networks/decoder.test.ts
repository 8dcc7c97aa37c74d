import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import {
  at,
  conv,
  fill,
  get,
  mapValues,
  normalise,
  type Plain,
  plain,
  relu,
  statistics,
  upsample,
} from '../../test/helpers/plain.ts';
import { channelStatistics } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { mul } from '../graph/ops/elementwise.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { topologicalOrder } from '../graph/tensor.ts';
import { stream } from '../random.ts';
import { decoder, modulationOffsets, modulationSignals, styleStatistics } from './decoder.ts';
import { Variables } from './parameters.ts';
import { plainGenerator } from './settings.ts';

const widths = [3, 4, 5, 6] as const;
const x = input('x', [2, 6, 2, 3]);
const feeds = { x: uniform(1, 72, 0, 2) };
/** Name, outputs, upsampled after, modulated. */
const layers = [
  ['conv4_1', 5, true, false],
  ['conv3_4', 5, false, true],
  ['conv3_3', 5, false, false],
  ['conv3_2', 5, false, true],
  ['conv3_1', 4, true, false],
  ['conv2_2', 4, false, true],
  ['conv2_1', 3, true, true],
  ['conv1_2', 3, false, true],
  ['conv1_1', 3, false, false],
] as const;
const CHANNELS = 5 + 5 + 4 + 3 + 3;
const ALL_CHANNELS = 5 + 5 + 5 + 5 + 4 + 4 + 3 + 3;

/**
 * Linear between the centres of positions: a quarter of the way to the neighbour. At a border the
 * neighbour is the position itself.
 */
function enlarged(x: Plain): Plain {
  const ends = (i: number, size: number) => [
    i >> 1,
    Math.min(Math.max((i >> 1) + (i % 2 === 0 ? -1 : 1), 0), size - 1),
  ];
  return fill([x.n, x.c, 2 * x.h, 2 * x.w], (n, c, i, j) => {
    const [[y = 0, far = 0], [z = 0, away = 0]] = [ends(i, x.h), ends(j, x.w)];
    const row = (k: number) => 0.75 * at(x, n, c, k, z) + 0.25 * at(x, n, c, k, away);
    return 0.75 * row(y) + 0.25 * row(far);
  });
}

function plainDecoder(
  values: (name: string) => Float32Array,
  signals?: Float64Array,
  form: {
    readonly smoothUpsampling?: boolean;
    readonly negativeSlope?: number;
    readonly conditionalNormalisation?: boolean;
  } = {},
) {
  let y = plain(2, 6, 2, 3, feeds.x);
  let offset = 0;
  const every = form.conditionalNormalisation === true;
  const width = 2 * (every ? ALL_CHANNELS : CHANNELS);
  for (const [name, outputs, grows, modulated] of layers) {
    y = conv(y, values(`${name}.weight`), values(`${name}.bias`), outputs, 3);
    if ((modulated || (every && name !== 'conv1_1')) && signals !== undefined) {
      const before = every ? normalise(y) : y;
      const signal = (n: number, i: number) => get(signals, n * width + offset + i);
      y = fill(
        [2, outputs, y.h, y.w],
        (n, c, i, j) => at(before, n, c, i, j) * (1 + signal(n, c)) + signal(n, outputs + c),
      );
      offset += 2 * outputs;
    }
    const { negativeSlope = 0, smoothUpsampling = false } = form;
    if (name !== 'conv1_1') y = mapValues(y, (v) => (v > 0 ? v : negativeSlope * v));
    if (grows) y = smoothUpsampling && name !== 'conv2_1' ? enlarged(y) : upsample(y);
  }
  return y;
}

describe('decoder', () => {
  it('is the plain network, eight times as large', () => {
    const config = { ...plainGenerator, widths };
    const { parameters, values } = randomParameters((p) => decoder(x, p, config));
    const y = decoder(x, parameters, config);
    expect(y.shape).toEqual([2, 3, 16, 24]);
    expectClose(evaluate({ y }, feeds).y, plainDecoder(values).data, 1e-6);
  });

  it('leaks below zero and enlarges linearly except for the last time, if configured so', () => {
    const form = { smoothUpsampling: true, negativeSlope: 0.2 };
    const config = { ...plainGenerator, widths, ...form };
    const { parameters, values } = randomParameters((p) => decoder(x, p, config));
    const y = evaluate({ y: decoder(x, parameters, config) }, feeds).y;
    expectClose(y, plainDecoder(values, undefined, form).data, 1e-6);
  });

  it('scales and shifts five layers by the signals', () => {
    const config = { ...plainGenerator, widths, modulation: 4 };
    const signals = input('signals', [2, 2 * CHANNELS]);
    const { parameters, values } = randomParameters((p) => decoder(x, p, config, { signals: [signals] }));
    const signal = uniform(7, 4 * CHANNELS, -0.5, 0.5);
    const y = evaluate(
      { y: decoder(x, parameters, config, { signals: [signals] }) },
      { ...feeds, signals: signal },
    ).y;
    expectClose(y, plainDecoder(values, Float64Array.from(signal)).data, 1e-6);
  });

  it('normalises, scales and shifts each layer but the last, if configured so', () => {
    const form = { conditionalNormalisation: true, negativeSlope: 0.2 };
    const config = { ...plainGenerator, widths, modulation: 4, ...form };
    const signals = input('signals', [2, 2 * ALL_CHANNELS]);
    const { parameters, values } = randomParameters((p) => decoder(x, p, config, { signals: [signals] }));
    const y = decoder(x, parameters, config, { signals: [signals] });
    const signal = uniform(7, 4 * ALL_CHANNELS, -0.5, 0.5);
    const made = evaluate({ y }, { ...feeds, signals: signal }).y;
    expectClose(made, plainDecoder(values, Float64Array.from(signal), form).data, 1e-6);
    expect([...modulationOffsets(config).keys()]).toEqual(
      layers.map(([name]) => name).filter((name) => name !== 'conv1_1'),
    );
  });

  it('gives each layer but the last mean 0 and variance 1 by signals of zero', () => {
    const config = { ...plainGenerator, widths, modulation: 4, conditionalNormalisation: true };
    const signals = constant(new Float32Array(4 * ALL_CHANNELS), [2, 2 * ALL_CHANNELS]);
    const { parameters } = randomParameters((p) => decoder(x, p, config, { signals: [signals] }));
    const y = decoder(x, parameters, config, { signals: [signals] });
    const activated = topologicalOrder([y]).filter(({ op }) => op === 'relu');
    const before = activated.flatMap(({ inputs }) => inputs);
    expect(before).toHaveLength(8);
    const found = before.map((map) => channelStatistics(map));
    const outputs = Object.fromEntries(
      found.flatMap(({ mean, deviation }, i) => [
        [`mean ${i}`, mean],
        [`deviation ${i}`, deviation],
      ]),
    );
    for (const [name, values] of Object.entries(evaluate(outputs, feeds))) {
      expectClose(
        values,
        values.map(() => (name.startsWith('mean') ? 0 : 1)),
        1e-3,
      );
    }
  });

  it('begins at any layer, with the steps that lead from there to the picture', () => {
    const config = { ...plainGenerator, widths };
    for (const [from, channels, times, count] of [
      ['relu1_1', 3, 1, 1],
      ['relu2_1', 4, 2, 3],
      ['relu3_1', 5, 4, 5],
      ['relu4_1', 6, 8, 9],
      ['relu5_1', 6, 16, 13],
    ] as const) {
      const features = input('f', [1, channels, 3, 2]);
      const variables = new Variables();
      const y = decoder(features, variables, config, { from });
      expect(y.shape).toEqual([1, 3, 3 * times, 2 * times]);
      expect([...variables.tensors.keys()].filter((name) => name.endsWith('.weight'))).toHaveLength(count);
    }
  });

  it('lets the features that mirror a layer be changed before it leaves that layer', () => {
    const config = { ...plainGenerator, widths };
    const { parameters, values } = randomParameters((p) => decoder(x, p, config));
    const seen: string[] = [];
    const y = decoder(x, parameters, config, {
      adapt(layer, features) {
        seen.push(`${layer} ${features.shape.slice(1).join('×')}`);
        return layer === 'relu1_1' ? features : mul(features, layer === 'relu3_1' ? 2 : 1);
      },
    });
    expect(seen).toEqual(['relu3_1 5×4×6', 'relu2_1 4×8×12', 'relu1_1 3×16×24']);
    // Twice the input of conv3_1 is conv3_1 with twice the weights.
    const doubled = (name: string) =>
      name === 'conv3_1.weight' ? values(name).map((value) => 2 * value) : values(name);
    expectClose(evaluate({ y }, feeds).y, plainDecoder(doubled).data, 1e-6);
  });

  it('starts near mid-grey: the last layer small, with a bias of 0.45', () => {
    const variables = new Variables();
    const y = decoder(x, variables, { ...plainGenerator, widths });
    const fed: Record<string, ArrayLike<number>> = { ...feeds };
    for (const [name, { data }] of variables.initialise(stream(1, 'decoder'))) fed[name] = data;
    const values = evaluate({ y }, fed).y;
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    expect(mean).toBeGreaterThan(0.1);
    expect(mean).toBeLessThan(0.8);
  });
});

describe('modulation', () => {
  const config = { ...plainGenerator, widths, modulation: 4 };
  const statistic = input('statistics', [2, 36]);

  it('is W2 relu(W1 s + b1) + b2', () => {
    const { parameters, values } = randomParameters((p) => modulationSignals(statistic, p, config));
    const signals = modulationSignals(statistic, parameters, config);
    expect(signals.shape).toEqual([2, 2 * CHANNELS]);
    const s = uniform(8, 72);
    const hidden = relu(
      conv(plain(2, 36, 1, 1, s), values('modulation.hidden.weight'), values('modulation.hidden.bias'), 4, 1),
    );
    const wanted = conv(
      hidden,
      values('modulation.output.weight'),
      values('modulation.output.bias'),
      2 * CHANNELS,
      1,
    );
    expectClose(evaluate({ signals }, { statistics: s }).signals, wanted.data, 1e-6);
  });

  it('changes nothing at the start', () => {
    const variables = new Variables();
    const plainPicture = decoder(x, variables, config);
    const signals = modulationSignals(statistic, variables, config);
    const modulated = decoder(x, variables, config, { signals: [signals] });
    const fed: Record<string, ArrayLike<number>> = { ...feeds, statistics: uniform(9, 72) };
    for (const [name, { data }] of variables.initialise(stream(2, 'decoder'))) fed[name] = data;
    const values = evaluate({ plainPicture, modulated }, fed);
    expect(values.modulated).toEqual(values.plainPicture);
  });

  it('looks at means and deviations of relu1_1 … relu4_1, layer by layer', () => {
    const sizes = [
      [2, 3, 4, 4],
      [2, 4, 3, 3],
      [2, 5, 2, 2],
      [2, 6, 1, 2],
    ] as const;
    const data = sizes.map(([n, c, h, w], i) => uniform(20 + i, n * c * h * w));
    const [a, b, c, d] = sizes.map((shape, i) => input(`f${i}`, shape));
    if (!a || !b || !c || !d) throw new Error('four layers');
    const s = styleStatistics({ relu1_1: a, relu2_1: b, relu3_1: c, relu4_1: d });
    expect(s.shape).toEqual([2, 36]);
    const all = sizes.map(([n, k, h, w], i) => statistics(plain(n, k, h, w, data[i] ?? [])));
    const wanted = [0, 1].flatMap((n) =>
      all.flatMap(({ mean, deviation }, i) => {
        const k = sizes[i]?.[1] ?? 0;
        return [...mean.subarray(n * k, (n + 1) * k), ...deviation.subarray(n * k, (n + 1) * k)];
      }),
    );
    const fed = Object.fromEntries(data.map((values, i) => [`f${i}`, values]));
    expectClose(evaluate({ s }, fed).s, wanted, 1e-6);
  });
});
