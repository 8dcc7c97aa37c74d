/** Layers shared by all networks here: two kinds of convolution, a pooling, an enlargement. */

import { mul } from '../graph/ops/elementwise.ts';
import { concat, slice } from '../graph/ops/layout.ts';
import { conv } from '../graph/ops/linear.ts';
import { blur, reflectPad, sumPool, upsample } from '../graph/ops/spatial.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Initialiser, Parameters } from './parameters.ts';

/**
 * 3×3 convolution with reflection padding: `[N, I, H, W]` → `[N, outputs, H, W]`, parameters
 * `name.weight`, `name.bias`.
 */
export function conv3x3(
  x: Tensor,
  parameters: Parameters,
  name: string,
  outputs: number,
  weight: Initialiser = { kind: 'he' },
  bias: Initialiser = { kind: 'zeros' },
): Tensor {
  const [, inputs] = nchw(x.shape, name);
  return conv(
    reflectPad(x, 1),
    parameters.get(`${name}.weight`, [outputs, inputs, 3, 3], weight),
    parameters.get(`${name}.bias`, [outputs], bias),
  );
}

/** 1×1 convolution: `[N, I, H, W]` → `[N, outputs, H, W]`, parameters `name.weight`, `name.bias`. */
export function conv1x1(
  x: Tensor,
  parameters: Parameters,
  name: string,
  outputs: number,
  weight: Initialiser = { kind: 'he' },
): Tensor {
  const [, inputs] = nchw(x.shape, name);
  return conv(
    x,
    parameters.get(`${name}.weight`, [outputs, inputs, 1, 1], weight),
    parameters.get(`${name}.bias`, [outputs], { kind: 'zeros' }),
  );
}

/**
 * Means over 2×2, `times` times: `[N, C, H, W]` → `[N, C, ⌈H/2⌉, ⌈W/2⌉]` each time. A last odd row or column
 * stands for itself, as in the encoder's pooling.
 */
export function meanPool(x: Tensor, times: number): Tensor {
  let y = x;
  for (let i = 0; i < times; i++) y = mul(sumPool(even(even(y, 2), 3)), 1 / 4);
  return y;
}

/** Twice the size, linear between the centres of the small map's positions instead of in steps. */
export function enlarge(x: Tensor): Tensor {
  return blur(upsample(x));
}

function even(x: Tensor, axis: 2 | 3): Tensor {
  const shape = nchw(x.shape, 'mean pooling');
  const size = shape[axis];
  if (size % 2 === 0) return x;
  const last = slice(x, [0, 0, axis === 2 ? size - 1 : 0, axis === 3 ? size - 1 : 0], shape);
  return concat([x, last], axis);
}
