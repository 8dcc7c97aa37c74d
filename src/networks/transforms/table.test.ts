import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../../test/helpers/numbers.ts';
import {
  at,
  conv,
  fill,
  get,
  normalise,
  type Plain,
  plain,
  statistics,
} from '../../../test/helpers/plain.ts';
import { channelStatistics } from '../../graph/composed.ts';
import { evaluate } from '../../graph/evaluate.ts';
import { input } from '../../graph/ops/sources.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { stream } from '../../random.ts';
import { type Parameters, Variables } from '../parameters.ts';
import { type TransformName, transforms } from './table.ts';
import type { TransformSettings } from './transform.ts';

const [N, C] = [2, 3];
const fc = input('fc', [N, C, 4, 5]);
const fs = input('fs', [N, C, 3, 2]);
const feeds = { fc: uniform(1, N * C * 20, 0, 2), fs: uniform(2, N * C * 6, 0, 4) };
const content = plain(N, C, 4, 5, feeds.fc);
const style = plain(N, C, 3, 2, feeds.fs);

interface Config extends TransformSettings {
  readonly transform: TransformName;
}

function block(parameters: Parameters, config: Config): Tensor {
  const { encode, apply } = transforms[config.transform];
  return apply(fc, encode(fs, parameters, config), parameters, config).features;
}

type Values = (name: string) => Float32Array;

const layer = (x: Plain, values: Values, name: string) =>
  conv(x, values(`${name}.weight`), values(`${name}.bias`), C, 1);

/** Attention weights of content position (i, j) of sample n over the style's six positions. */
function attentionOf(values: Values, temperature: number) {
  const queries = layer(normalise(content), values, 'query');
  const keys = layer(normalise(style), values, 'key');
  return (n: number, i: number, j: number): number[] => {
    const logits = Array.from({ length: 6 }, (_, p) => {
      let sum = 0;
      for (let c = 0; c < C; c++) sum += at(queries, n, c, i, j) * at(keys, n, c, p >> 1, p & 1);
      return Math.exp(sum / temperature);
    });
    const total = logits.reduce((a, b) => a + b, 0);
    return logits.map((value) => value / total);
  };
}

describe('transforms against plain code', () => {
  it.each([
    ['one', 1],
    ['sqrt-channels', Math.sqrt(C)],
  ] as const)('attention, temperature %s', (temperature, divisor) => {
    const config = { transform: 'attention', temperature, pooledKeys: false } as const;
    const { parameters, values } = randomParameters((p) => block(p, config));
    const y = block(parameters, config);
    const weights = attentionOf(values, divisor);
    const v = layer(style, values, 'value');
    const attended = fill([N, C, 4, 5], (n, c, i, j) =>
      weights(n, i, j).reduce((sum, w, p) => sum + w * at(v, n, c, p >> 1, p & 1), 0),
    );
    const through = layer(attended, values, 'output');
    const wanted = fill([N, C, 4, 5], (n, c, i, j) => at(through, n, c, i, j) + at(content, n, c, i, j));
    expect(y.shape).toEqual([N, C, 4, 5]);
    expectClose(evaluate({ y }, feeds).y, wanted.data, 1e-6);
  });

  it('statistics attention', () => {
    const config = {
      transform: 'statistics-attention',
      temperature: 'sqrt-channels',
      pooledKeys: false,
    } as const;
    const { parameters, values } = randomParameters((p) => block(p, config));
    const weights = attentionOf(values, Math.sqrt(C));
    const v = layer(style, values, 'value');
    const normal = normalise(content);
    const wanted = fill([N, C, 4, 5], (n, c, i, j) => {
      const w = weights(n, i, j);
      const mean = w.reduce((sum, a, p) => sum + a * at(v, n, c, p >> 1, p & 1), 0);
      // The weighted variance by its definition; the graph takes E[v²] − E[v]².
      const variance = w.reduce((sum, a, p) => sum + a * (at(v, n, c, p >> 1, p & 1) - mean) ** 2, 0);
      return Math.sqrt(variance + 1e-4) * at(normal, n, c, i, j) + mean;
    });
    expectClose(evaluate({ y: block(parameters, config) }, feeds).y, wanted.data, 1e-6);
  });

  it.each(['attention', 'statistics-attention'] as const)('colours that are carried by %s', (transform) => {
    const config = { transform, temperature: 'one', pooledKeys: false } as const;
    const map = input('map', [N, 3, 3, 2]);
    const { encode, apply } = transforms[transform];
    const build = (p: Parameters) => apply(fc, encode(fs, p, config, { colours: map }), p, config);
    const { parameters, values } = randomParameters((p) => build(p).features);
    const { colours, features } = build(parameters);
    if (colours === undefined) throw new Error('no colours');
    const weights = attentionOf(values, 1);
    const fed = { ...feeds, map: uniform(7, N * 3 * 6) };
    const own = plain(N, 3, 3, 2, fed.map);
    const wanted = fill([N, 3, 4, 5], (n, c, i, j) =>
      weights(n, i, j).reduce((sum, w, k) => sum + w * at(own, n, c, k >> 1, k & 1), 0),
    );
    expectClose(evaluate({ colours }, fed).colours, wanted.data, 1e-6);
    const without = evaluate({ y: block(parameters, config) }, feeds).y;
    expectClose(evaluate({ features }, fed).features, without, 1e-9);
  });

  it('places found by other features than those that are attended', () => {
    const config = {
      transform: 'statistics-attention',
      temperature: 'sqrt-channels',
      pooledKeys: false,
    } as const;
    const map = input('map', [N, 3, 3, 2]);
    const [mine, theirs] = [input('mine', [N, 2, 4, 5]), input('theirs', [N, 2, 3, 2])];
    const { encode, apply } = transforms[config.transform];
    const build = (p: Parameters) => {
      const kept = encode(fs, p, config, { colours: map, matched: theirs });
      return apply(fc, kept, p, config, { matched: mine });
    };
    const { parameters, values } = randomParameters((p) => build(p).features);
    const { colours } = build(parameters);
    if (colours === undefined) throw new Error('no colours');
    const fed = { map: uniform(7, N * 3 * 6), mine: uniform(8, N * 40), theirs: uniform(9, N * 12) };
    const through = (x: Plain, name: string) =>
      conv(x, values(`${name}.weight`), values(`${name}.bias`), 2, 1);
    const queries = through(plain(N, 2, 4, 5, fed.mine), 'query');
    const keys = through(plain(N, 2, 3, 2, fed.theirs), 'key');
    const own = plain(N, 3, 3, 2, fed.map);
    const wanted = fill([N, 3, 4, 5], (n, c, i, j) => {
      const weights = Array.from({ length: 6 }, (_, p) => {
        const product = [0, 1].map((k) => at(queries, n, k, i, j) * at(keys, n, k, p >> 1, p & 1));
        return Math.exp(((product[0] ?? 0) + (product[1] ?? 0)) / Math.SQRT2);
      });
      const sum = weights.reduce((a, b) => a + b, 0);
      return weights.reduce((mean, w, p) => mean + (w / sum) * at(own, n, c, p >> 1, p & 1), 0);
    });
    expectClose(evaluate({ colours }, { ...feeds, ...fed }).colours, wanted.data, 1e-6);
  });

  it('multi-adaptation: content to its places, style to its channels, content to style', () => {
    const config = { transform: 'multi-adaptation', temperature: 'one', pooledKeys: false } as const;
    const { parameters, values } = randomParameters((p) => block(p, config));
    const under = (prefix: string) => (name: string) => values(prefix + name);
    const [mine, theirs] = [under('content.'), under('style.')];
    /** The block of SANet: the content's normalised places look for the style's. */
    const attended = (own: Plain, seen: Plain, of: Values) => {
      const [queries, keys] = [layer(normalise(own), of, 'query'), layer(normalise(seen), of, 'key')];
      const v = layer(seen, of, 'value');
      const places = seen.h * seen.w;
      const mixed = fill([N, C, own.h, own.w], (n, c, i, j) => {
        const powers = Array.from({ length: places }, (_, p) => {
          let sum = 0;
          for (let k = 0; k < C; k++)
            sum += at(queries, n, k, i, j) * at(keys, n, k, Math.floor(p / seen.w), p % seen.w);
          return Math.exp(sum);
        });
        const total = powers.reduce((x, y) => x + y, 0);
        return powers.reduce(
          (sum, power, p) => sum + (power / total) * at(v, n, c, Math.floor(p / seen.w), p % seen.w),
          0,
        );
      });
      const out = layer(mixed, of, 'output');
      return fill([N, C, own.h, own.w], (n, c, i, j) => at(out, n, c, i, j) + at(own, n, c, i, j));
    };
    const [f, g] = [layer(style, theirs, 'query'), layer(style, theirs, 'key')];
    const h = layer(normalise(style), theirs, 'value');
    const six = Array.from({ length: 6 }, (_, p) => p);
    /** Softmax over k of the products of channels c and k, over the six places. */
    const channels = (n: number, c: number, k: number) => {
      const power = (other: number) => {
        const products = six.map((p) => at(f, n, c, p >> 1, p & 1) * at(g, n, other, p >> 1, p & 1));
        return Math.exp(products.reduce((x, y) => x + y, 0) / 6);
      };
      return power(k) / [0, 1, 2].map(power).reduce((x, y) => x + y, 0);
    };
    const blended = fill([N, C, 3, 2], (n, k, i, j) =>
      [0, 1, 2].reduce((sum, c) => sum + channels(n, c, k) * at(h, n, c, i, j), 0),
    );
    const moved = layer(blended, theirs, 'output');
    const adapted = fill([N, C, 3, 2], (n, c, i, j) => at(moved, n, c, i, j) + at(style, n, c, i, j));
    const wanted = attended(attended(content, content, mine), adapted, values);
    expectClose(evaluate({ y: block(parameters, config) }, feeds).y, wanted.data, 1e-6);
  });

  it('multi-adaptation begins as attention alone', () => {
    const config = { temperature: 'one', pooledKeys: false } as const;
    const variables = new Variables();
    const [alone, adapted] = (['attention', 'multi-adaptation'] as const).map((transform) =>
      block(variables, { transform, ...config }),
    );
    if (alone === undefined || adapted === undefined) throw new Error('two blocks');
    const fed: Record<string, ArrayLike<number>> = { ...feeds };
    for (const [name, { data }] of variables.initialise(stream(1, 'start'))) fed[name] = data;
    const values = evaluate({ alone, adapted }, fed);
    expectClose(values.adapted, values.alone, 1e-9);
  });

  it('AdaIN, without parameters', () => {
    const variables = new Variables();
    const y = block(variables, { transform: 'adain', temperature: 'one', pooledKeys: false });
    expect(variables.tensors.size).toBe(0);
    expectClose(evaluate({ y }, feeds).y, adain(content, style).data, 1e-6);
  });
});

/** AdaIN with the style's unbiased variance multiplied by `variance`. */
function adain(c: Plain, s: Plain, variance = 1): Plain {
  const { mean, deviation: unbiased } = statistics(s);
  const deviation = unbiased.map((v) => Math.sqrt((v * v - 1e-5) * variance + 1e-5));
  const normal = normalise(c);
  return fill(
    [c.n, c.c, c.h, c.w],
    (n, k, i, j) => at(normal, n, k, i, j) * get(deviation, n * c.c + k) + get(mean, n * c.c + k),
  );
}

describe('statistics attention', () => {
  const config = {
    transform: 'statistics-attention',
    temperature: 'sqrt-channels',
    pooledKeys: false,
  } as const;
  const { encode, apply } = transforms[config.transform];

  it('is AdaIN at the start, when attention is flat and values are the identity', () => {
    const variables = new Variables();
    const y = block(variables, config);
    const identity = [1, 0, 0, 0, 1, 0, 0, 0, 1];
    const zeros = new Float32Array(9);
    const fed = {
      ...feeds,
      'query.weight': zeros,
      'query.bias': zeros.slice(0, C),
      'key.weight': uniform(3, 9),
      'key.bias': uniform(4, C),
      'value.weight': identity,
      'value.bias': zeros.slice(0, C),
    };
    // A weighted variance is the biased one. Statistics attention adds 1e-4 under the root, AdaIN 1e-5.
    const positions = style.h * style.w;
    expectClose(evaluate({ y }, fed).y, adain(content, style, (positions - 1) / positions).data, 1e-3);
  });

  it('averages v and v² over 2×2 blocks if keys are pooled, without an odd last row', () => {
    const pooled = { ...config, pooledKeys: true };
    const large = input('fs', [N, C, 5, 4]);
    const build = (p: Parameters) => apply(fc, encode(large, p, pooled), p, pooled).features;
    const { parameters, values } = randomParameters(build);
    const pixels = uniform(5, N * C * 20, 0, 4);
    const picture = plain(N, C, 5, 4, pixels);
    const block = (x: Plain, n: number, c: number, p: number, f = (v: number) => v): number => {
      const [top, left] = [2 * (p >> 1), 2 * (p & 1)];
      const sum = [0, 1].flatMap((i) => [0, 1].map((j) => f(at(x, n, c, top + i, left + j))));
      return sum.reduce((a, b) => a + b, 0) / 4;
    };
    const normalStyle = normalise(picture);
    const keys = layer(
      fill([N, C, 2, 2], (n, c, i, j) => block(normalStyle, n, c, 2 * i + j)),
      values,
      'key',
    );
    const [queries, v] = [layer(normalise(content), values, 'query'), layer(picture, values, 'value')];
    const normal = normalise(content);
    const wanted = fill([N, C, 4, 5], (n, c, i, j) => {
      const powers = [0, 1, 2, 3].map((p) => {
        let sum = 0;
        for (let k = 0; k < C; k++) sum += at(queries, n, k, i, j) * at(keys, n, k, p >> 1, p & 1);
        return Math.exp(sum / Math.sqrt(C));
      });
      const total = powers.reduce((a, b) => a + b, 0);
      const mean = powers.reduce((sum, w, p) => sum + (w / total) * block(v, n, c, p), 0);
      const second = powers.reduce((sum, w, p) => sum + (w / total) * block(v, n, c, p, (x) => x * x), 0);
      return Math.sqrt(second - mean * mean + 1e-4) * at(normal, n, c, i, j) + mean;
    });
    const y = evaluate({ y: build(parameters) }, { fc: feeds.fc, fs: pixels }).y;
    expectClose(y, wanted.data, 1e-6);
  });

  it('leaves a style map one position thin as it is', () => {
    const thin = input('fs', [N, C, 6, 1]);
    const state = encode(thin, new Variables(), { ...config, pooledKeys: true });
    expect(state.keys?.shape).toEqual([N, C, 6]);
  });

  it('gives the style as keys [N, C, P] and values [N, P, 2C]', () => {
    const state = encode(fs, new Variables(), config);
    expect([state.keys?.shape, state.values?.shape]).toEqual([
      [N, C, 6],
      [N, 6, 2 * C],
    ]);
  });

  it('takes the statistics of a whole picture for its tiles', () => {
    const { parameters } = randomParameters((p) => block(p, config));
    const state = encode(fs, parameters, config);
    const whole = evaluate({ y: apply(fc, state, parameters, config).features }, feeds).y;
    const tile = input('tile', [N, C, 2, 5]);
    const y = apply(tile, state, parameters, config, { statistics: channelStatistics(fc) }).features;
    const upper = fill([N, C, 2, 5], (n, c, i, j) => at(content, n, c, i, j));
    const wanted = plain(N, C, 4, 5, whole);
    const rows = fill([N, C, 2, 5], (n, c, i, j) => at(wanted, n, c, i, j));
    expectClose(evaluate({ y }, { ...feeds, tile: upper.data }).y, rows.data, 1e-9);
  });

  it('stays finite if attention rests on one position', () => {
    const { parameters, weights } = randomParameters((p) => block(p, config));
    for (const name of ['query.weight', 'key.weight'])
      weights.get(name)?.data.forEach((v, i, all) => {
        all[i] = 100 * v;
      });
    const values = evaluate({ y: block(parameters, config) }, feeds).y;
    expect(values.every(Number.isFinite)).toBe(true);
  });
});

it('predict their memory: a number for each pair of positions that they compare', () => {
  const settings = { temperature: 'one', pooledKeys: false } as const;
  expect(transforms.attention.working(6, 8, settings)).toBe(48);
  expect(transforms['statistics-attention'].working(6, 8, { ...settings, pooledKeys: true })).toBe(12);
  expect(transforms.adain.working(6, 8, settings)).toBe(0);
  expect(transforms['multi-adaptation'].working(6, 8, settings)).toBe(48);
  expect(transforms['multi-adaptation'].working(8, 6, settings)).toBe(64);
  expect(transforms['style-decorator'].working(6, 8, settings)).toBe(13 * 48);
});
