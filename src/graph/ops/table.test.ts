/**
 * Every operation, from one table: first- and second-order gradients against finite differences in float64,
 * and result and gradients against ONNX Runtime in float32.
 */

import { afterAll, describe, expect, it } from 'vitest';
import { weightedSum } from '../../../test/helpers/graphs.ts';
import { expectClose, finiteDifferences } from '../../../test/helpers/numbers.ts';
import { differentiate, operationCases, outputsOf } from '../../../test/helpers/operation-cases.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import { sum } from '../composed.ts';
import { evaluate } from '../evaluate.ts';
import { gradients } from '../gradients.ts';
import type { Shape } from '../shape.ts';
import { type OpName, type Tensor, topologicalOrder } from '../tensor.ts';
import { equal, minimum, relu } from './elementwise.ts';
import { input } from './sources.ts';
import { maxPool } from './spatial.ts';
import { opOf } from './table.ts';

const runtime = createRuntime({ device: 'cpu', threads: 1 });
afterAll(() => runtime.dispose());

describe.each(Object.entries(operationCases))('%s', (op, cases) => {
  describe.each(cases.map((c) => [c.title, c] as const))('%s', (_, example) => {
    const graphs = differentiate(example);
    const { result, names, feeds, first, curvedSum, second, vanishing } = graphs;
    const smooth = names.filter((name) => !example.flat?.includes(name));

    it('is in the graph and has the shape of its rule', () => {
      const nodes = topologicalOrder([result]).filter((node) => node.op === op);
      expect(nodes).not.toEqual([]);
      for (const node of nodes) {
        if (node.inputs.length > 0) expect(shapeByRule(node)).toEqual(node.shape);
      }
    });

    it('has gradients that agree with finite differences', () => {
      const loss = weightedSum(result, 1);
      const actual = evaluate(first, feeds);
      for (const name of smooth) {
        expectClose(actual[name], finiteDifferences(scalarFunction(loss), feeds, name), 1e-6);
      }
      for (const name of example.flat ?? []) expectZeros(actual[name]);
    });

    it('has second-order gradients that agree with finite differences', () => {
      const actual = evaluate(second, feeds);
      for (const name of smooth) {
        expectClose(actual[name], finiteDifferences(scalarFunction(curvedSum), feeds, name), 1e-6);
      }
      for (const name of example.flat ?? []) expectZeros(actual[name]);
    });

    it(example.linear ? 'has no curvature' : 'has curvature', () => {
      const values = Object.values(evaluate(vanishing, feeds)).flatMap((v) => [...v]);
      if (example.linear) expectZeros(values);
      else expect(values.some((v) => v !== 0)).toBe(true);
    });

    it('gives the same in ONNX Runtime', async () => {
      const outputs = outputsOf(graphs);
      const program = await runtime.compile(outputs);
      const actual = await program.run(feeds);
      await program.dispose();
      const expected = evaluate(outputs, feeds);
      for (const name in outputs) expectClose(actual[name], expected[name], 1e-5);
    });
  });
});

describe('ties and special values', () => {
  it('a minimum of equals passes its gradient to the left', () => {
    const [a, b] = [input('a', [2]), input('b', [2])];
    const [left, right] = gradients(sum(minimum(a, b)), [a, b]);
    const values = evaluate(defined({ left, right }), { a: [1, 2], b: [1, 1] });
    expect(values).toEqual({ left: Float64Array.of(1, 0), right: Float64Array.of(0, 1) });
  });

  it('a maximum held twice passes its gradient to both', () => {
    const a = input('a', [1, 1, 2, 2]);
    const [gradient] = gradients(sum(maxPool(a)), [a]);
    expect(evaluate(defined({ gradient }), { a: [3, 1, 0, 3] }).gradient).toEqual(
      Float64Array.of(1, 0, 0, 1),
    );
  });

  it('relu is flat at zero', () => {
    const a = input('a', [3]);
    const [gradient] = gradients(sum(relu(a)), [a]);
    expect(evaluate(defined({ gradient }), { a: [-1, 0, 1] }).gradient).toEqual(Float64Array.of(0, 0, 1));
  });

  it('equal compares numbers: −0 equals 0, NaN equals nothing', () => {
    const same = equal(input('a', [3]), input('b', [3]));
    expect(evaluate({ same }, { a: [0, Number.NaN, 2], b: [-0, Number.NaN, 2] }).same).toEqual(
      Float64Array.of(1, 0, 1),
    );
  });
});

function scalarFunction(scalar: Tensor) {
  return (feeds: Readonly<Record<string, ArrayLike<number>>>) =>
    evaluate({ scalar }, feeds).scalar[0] ?? Number.NaN;
}

function shapeByRule<K extends OpName>(tensor: Tensor<K>): Shape {
  const shapes = tensor.inputs.map((x) => x.shape);
  return opOf(tensor.op).shape(shapes, tensor.attributes);
}

function expectZeros(values: ArrayLike<number> | undefined): void {
  const list = Array.from(values ?? []);
  expect(list.length).toBeGreaterThan(0);
  expect(list.filter((value) => value !== 0)).toEqual([]);
}

/** The same record, after a check that none of its tensors is missing. */
function defined<K extends string>(tensors: Readonly<Record<K, Tensor | undefined>>): Record<K, Tensor> {
  for (const name in tensors) expect(tensors[name]).toBeDefined();
  return tensors as Record<K, Tensor>;
}
