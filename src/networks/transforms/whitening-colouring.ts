/**
 * Whitening and colouring (WCT, Li et al. 2017): Σs^½ Σc^-½ (fc − μc) + μs, laid over the content's features.
 * It keeps mean `[N, C, 1]` and root of the covariance `[N, C, C]` of a style.
 */

import { add, mul } from '../../graph/ops/elementwise.ts';
import { reshape } from '../../graph/ops/layout.ts';
import { matmul } from '../../graph/ops/linear.ts';
import type { Tensor } from '../../graph/tensor.ts';
import { internal } from '../../errors.ts';
import type { Transform } from './transform.ts';
import { covarianceOf, rootsOf } from './whitening.ts';

export const whiteningColouring: Transform = {
  meets: 'cascade',
  learns: 'nothing',
  whole: true,
  decodesAlike: false,
  attends: false,
  foldable: [],
  encode(fs) {
    const { mean, matrix } = covarianceOf(fs);
    return { mean, root: rootsOf(matrix).root };
  },
  apply(fc, { mean, root }) {
    if (mean === undefined || root === undefined) throw internal('a style without mean and root');
    const coloured = whitenedAndColoured(fc, mean, root);
    return { features: add(mul(coloured, SHARE), mul(fc, 1 - SHARE)) };
  },
  working: () => 0,
};

/** The share of the coloured features at each level, 0.6 in the authors' code. The rest is the content's. */
const SHARE = 0.6;

/** `fc [N, C, H, W]` with the style's mean and covariance. */
export function whitenedAndColoured(fc: Tensor, mean: Tensor, root: Tensor): Tensor {
  const { centred, matrix } = covarianceOf(fc);
  const map = matmul(root, rootsOf(matrix).inverse);
  return reshape(add(matmul(map, centred), mean), fc.shape);
}
