/** The stages' objectives, computed by hand from features and losses in float64. */

import { describe, expect, it } from 'vitest';
import { randomParameters, randomWeights } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { get, mse, normalise, plain, statistics } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { channelStatistics, flattenPositions, mean, square } from '../graph/composed.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { matrixTranspose } from '../graph/ops/linear.ts';
import { input } from '../graph/ops/sources.ts';
import { elementCount } from '../graph/shape.ts';
import { inputShapes, type Outputs, type Tensor } from '../graph/tensor.ts';
import type { LossNetwork } from '../networks/loss-network.ts';
import { halved } from '../networks/draft.ts';
import { generatorOf } from '../networks/presets.ts';
import { frozen, type Parameters, scoped, Variables } from '../networks/parameters.ts';
import { layerNames, vgg19 } from '../networks/vgg19.ts';
import { encodeFeatures, encodeStyle, reconstruct, stylize } from '../networks/generator.ts';
import { type GeneratorConfig, plainGenerator } from '../networks/settings.ts';
import { parseTrainingConfig, type TrainingSettings } from './config.ts';
import { distilScale, teacherPower } from './encoder-stages.ts';
import { paintForTraining } from './training-paintings.ts';
import { CRITIC } from './stage-graph.ts';
import { colourLayer } from '../losses/colour.ts';
import { wassersteinLoss } from '../losses/wasserstein.ts';
import { stageGraph, trains } from './stages.ts';

const network: GeneratorConfig = {
  encoder: { widths: [3, 4, 4, 6, 6], preprocessing: 'centred' },
  ...plainGenerator,
  transform: 'statistics-attention',
  pooledKeys: true,
  modulation: 2,
  shortcuts: 'relu3_1',
  palette: 'covariance',
};
const SIZE = 32;
const shape = [1, 3, SIZE, SIZE];
const lossConfig = { widths: [4, 4, 5, 8, 8], preprocessing: 'conv0', heads: [5, 6, 7, 9, 9] } as const;
const lossWeights = randomWeights((p) => vgg19(input('x', shape), p, lossConfig, layerNames), 5);
const loss: LossNetwork = { parameters: frozen(lossWeights, 'loss'), config: lossConfig };
const pictures = {
  content: uniform(1, elementCount(shape), 0, 1),
  style: uniform(2, elementCount(shape), 0, 0.7),
};

function settings(changed: Partial<TrainingSettings> & Pick<TrainingSettings, 'stage'>) {
  return parseTrainingConfig({
    contentDir: '',
    styleDir: '',
    saveDir: '',
    lossNetwork: '',
    batchSize: 1,
    cropSize: SIZE,
    // Each loss is tested by itself, without the recipe's weights.
    drafts: false,
    trainEncoder: false,
    massesWeight: 0,
    slicedWeight: 0,
    remdWeight: 0,
    patchesWeight: 0,
    gridWeight: 0,
    steadinessWeight: 0,
    layerWeights: '1,1,1,1,1',
    ...changed,
  });
}

function built(changed: Changed, generator = network) {
  const config = settings(changed);
  const build = (p: Parameters) => stageGraph(config, generator, p, loss);
  const { parameters, weights } = randomParameters(build, 3);
  return { config, build, stage: build(parameters), parameters, weights };
}

type Changed = Partial<TrainingSettings> & Pick<TrainingSettings, 'stage'>;

/** Pictures, positions 0, 1, 2 … and mixing factors for the inputs that the outputs need. */
function feedsOf(outputs: Outputs): Record<string, ArrayLike<number>> {
  const feeds: Record<string, ArrayLike<number>> = {};
  for (const [name, wanted] of inputShapes(outputs)) {
    if (name === 'content' || name === 'style') feeds[name] = pictures[name];
    else if (name.startsWith('positions'))
      feeds[name] = Array.from({ length: elementCount(wanted) }, (_, i) => i);
    else feeds[name] = uniform(9, elementCount(wanted), 0, 1);
  }
  return feeds;
}

function features(picture: Tensor, heads: boolean, fed: Record<string, ArrayLike<number>>) {
  const { heads: wide, ...bare } = lossConfig;
  const config = heads ? { ...bare, heads: wide } : bare;
  const graph = vgg19(picture, loss.parameters, config, layerNames);
  const values = evaluate({ ...graph }, fed);
  return layerNames.map((layer) => {
    const [n = 0, c = 0, h = 0, w = 0] = graph[layer].shape;
    return plain(n, c, h, w, values[layer] ?? []);
  });
}

describe('style stage', () => {
  const all = { momentPositions: 10_000, positions: 24, contentWeight: 2, momentsWeight: 3, styleWeight: 5 };
  const extras = {
    variationWeight: 7,
    identityWeight: 0.5,
    selfSimilarityWeight: 11,
    massesWeight: 13,
    remdWeight: 17,
  };

  it.each([
    [true, false],
    [false, false],
    [true, true],
  ])('add up their terms, loss heads %s, colour layer %s', { timeout: 20_000 }, (lossHeads, colour) => {
    const { stage, parameters } = built({ stage: 'style', lossHeads, colour, ...all, ...extras });
    const outputs = { objective: stage.objectives.generator, ...stage.losses };
    const values: Record<string, Float64Array> = evaluate(outputs, feedsOf(outputs));
    const value = (name: string) => get(values[name] ?? [], 0);
    const judged = [...layerNames, ...(colour ? ['colour'] : [])];
    const distance = judged.reduce((sum, layer) => sum + value(`wasserstein.${layer}`), 0);
    const remd = ['relu2_1', 'relu3_1', 'relu4_1'].map((layer) => value(`remd.${layer}`));
    expect(value('objective')).toBeCloseTo(
      2 * value('content') +
        3 * value('moments') +
        5 * distance +
        7 * value('variation') +
        11 * value('selfSimilarity') +
        13 * value('masses') +
        17 * remd.reduce(sum, 0) +
        0.5 * value('identity'),
      4,
    );
    expect(Object.keys(stage.losses)).toHaveLength(6 + 3 + 2 * judged.length);

    const picture = (name: string) => input(name, shape);
    const output = stylize(
      picture('content'),
      encodeStyle(picture('style'), parameters, network),
      parameters,
      network,
    );
    const [own, content, style] = [
      features(output, lossHeads, pictures),
      features(picture('content'), lossHeads, pictures),
      features(picture('style'), lossHeads, pictures),
    ];
    const normal = (list: typeof own, i: number) => normalise(list[i] ?? plain(0, 0, 0, 0, [])).data;
    const contents = [3, 4].map((i) => mse(normal(own, i), normal(content, i)));
    expectClose([value('content')], [contents.reduce(sum, 0)], 1e-5);
    if (colour) {
      for (const [list, seen] of [[own, output] as const, [style, picture('style')] as const]) {
        const layer = colourLayer(seen);
        list.push(plain(1, 3, SIZE / 4, SIZE / 4, evaluate({ layer }, pictures).layer));
      }
    }
    const moments = own.map((map, i) => {
      const [a, b] = [statistics(map), statistics(style[i] ?? map)];
      return mse(a.mean, b.mean) + mse(a.deviation, b.deviation);
    });
    expectClose([value('moments')], [moments.reduce(sum, 0)], 1e-5);
    expect(value('moments')).toBeGreaterThan(1e-4);
  });

  it.each([
    ['moments', ['moments'], 3],
    ['wasserstein', ['wasserstein'], 0],
    ['swd', ['swd'], 0],
  ] as const)('weigh only what the style loss %s has', (styleLoss, [kind], momentsWeight) => {
    const { stage } = built({ stage: 'style', styleLoss, ...all });
    const outputs = { objective: stage.objectives.generator, ...stage.losses };
    const values: Record<string, Float64Array> = evaluate(outputs, feedsOf(outputs));
    const value = (name: string) => get(values[name] ?? [], 0);
    const distances = Object.keys(stage.losses).filter((name) => name.startsWith(`${kind}.`));
    expect(distances).toHaveLength(kind === 'moments' ? 0 : 6);
    const distance = distances.reduce((total, name) => total + value(name), 0);
    const wanted = 2 * value('content') + momentsWeight * value('moments') + 5 * distance;
    expect(value('objective')).toBeCloseTo(wanted, 4);
    expect(stage.objectives.critic === undefined).toBe(kind !== 'wasserstein');
    expect(Object.keys(stage.normals)).toHaveLength(kind === 'swd' ? 6 : 0);
  });

  it('weigh sliced distance, grid and steadiness beside critics and moments', { timeout: 20_000 }, () => {
    // The grid loss compares blocks of 64 pixels, and steadiness what lies inside of a border of 32.
    const side = 80;
    const weights = { slicedWeight: 7, gridWeight: 11, steadinessWeight: 13 };
    const { stage } = built({ stage: 'style', ...all, cropSize: side, ...weights });
    const outputs = { objective: stage.objectives.generator, ...stage.losses };
    const large = { content: uniform(1, 3 * side ** 2, 0, 1), style: uniform(2, 3 * side ** 2, 0, 0.7) };
    const values: Record<string, Float64Array> = evaluate(outputs, { ...feedsOf(outputs), ...large });
    const value = (name: string) => get(values[name] ?? [], 0);
    const sumOf = (kind: string) =>
      Object.keys(stage.losses)
        .filter((name) => name.startsWith(`${kind}.`))
        .reduce((total, name) => total + value(name), 0);
    const wanted =
      2 * value('content') +
      3 * value('moments') +
      5 * sumOf('wasserstein') +
      7 * sumOf('swd') +
      11 * value('grid') +
      13 * value('steadiness');
    expect(value('objective')).toBeCloseTo(wanted, 3);
    expect(sumOf('swd')).toBeGreaterThan(0.01);
    expect(value('grid')).toBeGreaterThan(1e-3);
    expect(value('steadiness')).toBeGreaterThan(1e-6);
  });

  it('compare no layer deeper than configured, and pull towards AdaIN’s features', () => {
    const adain = {
      styleLoss: 'moments',
      contentForm: 'adain',
      contentLayers: 'relu4_1',
      deepestLayer: 'relu4_1',
    } as const;
    const { stage, parameters } = built({ stage: 'style', ...adain, ...all, colour: false });
    const values: Record<string, Float64Array> = evaluate(stage.losses, feedsOf(stage.losses));
    const picture = (name: string) => input(name, shape);
    const styled = encodeStyle(picture('style'), parameters, network);
    const output = stylize(picture('content'), styled, parameters, network);
    const deep = (x: Tensor) => features(x, true, pictures)[3] ?? plain(0, 0, 0, 0, []);
    const [own, content, style] = [deep(output), deep(picture('content')), deep(picture('style'))];
    const { mean, deviation } = statistics(style);
    const size = content.h * content.w;
    const target = normalise(content).data.map((v, i) => {
      const c = Math.floor(i / size);
      return v * get(deviation, c) + get(mean, c);
    });
    expectClose(values.content, [mse(own.data, target)], 1e-5);
  });

  it('let the critics and the generator each minimise their own objective', () => {
    const config = settings({ stage: 'style', ...all });
    const variables = new Variables();
    const { objectives } = stageGraph(config, network, variables, loss);
    const named = [...variables.tensors];
    const [critics, generator] = [true, false].map((wanted) =>
      named.filter(([name]) => name.startsWith(CRITIC) === wanted).map(([, t]) => t),
    );
    if (!objectives.critic || !critics || !generator) throw new Error('a critic');
    expect(critics).toHaveLength(6 * 10);
    // Gradients are built only between parameters and loss. Without such a path they are constants of zeros.
    for (const slope of gradients(objectives.critic, generator)) {
      expect(slope.op).toBe('constant');
      expect(evaluate({ slope }).slope.every((v) => v === 0)).toBe(true);
    }
    const encoder = named.filter(([name]) => name.startsWith('encoder.')).map(([, t]) => t);
    for (const slope of gradients(objectives.generator, encoder)) expect(slope.op).toBe('constant');
    const decoder = named.filter(([name]) => name.startsWith('decoder.')).map(([, t]) => t);
    for (const slope of gradients(objectives.generator, decoder)) expect(slope.op).not.toBe('constant');
  });

  it('send gradients into the encoder if it is trained', () => {
    const config = settings({ stage: 'style', styleLoss: 'moments', trainEncoder: true });
    const variables = new Variables();
    const { objectives } = stageGraph(config, network, variables, loss);
    const first = variables.tensors.get('encoder.conv1_1.weight');
    if (first === undefined) throw new Error('an encoder');
    const [slope] = gradients(objectives.generator, [first]);
    expect(slope?.op).not.toBe('constant');
  });

  it.each(['moments', 'wasserstein', 'swd'] as const)('weigh layers in %s', (styleLoss) => {
    const layerWeights = '3,0.5,1,2,4';
    const { stage } = built({ stage: 'style', styleLoss, layerWeights, ...all, contentWeight: 0 });
    const outputs = { objective: stage.objectives.generator, ...stage.losses };
    const values: Record<string, Float64Array> = evaluate(outputs, feedsOf(outputs));
    const value = (name: string) => get(values[name] ?? [], 0);
    if (styleLoss === 'moments') {
      // Layers whose terms are not tested get the weight zero.
      const lone = ['1,0,0,0,0', '0,1,0,0,0', '0,0,1,0,0', '0,0,0,1,0', '0,0,0,0,1', '0,0,0,0,0'].map((w) => {
        const only = built({ stage: 'style', styleLoss, layerWeights: w, ...all, contentWeight: 0 }).stage;
        const objective = { objective: only.objectives.generator };
        return get(evaluate(objective, feedsOf(objective)).objective, 0);
      });
      const colour = lone[5] ?? 0;
      const wanted = [3, 0.5, 1, 2, 4].reduce((sum, w, i) => sum + w * ((lone[i] ?? 0) - colour), colour);
      expect(value('objective')).toBeCloseTo(wanted, 4);
      expect(3 * value('moments')).toBeCloseTo(
        lone.slice(0, 5).reduce((sum, v) => sum + v - colour, colour),
        4,
      );
      return;
    }
    const wanted = [3, 0.5, 1, 2, 4, 1].reduce(
      (sum, w, i) => sum + w * value(`${styleLoss}.${[...layerNames, 'colour'][i]}`),
      0,
    );
    expect(value('objective')).toBeCloseTo(5 * wanted, 4);
  });

  it('draw as many positions as asked for in layers that have more', () => {
    const { stage } = built({ stage: 'style', positions: 24, momentPositions: 100 });
    expect(stage.positions).toEqual({
      'positions.relu1_1': { count: 100, of: 1024 },
      'positions.relu2_1': { count: 100, of: 256 },
      'positions.relu3_1': { count: 64, of: 64 },
      'positions.relu4_1': { count: 16, of: 16 },
      'positions.relu5_1': { count: 4, of: 4 },
      'positions.colour': { count: 64, of: 64 },
    });
    expect(stage.mixes).toEqual({
      'mix.relu1_1': 24,
      'mix.relu2_1': 24,
      'mix.relu3_1': 24,
      'mix.relu4_1': 16,
      'mix.relu5_1': 4,
      'mix.colour': 24,
    });
  });
});

const sum = (a: number, b: number) => a + b;

describe('style stage with drafts', () => {
  const drafting: GeneratorConfig = { ...network, negativeSlope: 0.2, drafts: true };
  const single: GeneratorConfig = { ...drafting, drafts: false };
  const side = 48;
  const picture = (name: string) => input(name, [1, 3, side, side]);
  const large = {
    content: uniform(1, 3 * side ** 2, 0, 1),
    style: uniform(2, 3 * side ** 2, 0, 0.7),
    share: [0.7],
  };
  const all = {
    stage: 'style',
    cropSize: side,
    drafts: true,
    momentPositions: 10_000,
    positions: 24,
    contentWeight: 2,
    momentsWeight: 3,
    styleWeight: 5,
  } as const;
  const judged = [...layerNames, 'colour'];
  const run = (outputs: Record<string, Tensor>) => {
    const values: Record<string, Float64Array> = evaluate(outputs, { ...feedsOf(outputs), ...large });
    return (name: string) => get(values[name] ?? [], 0);
  };

  it('adds up its terms on both levels', { timeout: 30_000 }, () => {
    const extras = {
      selfSimilarityWeight: 11,
      massesWeight: 13,
      remdWeight: 17,
      slicedWeight: 19,
      patchesWeight: 23,
      variationWeight: 7,
      identityWeight: 0.5,
    };
    const { stage, parameters } = built({ ...all, ...extras }, drafting);
    const value = run({ objective: stage.objectives.generator, ...stage.losses });
    const both = (name: string) => value(name) + value(`${name}.draft`);
    const layers = (kind: string, of: readonly string[]) =>
      of.map((layer) => value(`${kind}.${layer}`)).reduce(sum, 0);
    const remd = ['relu2_1', 'relu3_1', 'relu4_1'];
    const wanted =
      2 * both('content') +
      3 * both('moments') +
      5 * layers('wasserstein', judged) +
      7 * value('variation') +
      11 * both('selfSimilarity') +
      13 * both('masses') +
      17 * (layers('remd', remd) + layers('remd.draft', remd)) +
      19 * (layers('swd', judged) + layers('swd.draft', judged)) +
      23 * both('patches') +
      0.5 * value('identity');
    expect(value('objective')).toBeCloseTo(wanted, 3);
    // Five terms on both levels, two on one; three and six layers on both; the critics' two numbers.
    expect(Object.keys(stage.losses)).toHaveLength(5 * 2 + 2 + 2 * 3 + 2 * 6 + 2 * 6);

    // The pictures of the levels, by the generator itself.
    const [content, style] = [picture('content'), picture('style')];
    const whole = stylize(content, encodeStyle(style, parameters, drafting), parameters, drafting, {
      shares: [input('share', [])],
    });
    const small = stylize(
      halved(content),
      encodeStyle(halved(style), parameters, single),
      parameters,
      single,
    );
    const levels = [
      ['', whole, content, style],
      ['.draft', small, halved(content), halved(style)],
    ] as const;
    for (const [suffix, output, target, painting] of levels) {
      const [own, seen, styled] = [output, target, painting].map((x) => features(x, true, large));
      const normal = (list: typeof own, i: number) => normalise(list?.[i] ?? plain(0, 0, 0, 0, [])).data;
      const contents = [3, 4].map((i) => mse(normal(own, i), normal(seen, i)));
      expectClose([value(`content${suffix}`)], [contents.reduce(sum, 0)], 1e-5);
      for (const [list, x] of [[own, output] as const, [styled, painting] as const]) {
        const layer = colourLayer(x);
        const [n = 0, c = 0, h = 0, w = 0] = layer.shape;
        list?.push(plain(n, c, h, w, evaluate({ layer }, large).layer));
      }
      const moments = own?.map((map, i) => {
        const [a, b] = [statistics(map), statistics(styled?.[i] ?? map)];
        return mse(a.mean, b.mean) + mse(a.deviation, b.deviation);
      });
      expectClose([value(`moments${suffix}`)], [moments?.reduce(sum, 0) ?? 0], 1e-5);
    }
    expect(Math.abs(value('moments') - value('moments.draft'))).toBeGreaterThan(1e-4);
  });

  it('shows the critics as many vectors of the draft as of the whole', { timeout: 30_000 }, () => {
    const { stage, parameters, config } = built(all, drafting);
    const outputs = { objective: stage.objectives.generator, ...stage.losses };
    const shapes = inputShapes({ critic: stage.objectives.critic ?? stage.objectives.generator });
    expect(shapes.get('mix.relu1_1')).toEqual([2, 12, 1]);
    expect(shapes.get('mix.colour')).toEqual([2, 12, 1]);
    // The draft's relu5_1 has 2×2 positions.
    expect(shapes.get('mix.relu5_1')).toEqual([2, 4, 1]);
    expect(stage.mixes).toMatchObject({ share: 1, 'mix.relu1_1': 24, 'mix.relu5_1': 8 });
    expect(Object.keys(stage.positions).sort()).toEqual(
      judged.flatMap((layer) => [`positions.${layer}`, `positions.draft.${layer}`]).sort(),
    );
    expect(stage.positions['positions.relu1_1']).toEqual({ count: side ** 2, of: side ** 2 });
    expect(stage.positions['positions.draft.relu1_1']).toEqual({
      count: side ** 2 / 4,
      of: side ** 2 / 4,
    });

    const share = input('share', [1, 1, 1, 1]);
    const [content, style] = [picture('content'), picture('style')];
    const encoded = encodeStyle(style, parameters, drafting);
    const whole = stylize(content, encoded, parameters, drafting, { shares: [share] });
    const halfStyle = halved(style);
    const half = encodeStyle(halfStyle, parameters, single);
    const small = stylize(halved(content), half, parameters, single);
    const layer = 'relu3_1';
    const look = (x: Tensor) => vgg19(x, loss.parameters, lossConfig, [layer])[layer];
    /** The first twelve positions of one picture after the other. */
    const vectors = (...pictures: readonly Tensor[]) =>
      concat(
        pictures.map((x) => {
          const flat = flattenPositions(look(x));
          return matrixTranspose(slice(flat, [0, 0, 0], [1, flat.shape[1] ?? 0, 12]));
        }),
        0,
      );
    const known = [style, halfStyle].map((x) => channelStatistics(look(x)));
    const joined = (part: 'mean' | 'deviation') =>
      concat(
        known.map((one) => one[part]),
        0,
      );
    const wanted = wassersteinLoss(
      {
        fake: vectors(whole, small),
        real: vectors(style, halfStyle),
        style: { mean: joined('mean'), deviation: joined('deviation') },
        mix: input(`mix.${layer}`, [2, 12, 1]),
        conditioning: config.conditioning,
        penaltyWeight: config.penaltyWeight,
      },
      scoped(parameters, `${CRITIC}${layer}.`),
    );
    const value = run({ ...outputs, style: wanted.style, penalty: wanted.penalty });
    expectClose([value(`wasserstein.${layer}`)], [value('style')], 1e-6);
    expectClose([value(`penalty.${layer}`)], [value('penalty')], 1e-6);
    expect(Math.abs(value('style'))).toBeGreaterThan(1e-6);
  });

  it('sends the draft no gradient from its revision, although the revision depends on it', () => {
    const config = settings(all);
    const { parameters } = built(all, drafting);
    const [content, style] = [picture('content'), picture('style')];
    const { output, draft } = paintForTraining(content, style, config, drafting, parameters);
    if (draft === undefined) throw new Error('a draft');
    expect(draft.shape).toEqual([1, 3, side / 2, side / 2]);
    const [none, some] = [output, draft].map((x) => gradients(mean(square(x)), [draft])[0]);
    expect(none?.op).toBe('constant');
    expect(evaluate({ slope: none ?? output }, {}).slope.every((v) => v === 0)).toBe(true);
    expect(some?.op).not.toBe('constant');
    const [a, b] = [0, 1].map((share) => evaluate({ output }, { ...large, share: [share] }).output);
    expect(Math.max(...(a ?? []).map((v, i) => Math.abs(v - get(b ?? [], i))))).toBeGreaterThan(1e-3);
  });

  it('draws how much of the shallow features comes along with the share of the draft', () => {
    const shallow: GeneratorConfig = { ...drafting, shortcuts: 'relu1_1', shallowShare: 0.4 };
    const { parameters } = built(all, shallow);
    const [content, style] = [picture('content'), picture('style')];
    const { draft } = paintForTraining(content, style, settings(all), shallow, parameters);
    if (draft === undefined) throw new Error('a draft');
    for (const share of [0, 0.6, 1]) {
      const generator = { ...single, shortcuts: 'relu1_1', shallowShare: 1 - share } as const;
      const encoded = encodeStyle(halved(style), parameters, generator);
      const small = stylize(halved(content), encoded, parameters, generator);
      const feeds = { ...large, share: [share] };
      expectClose(evaluate({ draft }, feeds).draft, evaluate({ small }, feeds).small, 1e-5);
    }
  });

  it('refuses crops too small for a draft', () => {
    expect(() => settings({ ...all, cropSize: 32 })).toThrow(
      'expected crops of at least 33 pixels with drafts for cropSize but received 32',
    );
    expect(settings({ ...all, stage: 'distil', cropSize: 32, gridWeight: 1 }).cropSize).toBe(32);
  });
});

describe('distil stage', () => {
  it('is the relative error of each layer against the scaled teacher', () => {
    const { stage, parameters, weights } = built({ stage: 'distil' });
    const outputs = { objective: stage.objectives.generator, ...stage.losses };
    const values: Record<string, Float64Array> = evaluate(outputs, pictures);
    const both = input('both', [2, 3, SIZE, SIZE]);
    const fed = { both: [...pictures.content, ...pictures.style] };
    const student = encodeFeatures(both, parameters, network);
    const own: Record<string, Float64Array> = evaluate({ ...student }, fed);
    const teacher = features(both, false, fed);
    // relu2_1 has the teacher's width; the others learn through a linear map.
    const scale = get(weights.get(distilScale('relu2_1'))?.data ?? [], 0);
    const target = teacher[1]?.data.map((v) => v * scale) ?? new Float64Array();
    const power = mse(target, new Float64Array(target.length));
    const error = mse(own.relu2_1 ?? [], target) / (power + 1e-6);
    expectClose(values['distil.relu2_1'], [error], 1e-5);
    const terms = ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1'].map((l) =>
      get(values[`distil.${l}`] ?? [], 0),
    );
    expectClose(values.objective, [terms.reduce(sum, 0)], 1e-6);
    expect([...weights.keys()].filter((name) => name.startsWith('distil.')).sort()).toEqual(
      [1, 2, 3, 4]
        .flatMap((i) => [
          `distil.scale.relu${i}_1`,
          ...(i === 2 ? [] : [`distil.relu${i}_1.bias`, `distil.relu${i}_1.weight`]),
        ])
        .sort(),
    );
  });

  it('measures the teacher’s power', () => {
    const outputs = teacherPower(settings({ stage: 'distil' }), network, loss);
    const values: Record<string, Float64Array> = evaluate(outputs, pictures);
    const both = input('both', [2, 3, SIZE, SIZE]);
    const teacher = features(both, false, { both: [...pictures.content, ...pictures.style] });
    expect(Object.keys(values)).toEqual(['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1']);
    const { data } = teacher[2] ?? plain(0, 0, 0, 0, []);
    expectClose(values.relu3_1, [mse(data, new Float64Array(data.length))], 1e-5);
  });

  it('teaches relu5_1 too if there are two levels', () => {
    const two: GeneratorConfig = { ...network, layers: 'relu4_1+relu5_1' };
    const { losses } = stageGraph(settings({ stage: 'distil' }), two, new Variables(), loss);
    expect(Object.keys(losses)).toHaveLength(5);
  });
});

it('Gram matrices are the style loss if it is gram, by the style weight', () => {
  const { stage } = built({ stage: 'single', method: 'johnson', colour: false, styleWeight: 5 });
  const outputs = { objective: stage.objectives.generator, ...stage.losses };
  const values: Record<string, Float64Array> = evaluate(outputs, feedsOf(outputs));
  const value = (name: string) => get(values[name] ?? [], 0);
  expect(value('gram')).toBeGreaterThan(1e-3);
  expectClose([value('objective')], [value('content') + 5 * value('gram') + 0.1 * value('variation')], 1e-5);
});

it('disentanglement compares a content in two styles, and two contents in one style', {
  timeout: 20_000,
}, () => {
  const momentPositions = 10_000;
  const changed = { stage: 'style', method: 'manet', batchSize: 2, momentPositions } as const;
  const { stage, parameters } = built({ ...changed, identityWeight: 0 });
  const both = { content: uniform(1, 2 * 3 * SIZE ** 2, 0, 1), style: uniform(2, 2 * 3 * SIZE ** 2, 0, 0.7) };
  const outputs = { objective: stage.objectives.generator, ...stage.losses };
  const values: Record<string, Float64Array> = evaluate(outputs, { ...feedsOf(outputs), ...both });
  const value = (name: string) => get(values[name] ?? [], 0);
  expectClose(
    [value('objective')],
    [value('content') + 5 * value('moments') + value('disentanglement')],
    1e-5,
  );
  const of = (name: keyof typeof both, i: number) =>
    both[name].subarray(i * 3 * SIZE ** 2, (i + 1) * 3 * SIZE ** 2);
  const painted = (i: number, j: number) => {
    const [c, s] = [input('c', shape), input('s', shape)];
    const picture = stylize(c, encodeStyle(s, parameters, network), parameters, network);
    return features(picture, true, { c: of('content', i), s: of('style', j) });
  };
  const [own, turned] = [
    [painted(0, 0), painted(1, 1)],
    [painted(0, 1), painted(1, 0)],
  ];
  const apart = [0, 1].flatMap((i) => {
    const [mine, other, next] = [own[i] ?? [], turned[i] ?? [], own[1 - i] ?? []];
    const normal = (list: typeof mine, k: number) => normalise(list[k] ?? plain(0, 0, 0, 0, [])).data;
    const contents = [3, 4].map((k) => mse(normal(mine, k), normal(other, k)));
    const styles = next.map((map, k) => {
      const [a, b] = [statistics(map), statistics(other[k] ?? map)];
      return mse(a.mean, b.mean) + mse(a.deviation, b.deviation);
    });
    return [...contents, ...styles];
  });
  expectClose([value('disentanglement')], [apart.reduce(sum, 0) / 2], 1e-4);
});

it('autoencode stage is ten times the pixels plus the relative error of relu1_1 to relu4_1', () => {
  const { stage, parameters } = built({ stage: 'autoencode' });
  const outputs = { objective: stage.objectives.generator, ...stage.losses };
  const values: Record<string, Float64Array> = evaluate(outputs, pictures);
  const both = input('both', [2, 3, SIZE, SIZE]);
  const fed = { both: [...pictures.content, ...pictures.style] };
  const output = reconstruct(both, encodeFeatures(both, parameters, network), parameters, network);
  const pixels = mse(evaluate({ output }, fed).output, fed.both);
  expectClose(values['autoencode.pixels'], [pixels], 1e-5);
  const [own, target] = [features(output, false, fed), features(both, false, fed)];
  const error = [0, 1, 2, 3].map((i) => {
    const [a, b] = [own[i]?.data ?? [], target[i]?.data ?? []];
    return mse(a, b) / (mse(b, new Float64Array(b.length)) + 1e-6);
  });
  expectClose(values['autoencode.features'], [error.reduce(sum, 0)], 1e-5);
  expectClose(values.objective, [10 * pixels + error.reduce(sum, 0)], 1e-5);
});

it('autoencode stage has a term for each decoder of a cascade, with the layers up to its own', () => {
  const cascade: GeneratorConfig = { ...network, ...generatorOf('wct', 'slim'), encoder: network.encoder };
  const parameters = randomParameters((p) =>
    stageGraph(settings({ stage: 'autoencode' }), cascade, p, loss),
  ).parameters;
  const { losses, objectives } = stageGraph(settings({ stage: 'autoencode' }), cascade, parameters, loss);
  expect(Object.keys(losses)).toEqual(
    [1, 2, 3, 4].flatMap((i) => ['pixels', 'features'].map((term) => `autoencode.${term}.relu${i}_1`)),
  );
  const values: Record<string, Float64Array> = evaluate({ all: objectives.generator, ...losses }, pictures);
  const terms = Object.entries(values).filter(([name]) => name !== 'all');
  const weighted = terms.map(([name, [value = 0]]) => (name.includes('pixels') ? 10 * value : value));
  expectClose(values.all, [weighted.reduce(sum, 0)], 1e-5);
});

it('trains tells which parameters a stage moves', () => {
  const moved = (stage: TrainingSettings['stage'], trainEncoder: boolean) =>
    ['encoder.w', 'decoder.w', 'critic.w', 'distil.relu1_1.weight', 'distil.scale.relu1_1'].filter((name) =>
      trains(settings({ stage, trainEncoder }), name),
    );
  expect(moved('distil', false)).toEqual(['encoder.w', 'distil.relu1_1.weight']);
  expect(moved('autoencode', false)).not.toContain('encoder.w');
  expect(moved('style', false)).not.toContain('encoder.w');
  expect(moved('style', true)).toContain('encoder.w');
  expect(moved('style', false)).toEqual(expect.arrayContaining(['decoder.w', 'critic.w']));
});
