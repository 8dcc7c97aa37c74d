import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { covariance, ofMatrix, product, ridged } from '../../../test/helpers/eigen.ts';
import { expectClose, uniform } from '../../../test/helpers/numbers.ts';
import { get } from '../../../test/helpers/plain.ts';
import { packagePath } from '../../files/package.ts';
import { evaluate } from '../../graph/evaluate.ts';
import { matmul } from '../../graph/ops/linear.ts';
import { input } from '../../graph/ops/sources.ts';
import type { Outputs } from '../../graph/tensor.ts';
import { readImage } from '../../images/node/image-file.ts';
import { createRuntime } from '../../runtime/node/onnxruntime.ts';
import type { Runtime } from '../../runtime/runtime.ts';
import type { LossNetwork } from '../loss-network.ts';
import { readLossNetwork } from '../node/loss-network-file.ts';
import { layerNames, vgg19 } from '../vgg19.ts';
import { covarianceOf, rootsOf } from './whitening.ts';
import { whitenedAndColoured } from './whitening-colouring.ts';

const C = 6;

describe('roots against Jacobi’s eigenvalues', () => {
  /** Symmetric, with eigenvalues that fall by a factor of `fall` each. */
  const spectrum = (fall: number) => {
    const turned = covariance(uniform(3, C * 40), C).matrix;
    const found = new Map<number, number>();
    const named = (value: number) => found.get(value) ?? fall ** found.size;
    return Float32Array.from(
      ofMatrix(turned, C, (value) => {
        const eigenvalue = named(value);
        found.set(value, eigenvalue);
        return eigenvalue;
      }),
    );
  };

  it.each([1, 0.3, 0.1])('of eigenvalues that fall by %d', (fall) => {
    const matrix = spectrum(fall);
    const { root, inverse } = rootsOf(input('a', [1, C, C]));
    const values = evaluate({ root, inverse, back: matmul(root, root) }, { a: matrix });
    const regular = ridged(matrix, C);
    expectClose(values.back, regular, 1e-6);
    expectClose(values.root, ofMatrix(regular, C, Math.sqrt), 1e-4);
    expectClose(
      values.inverse,
      ofMatrix(regular, C, (value) => 1 / Math.sqrt(value)),
      1e-2,
    );
  });

  it('of nothing are finite', () => {
    const { root, inverse } = rootsOf(input('a', [1, C, C]));
    const values = evaluate({ root, inverse }, { a: new Float32Array(C * C) });
    expect([...values.root, ...values.inverse].every(Number.isFinite)).toBe(true);
  });
});

it('covariances of each sample, and none of a single position', () => {
  const data = uniform(1, 2 * C * 20, 0, 3);
  const { matrix, mean } = covarianceOf(input('x', [2, C, 4, 5]));
  const values = evaluate({ matrix, mean }, { x: data });
  const plain = [0, 1].map((n) => covariance(data.subarray(n * C * 20, (n + 1) * C * 20), C));
  expectClose(
    values.matrix,
    plain.flatMap((one) => [...one.matrix]),
    1e-6,
  );
  expectClose(
    values.mean,
    plain.flatMap((one) => [...one.mean]),
    1e-6,
  );
  const one = evaluate({ y: covarianceOf(input('x', [1, C, 1, 1])).matrix }, { x: uniform(2, C) });
  expect(one.y.every((value) => value === 0)).toBe(true);
});

it('whitens and colours as plain code does', () => {
  const feeds = { fc: uniform(1, C * 30, 0, 2), fs: uniform(2, C * 20, 0, 4) };
  const { mean, matrix } = covarianceOf(input('fs', [1, C, 4, 5]));
  const y = whitenedAndColoured(input('fc', [1, C, 5, 6]), mean, rootsOf(matrix).root);
  const [content, style] = [covariance(feeds.fc, C), covariance(feeds.fs, C)];
  const inverse = ofMatrix(ridged(content.matrix, C), C, (value) => 1 / Math.sqrt(value));
  const root = ofMatrix(ridged(style.matrix, C), C, Math.sqrt);
  const map = product(root, inverse, [C, C, C]);
  const wanted = product(map, content.centred, [C, C, 30]).map(
    (value, i) => value + get(style.mean, Math.floor(i / 30)),
  );
  expectClose(evaluate({ y }, feeds).y, wanted, 1e-6);
});

describe('on features of pictures, in ONNX Runtime', () => {
  let runtime: Runtime;
  let eye: LossNetwork;

  beforeAll(async () => {
    runtime = createRuntime({ device: 'cpu', threads: 1 });
    eye = await readLossNetwork('eye');
  });

  afterAll(() => runtime.dispose());

  it.each([
    ['photographs/sunrise.avif', 'paintings/mosaic.avif'],
    ['photographs/skylab.avif', 'paintings/ink-wash.avif'],
  ])('%s gets the covariance of %s to a hundredth at every layer', async (content, style) => {
    const size = { shortSide: 256 };
    const [photograph, painting] = await Promise.all(
      [content, style].map((path) => readImage(packagePath(path), size)),
    );
    if (photograph === undefined || painting === undefined) throw new Error('no pictures');
    const see = (name: string, { height, width }: typeof photograph) =>
      vgg19(input(name, [1, 3, height, width]), eye.parameters, eye.config, layerNames);
    const [fc, fs] = [see('content', photograph), see('style', painting)];
    const outputs: Record<string, Outputs[string]> = {};
    for (const layer of layerNames) {
      const { mean, matrix } = covarianceOf(fs[layer]);
      const made = whitenedAndColoured(fc[layer], mean, rootsOf(matrix).root);
      outputs[`own.${layer}`] = covarianceOf(made).matrix;
      outputs[`target.${layer}`] = matrix;
    }
    const program = await runtime.compile(outputs);
    const values = await program.run({ content: photograph.data, style: painting.data });
    await program.dispose();
    const norm = (data: ArrayLike<number>) => Math.hypot(...Array.from(data));
    for (const layer of layerNames) {
      const [own = [], target = []] = [values[`own.${layer}`], values[`target.${layer}`]];
      const error = norm(Array.from(own, (value, i) => value - get(target, i))) / norm(target);
      expect([layer, error < 0.01]).toEqual([layer, true]);
    }
  });
});
