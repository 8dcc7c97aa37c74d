/** The two kinds of convolution that all networks here are made of. */

import { conv } from '../graph/ops/linear.ts';
import { reflectPad } from '../graph/ops/spatial.ts';
import { nchw } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import type { Initialiser, Parameters } from './parameters.ts';

/** 3×3 convolution with reflection padding: `[N, I, H, W]` → `[N, outputs, H, W]`, parameters `name.weight`, `name.bias`. */
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
