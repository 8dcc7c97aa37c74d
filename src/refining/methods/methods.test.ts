/** Style losses of the methods against plain float64 loops, on small random features. */

import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../../test/helpers/numbers.ts';
import { get } from '../../../test/helpers/plain.ts';
import { evaluate } from '../../graph/evaluate.ts';
import { input } from '../../graph/ops/sources.ts';
import { extent } from '../../graph/shape.ts';
import { inputShapes, type Outputs } from '../../graph/tensor.ts';
import { Variables } from '../../networks/parameters.ts';
import { layerNames } from '../../networks/vgg19.ts';
import { stream } from '../../random.ts';
import { drawing, fixedValue, type Known } from '../draws.ts';
import { contentInputs } from '../inputs.ts';
import { type ComparedLayer, comparedLayers, type Looked, strideOf } from '../look.ts';
import { chancesOf } from '../places.ts';
import { refiningMethods } from './methods.ts';
import type { RefiningMethodName } from './names.ts';

type Values = Readonly<Record<string, ArrayLike<number>>>;
type Vectors = readonly (readonly number[])[];

const SIDE = 16;
const channelsOf = (layer: ComparedLayer) => (layer === 'colour' ? 3 : 2);
const placesOf = (layer: ComparedLayer) => (SIDE / strideOf(layer)) ** 2;

/** Features `[1, C, h, w]` of a picture of {@link SIDE}². */
const looked = (name: string) =>
  Object.fromEntries(
    comparedLayers.map((layer) => {
      const side = SIDE / strideOf(layer);
      return [layer, input(`${name}.${layer}`, [1, channelsOf(layer), side, side])];
    }),
  ) as Record<ComparedLayer, Looked[ComparedLayer]>;
const numbers = (name: string, seed: number, high: number) =>
  Object.fromEntries(
    comparedLayers.map((layer, i) => [
      `${name}.${layer}`,
      uniform(seed + i, channelsOf(layer) * placesOf(layer), 0, high),
    ]),
  );

const features = { ...numbers('own', 1, 1), ...numbers('style', 20, 2) };

/** Terms of a method for one style, from number `from` on, with all values that went in. */
function termsOf(name: RefiningMethodName, from = 0): { terms: number[]; values: Values } {
  const method = refiningMethods[name];
  const size = { width: SIDE, height: SIDE };
  const drawn = (outputs: Outputs, known: Known, seed: string) => {
    const draw = drawing(stream(1, seed), known);
    return Object.fromEntries(
      [...inputShapes(outputs)].map(([key, shape]) => [
        key,
        key in features ? named(features, key) : (fixedValue(key, shape, known) ?? draw(key, shape)),
      ]),
    );
  };
  const once = method.once?.(looked('style')) ?? {};
  const columns = drawn(once, { size, content: {}, styles: [] }, 'once');
  const computed = Object.fromEntries(
    Object.entries(evaluate(once, columns)).map(([key, value]) => [key, Float32Array.from(value)]),
  );
  const planes = Object.fromEntries(
    comparedLayers.map((layer) => [
      layer,
      { data: Float32Array.from(named(features, `style.${layer}`)), channels: channelsOf(layer) },
    ]),
  ) as Record<ComparedLayer, { data: Float32Array; channels: number }>;
  const chances = (stride: number) => {
    const side = SIDE / stride;
    return chancesOf(Float32Array.from({ length: side * side }, (_, i) => 1 + (i % 3)));
  };
  const known = { size, content: {}, styles: [{ share: 1, features: planes, once: computed, chances }] };
  const variables = new Variables();
  const terms = method.style(looked('own'), 0, variables).terms.slice(from);
  const outputs = Object.fromEntries(terms.map(({ value }, i) => [`${i}`, value]));
  const fresh = [...variables.initialise(stream(1, 'fresh'))].map(([key, { data }]) => [key, data] as const);
  const learned: Record<string, Float32Array> = Object.fromEntries(fresh);
  const shapes = inputShapes(outputs);
  const draw = drawing(stream(1, 'step'), known);
  const values: Record<string, ArrayLike<number>> = { ...features, ...learned };
  for (const [key, shape] of shapes) values[key] ??= fixedValue(key, shape, known) ?? draw(key, shape);
  const made = evaluate(outputs, values);
  return { terms: terms.map((_, i) => get(made[`${i}`] ?? [], 0)), values: { ...columns, ...values } };
}

function named(values: Values, key: string): ArrayLike<number> {
  const found = values[key];
  if (found === undefined) throw new Error(`no ${key}`);
  return found;
}

const range = (count: number) => Array.from({ length: count }, (_, i) => i);
const sum = (list: readonly number[]) => list.reduce((a, b) => a + b, 0);
const average = (list: readonly number[]) => sum(list) / list.length;

/** All vectors of a layer. */
function vectors(values: Values, name: 'own' | 'style', layer: ComparedLayer): Vectors {
  const data = named(values, `${name}.${layer}`);
  const places = placesOf(layer);
  return range(places).map((p) => range(channelsOf(layer)).map((c) => get(data, c * places + p)));
}

/** Vectors at the places that an input names. */
const picked = (all: Vectors, places: ArrayLike<number>): Vectors => Array.from(places, (p) => all[p] ?? []);

/** Chances that follow 1, 2, 3, 1, … */
const weightsOf = (layer: ComparedLayer) => {
  const raw = range(placesOf(layer)).map((i) => 1 + (i % 3));
  return raw.map((value) => value / sum(raw));
};
const even = (layer: ComparedLayer) => range(placesOf(layer)).map(() => 1 / placesOf(layer));

const meanOf = (all: Vectors, weights: readonly number[]) =>
  range(all[0]?.length ?? 0).map((c) => sum(all.map((v, i) => get(v, c) * get(weights, i))));
const deviationOf = (all: Vectors, weights: readonly number[]) => {
  const mean = meanOf(all, weights);
  return mean.map((m, c) => Math.sqrt(sum(all.map((v, i) => (get(v, c) - m) ** 2 * get(weights, i))) + 1e-5));
};
const gramOf = (all: Vectors, weights: readonly number[]) =>
  range(all[0]?.length ?? 0).flatMap((a) =>
    range(all[0]?.length ?? 0).map((b) => sum(all.map((v, i) => get(v, a) * get(v, b) * get(weights, i)))),
  );
const squaredError = (a: readonly number[], b: readonly number[]) =>
  average(a.map((value, i) => (value - get(b, i)) ** 2));
// Loops, since these are called for all pairs.
function distance2(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (get(a, i) - get(b, i)) ** 2;
  return sum;
}
function product(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += get(a, i) * get(b, i);
  return sum;
}

/** Vectors `[1, P, C]` of an input. */
const targets = (values: Values, key: string, channels: number): Vectors => {
  const data = named(values, key);
  return range(data.length / channels).map((p) => range(channels).map((c) => get(data, p * channels + c)));
};

describe('the style loss of', () => {
  it.each([
    ['gatys', (all: Vectors, weights: readonly number[]) => [gramOf(all, weights)]],
    ['li-linear', (all: Vectors, weights: readonly number[]) => [meanOf(all, weights)]],
    [
      'li-statistics',
      (all: Vectors, weights: readonly number[]) => [meanOf(all, weights), deviationOf(all, weights)],
    ],
  ] as const)('%s, weighted by chances', (name, summary) => {
    const { terms, values } = termsOf(name);
    const expected = layerNames.map((layer) => {
      const own = summary(vectors(values, 'own', layer), weightsOf(layer));
      const style = summary(vectors(values, 'style', layer), even(layer));
      return sum(own.map((part, i) => squaredError(part, style[i] ?? [])));
    });
    expect(Math.min(...expected)).toBeGreaterThan(1e-4);
    expectClose(terms, expected, 1e-6);
  });

  it('li-gaussian', () => {
    const { terms, values } = termsOf('li-gaussian');
    const expected = layerNames.map((layer) => {
      const own = picked(vectors(values, 'own', layer), named(values, `places.0.${layer}`));
      const style = targets(values, `target.0.${layer}`, channelsOf(layer));
      const pairs = (a: Vectors, b: Vectors) => a.flatMap((x) => b.map((y) => distance2(x, y)));
      const between = pairs(own, style);
      const width = average(between) + 1e-8;
      const kernel = (distances: readonly number[]) => average(distances.map((d) => Math.exp(-d / width)));
      return kernel(pairs(own, own)) + kernel(pairs(style, style)) - 2 * kernel(between);
    });
    expectClose(terms, expected, 1e-6);
  });

  it('sliced', () => {
    const { terms, values } = termsOf('sliced');
    const expected = comparedLayers.map((layer) => {
      const channels = channelsOf(layer);
      const own = picked(vectors(values, 'own', layer), named(values, `places.0.${layer}`));
      const style = targets(values, `target.0.${layer}`, channels);
      const directions = named(values, `directions.${layer}`);
      const count = directions.length / channels;
      const along = (all: Vectors, k: number) => {
        const direction = range(channels).map((c) => get(directions, c * count + k));
        const length = Math.sqrt(
          distance2(
            direction,
            direction.map(() => 0),
          ),
        );
        return all.map((v) => sum(v.map((x, c) => (x * get(direction, c)) / length))).sort((a, b) => a - b);
      };
      return average(range(count).map((k) => squaredError(along(own, k), along(style, k))));
    });
    expectClose(terms, [sum(expected)], 1e-5);
  });

  it('strotss: relaxed transport, moments and palette', () => {
    const { terms, values } = termsOf('strotss');
    const column = (name: 'own' | 'style', of: string) => {
      const parts = comparedLayers.map((layer) =>
        picked(vectors(values, name, layer), named(values, `columns.${of}.${layer}`)),
      );
      return range(parts[0]?.length ?? 0).map((p) => parts.flatMap((part) => part[p] ?? []));
    };
    const [own, style] = [column('own', '0'), column('style', 'all')];
    const unit = (v: readonly number[]) => {
      const length = Math.sqrt(sum(v.map((x) => x * x)) + 1e-6);
      return v.map((x) => x / length);
    };
    const transport = (a: Vectors, b: Vectors, d: (x: readonly number[], y: readonly number[]) => number) => {
      const [rows, others] = [a.map(() => Infinity), b.map(() => Infinity)];
      for (const [i, x] of a.entries())
        for (const [j, y] of b.entries()) {
          const apart = d(x, y);
          rows[i] = Math.min(rows[i] ?? 0, apart);
          others[j] = Math.min(others[j] ?? 0, apart);
        }
      return Math.max(average(rows), average(others));
    };
    const cosine = (x: readonly number[], y: readonly number[]) => 1 - product(x, y);
    const first = meanOf(
      own,
      own.map(() => 1 / own.length),
    );
    const second = meanOf(
      style,
      style.map(() => 1 / style.length),
    );
    const covariance = (all: Vectors, mean: readonly number[]) =>
      gramOf(
        all.map((v) => v.map((x, c) => x - get(mean, c))),
        all.map(() => 1 / all.length),
      );
    const wanted = covariance(style, second);
    const spread = covariance(own, first).map((v, i) => Math.abs(v - get(wanted, i)));
    const colours = (all: Vectors) => all.map((v) => v.slice(-3));
    const palette = (x: readonly number[], y: readonly number[]) => Math.sqrt(distance2(x, y) + 1e-5);
    const expected = [
      transport(own.map(unit), style.map(unit), cosine),
      average(first.map((v, i) => Math.abs(v - get(second, i)))) + average(spread),
      transport(colours(own), colours(style), palette),
    ];
    expectClose(terms, expected, 2e-3);
  });

  it('critics: the estimate of what they have learned', () => {
    const { terms, values } = termsOf('critics', 1);
    const expected = layerNames.slice(1).map((layer) => {
      const all = vectors(values, 'style', layer);
      const [mean, deviation] = [meanOf(all, even(layer)), deviationOf(all, even(layer))];
      const known = new Map<string, number[][]>();
      const dense = (x: readonly number[], name: string, outputs: number) => {
        const weight = named(values, `${layer}.${name}.weight`);
        const bias = named(values, `${layer}.${name}.bias`);
        const columns =
          known.get(name) ?? range(outputs).map((o) => x.map((_, i) => get(weight, i * outputs + o)));
        known.set(name, columns);
        return columns.map((column, o) => get(bias, o) + product(x, column));
      };
      const condition = dense([...mean, ...deviation], 'condition', 256);
      const relu = (x: readonly number[]) => x.map((v) => Math.max(0, v));
      const score = (vector: readonly number[]) => {
        const x = vector.map(
          (v, c) => (v - get(mean, c)) / ((get(deviation, c) + 0.05) * Math.sqrt(mean.length)),
        );
        const hidden = relu(dense(x, 'hidden1', 256).map((v, i) => v + get(condition, i)));
        const third = relu(dense(relu(dense(hidden, 'hidden2', 256)), 'hidden3', 256));
        return get(dense(third, 'score', 1), 0);
      };
      const own = picked(vectors(values, 'own', layer), named(values, `places.0.${layer}`));
      const style = targets(values, `target.0.${layer}`, channelsOf(layer));
      return average(style.map(score)) - average(own.map(score));
    });
    expectClose(terms, expected, 1e-5);
  });
});

it('contents: 0 at the content, 1 without layout', () => {
  const own = looked('own');
  const loss = refiningMethods.gatys.content(own, contentInputs(own));
  const content = { 'content.relu4_1': [1, 2, 3, 4, 5, 6, 7, 8] };
  const at = (values: readonly number[]) => evaluate({ loss }, { ...content, 'own.relu4_1': values }).loss;
  expect(extent(own.relu4_1.shape, 1)).toBe(2);
  expectClose(at(content['content.relu4_1']), [0], 1e-9);
  expectClose(at([2.5, 2.5, 2.5, 2.5, 6.5, 6.5, 6.5, 6.5]), [1], 1e-6);
});
