import { expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { conv, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { conv1x1, conv3x3, enlarge } from './layers.ts';

const x = input('x', [2, 3, 4, 5]);
const feeds = { x: uniform(1, 120) };

it.each([
  [1, conv1x1],
  [3, conv3x3],
] as const)('a %i×%i convolution keeps the size and mirrors at the border', (kernel, build) => {
  const { parameters, values } = randomParameters((p) => build(x, p, 'c', 4));
  const y = build(x, parameters, 'c', 4);
  expect(y.shape).toEqual([2, 4, 4, 5]);
  const wanted = conv(plain(2, 3, 4, 5, feeds.x), values('c.weight'), values('c.bias'), 4, kernel);
  expectClose(evaluate({ y }, feeds).y, wanted.data, 1e-6);
});

it('enlarges without steps: flat stays flat, an edge becomes a slope', () => {
  const x = input('x', [1, 2, 1, 4]);
  const y = enlarge(x);
  expect(y.shape).toEqual([1, 2, 2, 8]);
  const values = evaluate({ y }, { x: [0, 0, 1, 1, 5, 5, 5, 5] }).y;
  expectClose(values.subarray(0, 8), [0, 0, 0, 0.25, 0.75, 1, 1, 1], 1e-6);
  expectClose(values.subarray(16, 24), Array(8).fill(5), 1e-6);
});
