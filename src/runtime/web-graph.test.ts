/** Sums in graphs for browsers, compared with those of the original graph. */

import { expect, it } from 'vitest';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, mul } from '../graph/ops/elementwise.ts';
import { input } from '../graph/ops/sources.ts';
import { isOp, topologicalOrder } from '../graph/tensor.ts';
import { createRuntime } from './node/onnxruntime.ts';
import { sumAxisByAxis } from './web-graph.ts';

it('sums over one axis at a time with the same values', async () => {
  const x = input('x', [2, 3, 5, 7]);
  const sums = reduceSum(mul(x, x), [2, 3]);
  const outputs = { sums, more: add(sums, reduceSum(x, [0, 1, 3])) };
  const rewritten = sumAxisByAxis(outputs);
  for (const tensor of topologicalOrder(Object.values(rewritten))) {
    if (isOp(tensor, 'reduceSum')) expect(tensor.attributes.axes).toHaveLength(1);
  }
  expect(rewritten.more?.shape).toEqual(outputs.more.shape);
  const runtime = createRuntime();
  const [before, after] = [await runtime.compile(outputs), await runtime.compile(rewritten)];
  const feeds = { x: uniform(1, 210) };
  const [expected, actual] = [await before.run(feeds), await after.run(feeds)];
  for (const name of Object.keys(expected)) expectClose(actual[name], expected[name as 'sums'], 1e-6);
  await runtime.dispose();
});
