import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { evaluate } from '../graph/evaluate.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import type { Parameters } from './parameters.ts';
import { Variables } from './parameters.ts';
import { stream } from '../random.ts';
import { decoder } from './decoder.ts';
import {
  encodeFeatures,
  encodeStyle,
  type GeneratorConfig,
  minimumSize,
  reconstruct,
  shortcutChoices,
  styleOutputs,
  stylize,
  stylizeFeatures,
} from './generator.ts';

const base = {
  encoder: { widths: [4, 5, 6, 8, 9], preprocessing: 'centred' },
  levels: ['relu4_1'],
  temperature: 'one',
  pooledKeys: false,
  shortcuts: 'none',
  palette: 'none',
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
  palette: { ...base, transform: 'adain', modulation: 0, palette: 'average' },
  'attended colours': { ...base, transform: 'statistics-attention', modulation: 0, colours: true },
  'two shortcuts': { ...base, transform: 'statistics-attention', modulation: 3, shortcuts: 'relu2_1' },
  'three shortcuts, attended colours': {
    ...base,
    transform: 'statistics-attention',
    modulation: 3,
    shortcuts: 'relu1_1',
    colours: true,
  },
  'places found by shallower layers': {
    ...base,
    transform: 'statistics-attention',
    modulation: 0,
    colours: true,
    matching: ['relu2_1', 'relu3_1'],
  },
  'linear joins': {
    ...base,
    transform: 'statistics-attention',
    modulation: 3,
    shortcuts: 'relu2_1',
    linearJoins: true,
  },
};
/** Two levels only fit widths whose relu4_1 and relu5_1 agree. */
const two: GeneratorConfig = {
  ...base,
  encoder: { widths: [4, 5, 6, 8, 8], preprocessing: 'centred' },
  levels: ['relu4_1', 'relu5_1'],
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
  it('stores what its configuration says', () => {
    const names = (config: GeneratorConfig) => Object.keys(encodeStyle(style, new Variables(), config));
    const list = Object.values({ ...configs, two }).map(names);
    expect(list).toEqual([
      ['relu4_1.keys', 'relu4_1.values'],
      ['relu4_1.keys', 'relu4_1.values', 'modulation'],
      ['relu4_1.mean', 'relu4_1.deviation'],
      ['relu4_1.mean', 'relu4_1.deviation', 'modulation'],
      ['relu4_1.keys', 'relu4_1.values', 'relu3_1.mean', 'relu3_1.deviation'],
      ['relu4_1.keys', 'relu4_1.values'],
      ['relu4_1.mean', 'relu4_1.deviation', 'palette.matrix', 'palette.shift'],
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

  it('works down to its minimum size, with two levels too', () => {
    const side = minimumSize(two);
    const tiny = (name: string) => input(name, [1, 3, side, side]);
    const build = (p: Parameters) => stylize(tiny('content'), encodeStyle(tiny('style'), p, two), p, two);
    const { parameters } = randomParameters(build);
    const picture = uniform(4, 3 * side * side, 0, 1);
    const y = evaluate({ y: build(parameters) }, { content: picture, style: picture }).y;
    expect(y.every(Number.isFinite)).toBe(true);
  });

  it.each(shortcutChoices)(
    'AdaIN with its own picture as style is the decoder’s inversion, shortcuts: %s',
    (shortcuts) => {
      const config: GeneratorConfig = {
        ...base,
        transform: 'adain',
        modulation: 3,
        shortcuts,
        palette: 'average',
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

  it('inverts without modulation where there is none', () => {
    const config: GeneratorConfig = { ...base, transform: 'adain', modulation: 0 };
    const picture = input('content', [1, 3, 32, 24]);
    const build = (p: Parameters) => reconstruct(picture, encodeFeatures(picture, p, config), p, config);
    const { parameters } = randomParameters(build);
    const scoped: Parameters = { get: (name, shape, init) => parameters.get(`decoder.${name}`, shape, init) };
    const { relu4_1 } = encodeFeatures(picture, parameters, config);
    const direct = decoder(relu4_1, scoped, { widths: [4, 5, 6, 8], modulation: 0 });
    const values = evaluate({ a: build(parameters), b: direct }, { content: uniform(6, 3 * 32 * 24, 0, 1) });
    expect(values.a).toEqual(values.b);
  });

  it('says what is missing of a stored style', () => {
    const config = configs['one level, attention'] ?? two;
    const { parameters } = randomParameters((p) => whole(p, config));
    expect(() => stylize(content, {}, parameters, config)).toThrow(
      'internal: encoded style without level relu4_1',
    );
  });
});
