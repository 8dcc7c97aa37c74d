/** One gradient graph on WebGPU and on the CPU, if WebGPU finds an adapter. */

import { expect, it } from 'vitest';
import { weightedSum } from '../../test/helpers/graphs.ts';
import { expectClose, uniform } from '../../test/helpers/numbers.ts';
import { webgpuRefusal } from '../../test/helpers/webgpu.ts';
import { sum } from '../graph/composed.ts';
import { gradients } from '../graph/gradients.ts';
import { reduceSum } from '../graph/ops/broadcast.ts';
import { add, div, minimum, mul, relu, sqrt, sub } from '../graph/ops/elementwise.ts';
import { concat, reshape } from '../graph/ops/layout.ts';
import { gather } from '../graph/ops/gathering.ts';
import { conv, matmul, softmax } from '../graph/ops/linear.ts';
import { constant, input } from '../graph/ops/sources.ts';
import { maxPool, reflectPad, upsample } from '../graph/ops/spatial.ts';
import { elementCount } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { createRuntime } from './node/onnxruntime.ts';

const shapes = {
  photo: [2, 3, 9, 10],
  first: [4, 3, 3, 3],
  bias: [4],
  second: [5, 4, 1, 3],
  head: [5, 2],
} as const;

it('gives the same gradients as the CPU', { timeout: 60_000 }, async (context) => {
  const refusal = webgpuRefusal();
  if (refusal !== undefined) return context.skip(refusal);
  const outputs = gradientGraph();
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape], i) => [name, uniform(i + 1, elementCount(shape))]),
  );
  const [expected, actual] = [await runOn('cpu'), await runOn('webgpu')];
  expect(Object.keys(actual)).toEqual(Object.keys(outputs));
  for (const name in outputs) {
    expect(expected[name]?.some((value) => Math.abs(value) > 1e-3)).toBe(true);
    expectClose(actual[name], expected[name], 1e-4);
  }

  async function runOn(device: 'cpu' | 'webgpu'): Promise<Record<string, Float32Array>> {
    const runtime = createRuntime({ device });
    const program = await runtime.compile(outputs);
    const first = await program.run(feeds);
    const second = await program.run(feeds);
    await runtime.dispose();
    for (const name in first) expectClose(second[name], first[name], 1e-6);
    return first;
  }
});

/** A small network with every kind of layer, its gradients, and those of a gradient penalty. */
function gradientGraph(): Record<string, Tensor> {
  const photo = input('photo', shapes.photo);
  const first = input('first', shapes.first);
  const bias = input('bias', shapes.bias);
  const second = input('second', shapes.second);
  const head = input('head', shapes.head);

  const pooled = maxPool(relu(conv(reflectPad(photo, 1), first, bias)));
  const features = conv(reflectPad(upsample(pooled), 2), second, undefined, [0, 1, 0, 1]);
  const rows = reshape(features, [2, 5, 14 * 14]);
  const sampled = gather(rows, constant([3, 195, 3, 40, 100], [5]));
  const attention = softmax(concat([sampled, minimum(sampled, 0.5)], 2));
  const scores = matmul(reshape(attention, [2, 10, 5]), head);
  const critic = add(weightedSum(scores, 1), weightedSum(div(features, 10), 2));

  const [slope = photo] = gradients(critic, [photo]);
  const norm = sqrt(reduceSum(mul(slope, slope), [1, 2, 3]));
  const distance = sub(norm, 1);
  const penalty = sum(mul(distance, distance));
  const parameters = { photo, first, bias, second, head };
  const found = gradients(add(critic, penalty), Object.values(parameters));
  const named = Object.keys(parameters).map((name, i) => [`d${name}`, found[i] ?? photo] as const);
  return { critic, penalty, slope, ...Object.fromEntries(named) };
}
