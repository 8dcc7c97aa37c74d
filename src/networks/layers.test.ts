import { expect, it } from 'vitest';
import { randomParameters } from '../../test/helpers/networks.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { conv, plain } from '../../test/helpers/plain.ts';
import { evaluate } from '../graph/evaluate.ts';
import { input } from '../graph/ops/sources.ts';
import { conv1x1, conv3x3 } from './layers.ts';

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
