import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { square, sum, total } from '../graph/composed.ts';
import { evaluate } from '../graph/evaluate.ts';
import { mul, sub } from '../graph/ops/elementwise.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Outputs, Tensor } from '../graph/tensor.ts';
import { type AdamConfig, adam, adamScalars, stateName } from './adam.ts';

/** Loss Σ k (p − target)², slope 2k (p − target), for two parameters. */
const targets = { a: [1, -2, 0.5], b: [3] };
const steepness = 3;
const a = input('a', [3]);
const b = input('b', [1]);
const parameters = new Map([
  ['a', a],
  ['b', b],
]);
const error = (p: typeof a, target: readonly number[]) => {
  const d = sub(p, constant(target, p.shape));
  return mul(sum(mul(d, d)), steepness);
};
const loss = sum(mul(error(a, targets.a), 1));
const whole = { loss, both: sum(mul(error(b, targets.b), 1)) };

describe.each([
  ['no clipping, average', { clip: 0, average: 0.9, beta1: 0.9, beta2: 0.999 }],
  ['clipping, no average', { clip: 0.5, average: 0, beta1: 0.9, beta2: 0.99 }],
  ['clipping, no momentum', { clip: 2, average: 0.5, beta1: 0, beta2: 0.99 }],
])('Adam, %s', (_, settings) => {
  it('is the plain algorithm over several steps', () => {
    const config: AdamConfig = { group: 'g', ...settings };
    const total = sum(mul(whole.loss, 1));
    const update = adam(sumOfBoth(total), parameters, config);
    const names = ['a', 'b'] as const;
    const start = { a: Array.from(uniform(1, 3)), b: [0.25] };
    const states: Record<string, ArrayLike<number>> = { a: start.a, b: start.b };
    for (const name of names) {
      const zeros = start[name].map(() => 0);
      states[stateName('moment1', name)] = zeros;
      states[stateName('moment2', name)] = zeros;
      states[stateName('average', name)] = start[name];
    }
    const p = { a: [...start.a], b: [...start.b] };
    const m = { a: [0, 0, 0], b: [0] };
    const v = { a: [0, 0, 0], b: [0] };
    const average = { a: [...start.a], b: [...start.b] };
    for (let t = 1; t <= 5; t++) {
      const rate = 0.1 / t;
      const used = { ...states, ...adamScalars(config, t, rate) };
      const next: Record<string, Float64Array> = evaluate(update.states, used);
      const { norm } = evaluate({ norm: update.gradientNorm }, used);
      // The same in plain code.
      const g = {
        a: p.a.map((x, i) => 2 * steepness * (x - get(targets.a, i))),
        b: p.b.map((x, i) => 2 * steepness * (x - get(targets.b, i))),
      };
      const length = Math.hypot(...g.a, ...g.b);
      expectClose(norm, [length], 1e-6);
      const scale = settings.clip > 0 ? Math.min(1, settings.clip / length) : 1;
      for (const name of names) {
        p[name].forEach((x, i) => {
          const slope = get(g[name], i) * scale;
          m[name][i] = settings.beta1 * get(m[name], i) + (1 - settings.beta1) * slope;
          v[name][i] = settings.beta2 * get(v[name], i) + (1 - settings.beta2) * slope ** 2;
          const mean = get(m[name], i) / (1 - settings.beta1 ** t);
          const square = get(v[name], i) / (1 - settings.beta2 ** t);
          p[name][i] = x - (rate * mean) / (Math.sqrt(square) + 1e-8);
          // The decay is small at first, so that the average forgets the random start.
          const decay = Math.min(settings.average, (1 + t) / (10 + t));
          average[name][i] = decay * get(average[name], i) + (1 - decay) * get(p[name], i);
        });
        expectClose(next[stateName('parameter', name)], p[name], 2e-6);
        if (settings.beta1 > 0) expectClose(next[stateName('moment1', name)], m[name], 2e-6);
        else expect(next[stateName('moment1', name)]).toBeUndefined();
        expectClose(next[stateName('moment2', name)], v[name], 2e-6);
        if (settings.average > 0) expectClose(next[stateName('average', name)], average[name], 2e-6);
        else expect(next[stateName('average', name)]).toBeUndefined();
        states[name] = next[stateName('parameter', name)] ?? [];
      }
      for (const [name, data] of Object.entries(next)) {
        if (!name.startsWith('parameter/')) states[name] = data;
      }
    }
  });
});

function sumOfBoth(first: typeof loss) {
  return sum(mul(sub(first, mul(whole.both, -1)), 1));
}

describe('Adam', () => {
  const config: AdamConfig = { group: 'g', clip: 1, average: 0, beta1: 0.9, beta2: 0.999 };

  it('moves no parameter without influence, and makes no NaN of it', () => {
    const unused = input('unused', [2]);
    const { states, gradientNorm } = adam(mul(sum(unused), 0), new Map([['unused', unused]]), config);
    const feeds = {
      unused: [1, 2],
      'moment1/unused': [0, 0],
      'moment2/unused': [0, 0],
      ...adamScalars(config, 1, 0.1),
    };
    const outputs: Outputs = { ...states, norm: gradientNorm };
    const values = evaluate(outputs, feeds);
    expectClose(values['parameter/unused'], [1, 2], 0);
    expect(get(values.norm ?? [], 0)).toBeLessThan(1e-9);
  });

  it('corrects the bias of the first step fully', () => {
    const scalars = adamScalars(config, 1, 0.25);
    expectClose(scalars['g/rate'], [0.25], 1e-7);
    expectClose(scalars['g/correction1'], [10], 1e-6);
    expectClose(scalars['g/correction2'], [1000], 1e-6);
    expectClose(adamScalars({ ...config, average: 0.99 }, 1, 0.25)['g/decay'], [2 / 11], 1e-6);
    expectClose(adamScalars({ ...config, average: 0.99 }, 2000, 0.25)['g/decay'], [0.99], 1e-6);
  });

  it('has nothing to do without parameters', () => {
    expect(() => adam(loss, new Map(), config)).toThrow('internal: group g has no parameters');
  });
});

it('centres the steps of 3×3 kernels and matrices only', () => {
  const shapes = { wide: [2, 3, 3, 3], matrix: [2, 27], pointwise: [2, 3, 1, 1], bias: [1, 2] } as const;
  const parts = Object.entries(shapes).map(([name, shape]) => [name, input(name, shape)] as const);
  const target = (shape: readonly number[], i: number) =>
    constant(
      uniform(
        40 + i,
        shape.reduce((a, b) => a * b),
      ),
      shape,
    );
  const losses = parts.map(([, x], i) => sum(square(sub(x, target(x.shape, i)))));
  const [first, ...rest] = losses;
  if (first === undefined) throw new Error('losses');
  const steps = [true, false].map((centred) => {
    const config: AdamConfig = { group: 'g', clip: 1e6, average: 0, beta1: 0.9, beta2: 0.999, centred };
    const { states } = adam(total([first, ...rest]), new Map(parts), config);
    const feeds: Record<string, ArrayLike<number>> = { ...adamScalars(config, 1, 0.1) };
    for (const [name, x] of parts) {
      const zeros = new Array<number>(x.shape.reduce((a, b) => a * b)).fill(0);
      feeds[name] = feeds[stateName('moment1', name)] = feeds[stateName('moment2', name)] = zeros;
    }
    const wanted = Object.fromEntries(parts.map(([name]) => [name, states[stateName('parameter', name)]]));
    return evaluate(wanted as Record<string, Tensor>, feeds);
  });
  const [centred, plain] = steps;
  for (const name of ['wide', 'matrix'] as const) {
    for (const unit of [0, 1]) {
      const of = (x = centred) => Array.from(x?.[name]?.slice(unit * 27, unit * 27 + 27) ?? []);
      const mean = of(plain).reduce((a, b) => a + b) / 27;
      expect(Math.abs(mean)).toBeGreaterThan(1e-3);
      expectClose(
        of(centred),
        of(plain).map((v) => v - mean),
        1e-6,
      );
    }
  }
  expect(centred?.pointwise).toEqual(plain?.pointwise);
  expect(centred?.bias).toEqual(plain?.bias);
});
