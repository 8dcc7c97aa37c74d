import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { get } from '../../test/helpers/plain.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { type Mixture, sole } from './mixture.ts';
import { type Parameters, Variables } from './parameters.ts';
import { stream } from '../random.ts';
import { decoder } from './decoder.ts';
import { halved, revisionBase } from './draft.ts';
import { styleGamut } from './gamut.ts';
import {
  encodeFeatures,
  encodeStyle,
  minimumSize,
  needsWhole,
  reconstruct,
  styleOutputs,
  stylize,
  stylizeFeatures,
  stylizeMixtures,
} from './generator.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

const base = {
  ...plainGenerator,
  encoder: { widths: [4, 5, 6, 8, 9], preprocessing: 'centred' },
} as const;
const configs: Record<string, GeneratorConfig> = {
  'one level, attention': { ...base, transform: 'attention', modulation: 0 },
  'one level, statistics attention, modulation': {
    ...base,
    transform: 'statistics-attention',
    modulation: 3,
  },
  AdaIN: { ...base, transform: 'adain', modulation: 0 },
  'AdaIN, modulation': { ...base, transform: 'adain', modulation: 3 },
  'a shortcut': { ...base, transform: 'attention', modulation: 0, shortcuts: 'relu3_1' },
  'pooled keys': { ...base, transform: 'attention', modulation: 0, pooledKeys: true },
  palette: { ...base, transform: 'adain', modulation: 0, palette: 'covariance' },
  'attended colours': { ...base, transform: 'statistics-attention', modulation: 0, attendColours: true },
  'two shortcuts': { ...base, transform: 'statistics-attention', modulation: 3, shortcuts: 'relu2_1' },
  'three shortcuts, attended colours': {
    ...base,
    transform: 'statistics-attention',
    modulation: 3,
    shortcuts: 'relu1_1',
    attendColours: true,
  },
  'a share of shallow shortcuts': {
    ...base,
    transform: 'statistics-attention',
    modulation: 3,
    shortcuts: 'relu1_1',
    shallowShare: 0.4,
  },
  'places found by shallower layers': {
    ...base,
    transform: 'statistics-attention',
    modulation: 0,
    attendColours: true,
    matching: 'relu2_1+relu3_1',
  },
  'linear joins': {
    ...base,
    transform: 'statistics-attention',
    modulation: 3,
    shortcuts: 'relu2_1',
    linearJoins: true,
  },
  'conditional normalisation, the palette of the output': {
    ...base,
    transform: 'adain',
    modulation: 3,
    conditionalNormalisation: true,
    palette: 'covariance',
  },
  'whitening and colouring': { ...base, transform: 'whitening-colouring' },
  'multi-adaptation': { ...base, transform: 'multi-adaptation' },
  'style decorator': { ...base, transform: 'style-decorator' },
  drafts: {
    ...base,
    transform: 'adain',
    modulation: 3,
    negativeSlope: 0.2,
    palette: 'covariance',
    drafts: true,
  },
};
/** Two levels only fit widths whose relu4_1 and relu5_1 agree. */
const two: GeneratorConfig = {
  ...base,
  encoder: { widths: [4, 5, 6, 8, 8], preprocessing: 'centred' },
  layers: 'relu4_1+relu5_1',
  transform: 'attention',
  modulation: 0,
};

const content = input('content', [1, 3, 35, 26]);
const style = input('style', [1, 3, 24, 29]);
const feeds = { content: uniform(1, 3 * 35 * 26, 0, 1), style: uniform(2, 3 * 24 * 29, 0, 1) };

function whole(parameters: Parameters, config: GeneratorConfig): Tensor {
  return stylize(content, encodeStyle(style, parameters, config), parameters, config);
}

describe.each(Object.entries({ ...configs, 'two levels': two }))('generator, %s', (_, config) => {
  const { parameters } = randomParameters((p) => whole(p, config));

  it('keeps odd sizes of the content, whatever the style’s', () => {
    const y = whole(parameters, config);
    expect(y.shape).toEqual([1, 3, 35, 26]);
    expect(evaluate({ y }, feeds).y.every(Number.isFinite)).toBe(true);
  });

  it('gives the same from a stored style as in one piece', () => {
    const encoded = encodeStyle(style, parameters, config);
    const values = evaluate(encoded, feeds);
    const stored: Outputs = Object.fromEntries(
      Object.entries(encoded).map(([name, { shape }]) => [name, constant(values[name] ?? [], shape)]),
    );
    const y = evaluate({ y: stylize(content, stored, parameters, config) }, { content: feeds.content }).y;
    expectClose(y, evaluate({ y: whole(parameters, config) }, feeds).y, 1e-5);
  });

  it('depends on the style', () => {
    const y = whole(parameters, config);
    const other = { ...feeds, style: uniform(3, feeds.style.length, 0, 0.5) };
    const [a, b] = [evaluate({ y }, feeds).y, evaluate({ y }, other).y];
    expect(Math.max(...a.map((v, i) => Math.abs(v - (b[i] ?? 0))))).toBeGreaterThan(1e-3);
  });
});

describe('generator', () => {
  it('stores the tensors of its configuration', () => {
    const names = (config: GeneratorConfig) => Object.keys(encodeStyle(style, new Variables(), config));
    const list = Object.values({ ...configs, two }).map(names);
    expect(list).toEqual([
      ['relu4_1.keys', 'relu4_1.values'],
      ['relu4_1.keys', 'relu4_1.values', 'modulation'],
      ['relu4_1.mean', 'relu4_1.deviation'],
      ['relu4_1.mean', 'relu4_1.deviation', 'modulation'],
      ['relu4_1.keys', 'relu4_1.values', 'relu3_1.mean', 'relu3_1.deviation'],
      ['relu4_1.keys', 'relu4_1.values'],
      ['relu4_1.mean', 'relu4_1.deviation', 'palette.matrix', 'palette.shift', 'gamut'],
      ['relu4_1.keys', 'relu4_1.values'],
      [
        'relu4_1.keys',
        'relu4_1.values',
        'relu3_1.mean',
        'relu3_1.deviation',
        'relu2_1.mean',
        'relu2_1.deviation',
        'modulation',
      ],
      [
        'relu4_1.keys',
        'relu4_1.values',
        ...['relu3_1', 'relu2_1', 'relu1_1'].flatMap((layer) => [`${layer}.mean`, `${layer}.deviation`]),
        'modulation',
      ],
      [
        'relu4_1.keys',
        'relu4_1.values',
        ...['relu3_1', 'relu2_1', 'relu1_1'].flatMap((layer) => [`${layer}.mean`, `${layer}.deviation`]),
        'modulation',
      ],
      ['relu4_1.keys', 'relu4_1.values'],
      [
        'relu4_1.keys',
        'relu4_1.values',
        'relu3_1.mean',
        'relu3_1.deviation',
        'relu2_1.mean',
        'relu2_1.deviation',
        'modulation',
      ],
      ['relu4_1.mean', 'relu4_1.deviation', 'modulation', 'palette.matrix', 'palette.shift', 'gamut'],
      ['relu1_1', 'relu2_1', 'relu3_1', 'relu4_1'].flatMap((layer) => [`${layer}.mean`, `${layer}.root`]),
      ['relu4_1.keys', 'relu4_1.values'],
      [
        ...['whitened', 'mean', 'root'].map((name) => `relu4_1.${name}`),
        ...['relu3_1', 'relu2_1', 'relu1_1'].flatMap((layer) => [`${layer}.mean`, `${layer}.deviation`]),
      ],
      ['', 'draft.'].flatMap((level) =>
        ['relu4_1.mean', 'relu4_1.deviation', 'modulation', 'palette.matrix', 'palette.shift', 'gamut'].map(
          (name) => level + name,
        ),
      ),
      ['relu4_1.keys', 'relu4_1.values', 'relu5_1.keys', 'relu5_1.values'],
    ]);
  });

  it('starts with shortcuts that change nothing', () => {
    const config: GeneratorConfig = { ...base, transform: 'adain', modulation: 0, shortcuts: 'relu1_1' };
    const variables = new Variables();
    const [without, with_] = [{ ...config, shortcuts: 'none' as const }, config].map((c) => {
      const picture = input('content', [1, 3, 32, 24]);
      return stylize(picture, encodeStyle(style, variables, c), variables, c);
    });
    const fed: Record<string, ArrayLike<number>> = {
      content: uniform(7, 3 * 32 * 24, 0, 1),
      style: feeds.style,
    };
    for (const [name, { data }] of variables.initialise(stream(1, 'shortcuts'))) fed[name] = data;
    if (without === undefined || with_ === undefined) throw new Error('two pictures');
    const values = evaluate({ without, with_ }, fed);
    expect(values.with_).toEqual(values.without);
  });

  it.each([
    [17, { ...two }],
    [33, { ...two, drafts: true }],
  ])('works down to its minimum size of %i pixels, with two levels too', (side, config) => {
    expect(minimumSize(config)).toBe(side);
    const tiny = (name: string, size = side) => input(name, [1, 3, size, size]);
    const build = (p: Parameters, size = side) =>
      stylize(tiny('content', size), encodeStyle(tiny('style'), p, config), p, config);
    const { parameters } = randomParameters(build);
    const picture = uniform(4, 3 * side * side, 0, 1);
    const y = evaluate({ y: build(parameters) }, { content: picture, style: picture }).y;
    expect(y.every(Number.isFinite)).toBe(true);
    expect(() => build(parameters, side - 1)).toThrow(/reflectPad/);
  });

  it('needs the whole picture if it uses statistics of its painting', () => {
    const plainly: GeneratorConfig = { ...base, transform: 'adain', modulation: 0 };
    expect(needsWhole(plainly)).toBe(false);
    // With drafts it does not: the statistics of a revision are known from the draft.
    expect(needsWhole({ ...plainly, drafts: true })).toBe(false);
    for (const own of [
      { conditionalNormalisation: true },
      { palette: 'covariance' as const },
      { transform: 'whitening-colouring' as const },
      { transform: 'style-decorator' as const },
      { transform: 'multi-adaptation' as const },
    ]) {
      expect(needsWhole({ ...plainly, ...own })).toBe(true);
    }
  });

  it('stays within the gamut of a style, and paints with a style that holds none', () => {
    const config: GeneratorConfig = { ...base, transform: 'adain', palette: 'covariance' };
    const { parameters } = randomParameters((p) => whole(p, config));
    const { gamut, ...older } = encodeStyle(style, parameters, config);
    if (gamut === undefined) throw new Error('no gamut');
    const y = stylize(content, { ...older, gamut }, parameters, config);
    const open = stylize(content, older, parameters, config);
    const reach = (picture: Tensor) => evaluate({ reach: styleGamut(picture), gamut }, feeds);
    const beyond = ({ reach, gamut }: { reach: ArrayLike<number>; gamut: ArrayLike<number> }) =>
      Math.max(...Array.from(reach, (value, i) => value - get(gamut, i)));
    expect(beyond(reach(y))).toBeLessThan(0.7 * beyond(reach(open)));
  });

  it.each(['none', 'relu3_1', 'relu2_1', 'relu1_1'] as const)(
    'AdaIN with its own picture as style is the decoder’s inversion, shortcuts: %s',
    (shortcuts) => {
      const config: GeneratorConfig = {
        ...base,
        transform: 'adain',
        modulation: 3,
        shortcuts,
        palette: 'covariance',
      };
      const picture = input('content', [1, 3, 32, 24]);
      const { parameters } = randomParameters((p) =>
        stylize(picture, encodeStyle(picture, p, config), p, config),
      );
      const features = encodeFeatures(picture, parameters, config);
      const self = stylizeFeatures(
        features,
        styleOutputs(picture, features, parameters, config),
        parameters,
        config,
      );
      const back = reconstruct(picture, features, parameters, config);
      const fed = { content: uniform(5, 3 * 32 * 24, 0, 1) };
      const values = evaluate({ self, back }, fed);
      expectClose(values.self, values.back, 1e-9);
    },
  );

  it('inverts without modulation if it has none', () => {
    const config: GeneratorConfig = { ...base, transform: 'adain', modulation: 0 };
    const picture = input('content', [1, 3, 32, 24]);
    const build = (p: Parameters) => reconstruct(picture, encodeFeatures(picture, p, config), p, config);
    const { parameters } = randomParameters(build);
    const scoped: Parameters = { get: (name, shape, init) => parameters.get(`decoder.${name}`, shape, init) };
    const { relu4_1 } = encodeFeatures(picture, parameters, config);
    const direct = decoder(relu4_1, scoped, { ...config, widths: [4, 5, 6, 8] });
    const values = evaluate({ a: build(parameters), b: direct }, { content: uniform(6, 3 * 32 * 24, 0, 1) });
    expect(values.a).toEqual(values.b);
  });

  it('names the tensors that a stored style lacks', () => {
    const config = configs['one level, attention'] ?? two;
    const { parameters } = randomParameters((p) => whole(p, config));
    expect(() => stylize(content, {}, parameters, config)).toThrow(
      'internal: a style without keys and values',
    );
  });
});

describe('drafts', () => {
  const config = configs.drafts ?? two;
  const single: GeneratorConfig = { ...config, drafts: false };
  const { parameters } = randomParameters((p) => whole(p, config));
  const encoded = encodeStyle(style, parameters, config);

  it('keep the tensors of the halved style', () => {
    const half = encodeStyle(halved(style), parameters, single);
    const values: Record<string, Float64Array> = evaluate(encoded, feeds);
    const wanted: Record<string, Float64Array> = evaluate(half, feeds);
    for (const name of Object.keys(half)) expect(values[`draft.${name}`]).toEqual(wanted[name]);
    expect(Object.keys(encoded)).toHaveLength(2 * Object.keys(half).length);
  });

  it.each([0, 0.6, 1])('are revised over, with the share %f of them', (share) => {
    const style1 = encodeStyle(style, parameters, single);
    const small = halved(content);
    const draft = stylize(small, encodeStyle(halved(style), parameters, single), parameters, single);
    const base = revisionBase(content, small, draft, share);
    const wanted = stylize(base, style1, parameters, single);
    const made = stylize(content, encoded, parameters, config, { shares: [share] });
    const values = evaluate({ made, wanted }, feeds);
    expectClose(values.made, values.wanted, 1e-9);
    const byDefault = evaluate({ y: stylize(content, encoded, parameters, config) }, feeds).y;
    const apart = Math.max(...byDefault.map((v, i) => Math.abs(v - (values.made[i] ?? 0))));
    if (share === 0.6) expect(apart).toBe(0);
    else expect(apart).toBeGreaterThan(1e-3);
  });

  it('are painted alone without shares, and again for each share', () => {
    const half = encodeStyle(halved(style), parameters, single);
    const whole = encodeStyle(style, parameters, single);
    const content = input('large', [1, 3, 70, 66]);
    const small = halved(content);
    const draft = stylize(small, half, parameters, single);
    const once = stylize(
      revisionBase(small, halved(small), stylize(halved(small), half, parameters, single), 0.3),
      whole,
      parameters,
      single,
    );
    const twice = stylize(revisionBase(content, small, once, 0.8), whole, parameters, single);
    const made = {
      alone: stylize(small, encoded, parameters, config, { shares: [] }),
      twice: stylize(content, encoded, parameters, config, { shares: [0.3, 0.8] }),
    };
    const fed = { ...feeds, large: uniform(9, 3 * 70 * 66) };
    const values = evaluate({ ...made, draft, wanted: twice }, fed);
    expectClose(values.alone, values.draft, 1e-9);
    expectClose(values.twice, values.wanted, 1e-9);
  });

  it('mix styles by maps of twice the stride, as one call for several mixtures does', () => {
    const other = encodeStyle(input('other', [1, 3, 40, 36]), parameters, config);
    const asked: (readonly [number, number, number])[] = [];
    const mixture: Mixture = {
      styles: [encoded, other],
      weightsAt(stride, h, w) {
        asked.push([stride, h, w]);
        const left = Float32Array.from({ length: h * w }, (_, i) => ((i % w) * stride < 13 ? 0.8 : 0.1));
        return [left, left.map((v) => 1 - v)].map((map) => constant(map, [1, 1, h, w]));
      },
    };
    const [mixed, alone] = stylizeMixtures(content, [mixture, sole(other)], parameters, config, {
      shares: [0.4],
    });
    if (!mixed || !alone) throw new Error('two pictures');
    // Of 18×13 and of 35×26 pixels; the picture itself is painted at multiples of 8.
    const sizes = asked.map(([stride, h, w]) => `${stride}: ${h}×${w}`);
    expect(new Set(sizes)).toEqual(
      new Set([
        ...['16: 3×2', '8: 6×4', '4: 12×8', '2: 24×16'],
        ...['8: 5×4', '4: 10×8', '2: 20×16', '1: 40×32'],
      ]),
    );
    const fed = { ...feeds, other: uniform(8, 3 * 40 * 36, 0.3, 0.6) };
    const single = stylize(content, other, parameters, config, { shares: [0.4] });
    const values = evaluate({ mixed, alone, single }, fed);
    expect(mixed.shape).toEqual([1, 3, 35, 26]);
    expect(values.alone).toEqual(values.single);
    expect(values.mixed.every(Number.isFinite)).toBe(true);
    expect(Math.max(...values.mixed.map((v, i) => Math.abs(v - (values.alone[i] ?? 0))))).toBeGreaterThan(
      1e-3,
    );
  });
});

it('keeps a share of the deviations of shortcuts shallower than relu3_1', () => {
  const all: GeneratorConfig = { ...base, transform: 'statistics-attention', shortcuts: 'relu1_1' };
  const { parameters } = randomParameters((p) => ({ picture: whole(p, all) }), 1);
  const state = (config: GeneratorConfig) => evaluate(encodeStyle(style, parameters, config), feeds);
  const [usual, part] = [state(all), state({ ...all, shallowShare: 0.25 })];
  for (const [name, values] of Object.entries(usual)) {
    const factor = ['relu1_1.deviation', 'relu2_1.deviation'].includes(name) ? 0.25 : 1;
    expectClose(
      part[name],
      values.map((v) => factor * v),
      1e-6,
    );
  }
});
