import { describe, expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { conv, type Plain, plain, relu } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { stream } from '../random.ts';
import { CRITIC_WIDTH, critic } from './critic.ts';
import { Variables } from './parameters.ts';

const x = input('x', [2, 3, 5]);
const condition = input('condition', [2, 1, 4]);
const feeds = { x: uniform(1, 30), condition: uniform(2, 8) };

/** The same network as 1×1 convolutions on `[N, C, P, 1]`. */
function asConvolutions(values: (name: string) => Float32Array, told: boolean): Float64Array {
  const transposed = (name: string, inputs: number, outputs: number) => {
    const weight = values(`${name}.weight`);
    return Float64Array.from({ length: weight.length }, (_, i) => {
      const [o, c] = [Math.floor(i / inputs), i % inputs];
      return weight[c * outputs + o] ?? Number.NaN;
    });
  };
  const layer = (y: Plain, name: string, outputs: number) =>
    conv(y, transposed(name, y.c, outputs), values(`${name}.bias`), outputs, 1);
  const channelsFirst = (data: ArrayLike<number>, positions: number, channels: number) =>
    plain(
      2,
      channels,
      positions,
      1,
      Float64Array.from({ length: data.length }, (_, i) => {
        const n = Math.floor(i / (channels * positions));
        const c = Math.floor(i / positions) % channels;
        return data[(n * positions + (i % positions)) * channels + c] ?? Number.NaN;
      }),
    );
  let y = layer(channelsFirst(feeds.x, 3, 5), 'hidden1', CRITIC_WIDTH);
  if (told) {
    const extra = layer(channelsFirst(feeds.condition, 1, 4), 'condition', CRITIC_WIDTH);
    y = { ...y, data: y.data.map((v, i) => v + (extra.data[Math.floor(i / 3)] ?? Number.NaN)) };
  }
  y = relu(layer(relu(layer(relu(y), 'hidden2', CRITIC_WIDTH)), 'hidden3', CRITIC_WIDTH));
  return layer(y, 'score', 1).data;
}

describe('critic', () => {
  it('is four 1×1 convolutions with three ReLUs between', () => {
    const { parameters, values } = randomParameters((p) => critic(x, p));
    const score = critic(x, parameters);
    expect(score.shape).toEqual([2, 3, 1]);
    expectClose(evaluate({ score }, feeds).score, asConvolutions(values, false), 1e-6);
  });

  it('adds the condition to the first layer of every vector of its sample', () => {
    const { parameters, values } = randomParameters((p) => critic(x, p, condition));
    const score = critic(x, parameters, condition);
    expectClose(evaluate({ score }, feeds).score, asConvolutions(values, true), 1e-6);
  });

  it('starts with variance 2 / inputs, as He’s, though weights lie the other way round', () => {
    const variables = new Variables();
    critic(input('wide', [1, 2, 16]), variables);
    const weights = variables.initialise(stream(1, 'critic'));
    for (const [name, inputs] of [
      ['hidden1', 16],
      ['hidden2', 256],
      ['score', 256],
    ] as const) {
      const data = weights.get(`${name}.weight`)?.data ?? new Float32Array();
      const variance = data.reduce((sum, v) => sum + v * v, 0) / data.length;
      expect((variance * inputs) / 2).toBeGreaterThan(0.7);
      expect((variance * inputs) / 2).toBeLessThan(1.3);
    }
  });
});
