import { expect, test } from 'vitest';
import { floatingPointOperations } from './cost.ts';
import { gradients } from './gradients.ts';
import { conv, matmul } from './ops/linear.ts';
import { constant, input } from './ops/sources.ts';
import { square, sum } from './composed.ts';

test('counts 2·M·K·N of a matrix product and 2·N·O·H·W·I·kH·kW of a convolution', () => {
  const product = matmul(input('a', [5, 2, 3]), input('b', [3, 4]));
  expect(floatingPointOperations({ product })).toBe(2 * 5 * 2 * 3 * 4);
  const picture = conv(input('x', [2, 3, 8, 9]), input('w', [4, 3, 3, 3]), input('b', [4]));
  expect(floatingPointOperations({ picture })).toBe(2 * 2 * 4 * 6 * 7 * 3 * 3 * 3);
});

test('counts shared work once and skips work that no output needs', () => {
  const [x, w] = [input('x', [1, 2, 6, 6]), input('w', [2, 2, 3, 3])];
  const [once, again] = [conv(x, w), conv(x, w)];
  expect(floatingPointOperations({ once, again })).toBe(floatingPointOperations({ once }));
  const fixed = conv(x, constant(new Float32Array(36).fill(1), [2, 2, 3, 3]));
  const [slope = x] = gradients(sum(square(fixed)), [x]);
  // Forward on 4×4 and the input gradient on 6×6; a trained kernel would add its own gradient.
  expect(floatingPointOperations({ slope })).toBe(2 * (2 * 16 + 2 * 36) * 2 * 9);
});
