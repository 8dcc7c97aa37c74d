import { describe, expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { get } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { gradients } from '../graph/gradients.ts';
import { matmul } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import type { Tensor } from '../graph/tensor.ts';
import { Variables } from '../networks/parameters.ts';
import { conditionings, type Conditioning, gradientPenalty, wassersteinLoss } from './wasserstein.ts';

type Feeds = Readonly<Record<string, ArrayLike<number>>>;

const [N, P, C, WIDTH] = [2, 3, 4, 256];
const fake = input('fake', [N, P, C]);
const real = input('real', [N, P, C]);
const mix = input('mix', [N, P, 1]);
const style = { mean: input('mean', [N, C, 1, 1]), deviation: input('deviation', [N, C, 1, 1]) };
const data = {
  fake: uniform(1, N * P * C, 0, 2),
  real: uniform(2, N * P * C, 0, 3),
  mix: uniform(3, N * P, 0, 1),
  mean: uniform(4, N * C, 0.5, 2),
  deviation: uniform(5, N * C, 0.2, 1),
};

function build(conditioning: Conditioning) {
  const variables = new Variables();
  const loss = wassersteinLoss({ fake, real, style, mix, conditioning, penaltyWeight: 10 }, variables);
  const feeds: Record<string, ArrayLike<number>> = { ...data };
  let seed = 100;
  for (const [name, { shape }] of variables.tensors) {
    const size = shape.reduce((a, b) => a * b, 1);
    const limit = name.endsWith('.bias') ? 0.3 : Math.sqrt(6 / (shape[0] ?? 1));
    feeds[name] = uniform(seed++, size, -limit, limit);
  }
  return { loss, variables, feeds };
}

/** Score of one vector and its slope with respect to the vector: three hidden layers of ReLU, by hand. */
function scoreOf(x: readonly number[], condition: readonly number[] | undefined, fed: Feeds) {
  const linear = (v: readonly number[], name: string, outputs: number) => {
    const weight = fed[`${name}.weight`] ?? [];
    return Array.from({ length: outputs }, (_, o) =>
      v.reduce(
        (sum, value, i) => sum + value * get(weight, i * outputs + o),
        get(fed[`${name}.bias`] ?? [], o),
      ),
    );
  };
  const rectify = (v: readonly number[]) => v.map((value) => Math.max(0, value));
  let a1 = linear(x, 'hidden1', WIDTH);
  if (condition !== undefined) {
    const extra = linear(condition, 'condition', WIDTH);
    a1 = a1.map((value, i) => value + get(extra, i));
  }
  const a2 = linear(rectify(a1), 'hidden2', WIDTH);
  const a3 = linear(rectify(a2), 'hidden3', WIDTH);
  const [score = Number.NaN] = linear(rectify(a3), 'score', 1);
  const back = (slope: readonly number[], name: string, inputs: number) => {
    const weight = fed[`${name}.weight`] ?? [];
    return Array.from({ length: inputs }, (_, i) =>
      slope.reduce((sum, value, o) => sum + value * get(weight, i * slope.length + o), 0),
    );
  };
  const gate = (slope: readonly number[], a: readonly number[]) =>
    slope.map((value, i) => (get(a, i) > 0 ? value : 0));
  const s3 = gate(back([1], 'score', WIDTH), a3);
  const s2 = gate(back(s3, 'hidden3', WIDTH), a2);
  const s1 = gate(back(s2, 'hidden2', WIDTH), a1);
  return { score, slope: back(s1, 'hidden1', x.length) };
}

function expected(conditioning: Conditioning, fed: Feeds) {
  let [realScore, fakeScore, penalty] = [0, 0, 0];
  const fakeSlopes: number[] = [];
  for (let n = 0; n < N; n++) {
    const channel = (name: 'mean' | 'deviation') =>
      Array.from({ length: C }, (_, c) => get(fed[name] ?? [], n * C + c));
    const [mean, deviation] = [channel('mean'), channel('deviation')];
    const condition = conditioning === 'none' ? undefined : [...mean, ...deviation];
    for (let p = 0; p < P; p++) {
      const vector = (name: 'fake' | 'real') =>
        Array.from({ length: C }, (_, c) => {
          const value = get(fed[name] ?? [], (n * P + p) * C + c);
          return conditioning === 'standardised'
            ? (value - get(mean, c)) / ((get(deviation, c) + 0.05) * Math.sqrt(C))
            : value;
        });
      const [f, r] = [vector('fake'), vector('real')];
      const e = get(fed.mix ?? [], n * P + p);
      const blend = f.map((value, c) => e * get(r, c) + (1 - e) * value);
      realScore += scoreOf(r, condition, fed).score / (N * P);
      const { score, slope } = scoreOf(f, condition, fed);
      fakeScore += score / (N * P);
      const scale = (c: number) =>
        conditioning === 'standardised' ? (get(deviation, c) + 0.05) * Math.sqrt(C) : 1;
      fakeSlopes.push(...slope.map((value, c) => -value / scale(c) / (N * P)));
      const norm = Math.hypot(...scoreOf(blend, condition, fed).slope);
      penalty += (norm - 1) ** 2 / (N * P);
    }
  }
  return { style: realScore - fakeScore, critic: fakeScore - realScore + 10 * penalty, penalty, fakeSlopes };
}

function gradient(loss: Tensor, parameter: Tensor, fed: Feeds): Float64Array {
  const [slope] = gradients(loss, [parameter]);
  if (slope === undefined) throw new Error('no gradient');
  return evaluate({ slope }, fed).slope;
}

const isZero = (values: Float64Array) => values.every((v) => v === 0);

describe.each(conditionings)('Wasserstein loss, %s', (conditioning) => {
  const { loss, variables, feeds } = build(conditioning);

  it('is the critic’s distance and the penalised critic loss', () => {
    const values = evaluate({ ...loss }, feeds);
    const wanted = expected(conditioning, feeds);
    expectClose(values.style, [wanted.style], 1e-7);
    expectClose(values.penalty, [wanted.penalty], 1e-7);
    expectClose(values.critic, [wanted.critic], 1e-7);
    expect(Math.abs(wanted.penalty)).toBeGreaterThan(1e-3);
  });

  it('has the right parameters: a condition only where the critic is told the style', () => {
    const names = ['hidden1', 'hidden2', 'hidden3', 'score'].flatMap((n) => [`${n}.weight`, `${n}.bias`]);
    const told = conditioning === 'none' ? [] : ['condition.weight', 'condition.bias'];
    expect([...variables.tensors.keys()].sort()).toEqual([...names, ...told].sort());
    expect(variables.tensors.get('hidden1.weight')?.shape).toEqual([C, WIDTH]);
    expect(variables.tensors.get('hidden3.weight')?.shape).toEqual([WIDTH, WIDTH]);
  });

  it('teaches the generator through fake alone', () => {
    const slopes = expected(conditioning, feeds).fakeSlopes;
    expect(Math.max(...slopes)).toBeGreaterThan(1e-3);
    expectClose(gradient(loss.style, fake, feeds), slopes, 1e-6);
    for (const stopped of [real, style.mean, style.deviation, mix]) {
      expect(isZero(gradient(loss.style, stopped, feeds))).toBe(true);
    }
  });

  it('lets no gradient of the critic’s loss or the penalty reach fake, real or the style', () => {
    for (const stopped of [fake, real, style.mean, style.deviation, mix]) {
      expect(isZero(gradient(loss.critic, stopped, feeds))).toBe(true);
      expect(isZero(gradient(loss.penalty, stopped, feeds))).toBe(true);
    }
  });

  it('teaches the critic by the gradient of plain code, the penalty’s second order included', () => {
    for (const name of ['score.weight', 'hidden1.weight']) {
      const parameter = variables.tensors.get(name);
      if (parameter === undefined) throw new Error(`no ${name}`);
      const values = gradient(loss.critic, parameter, feeds);
      const original = Float64Array.from(feeds[name] ?? []);
      for (const i of [17, 200]) {
        const moved = (by: number) =>
          expected(conditioning, { ...feeds, [name]: original.with(i, get(original, i) + by) }).critic;
        const difference = (moved(1e-6) - moved(-1e-6)) / 2e-6;
        expect(get(values, i)).toBeCloseTo(difference, 4);
      }
    }
  });
});

describe('gradient penalty', () => {
  const x = input('x', [2, 2, 3]);
  const values = { x: uniform(9, 12) };
  const linear = (weights: readonly number[]) => (v: Tensor) => matmul(v, constant(weights, [3, 1]));

  it('is (‖w‖ − 1)² for a linear score', () => {
    const penalty = evaluate({ p: gradientPenalty(linear([2, 3, 6]), x) }, values).p;
    expectClose(penalty, [36], 1e-6);
    expectClose(evaluate({ p: gradientPenalty(linear([0, 0.6, 0.8]), x) }, values).p, [0], 1e-6);
  });

  it('stays finite, with a finite slope, for a score that is flat', () => {
    const w = input('w', [3, 1]);
    const penalty = gradientPenalty((v) => matmul(v, w), x);
    const fed = { ...values, w: [0, 0, 0] };
    expectClose(evaluate({ penalty }, fed).penalty, [1], 1e-5);
    expect(gradient(penalty, w, fed).every(Number.isFinite)).toBe(true);
  });
});
