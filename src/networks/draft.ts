/** Draft and revision: a picture is first painted at half its size, then again over the enlarged draft. */

import { channelStatistics, normalise } from '../graph/composed.ts';
import { add, mul, type Operand, sub } from '../graph/ops/elementwise.ts';
import { slice } from '../graph/ops/layout.ts';
import { stopGradient } from '../graph/ops/sources.ts';
import { sameShape } from '../graph/shape.ts';
import type { Tensor } from '../graph/tensor.ts';
import { enlarge, meanPool } from './layers.ts';

/** Prefix of the tensors that a style keeps at half size, for drafts. */
export const DRAFT = 'draft.';

/** Default share of the draft at the beginning of a revision. With all of it, faces dissolve. */
export const DRAFT_SHARE = 0.6;

/** Means over 2×2: `[N, 3, H, W]` → `[N, 3, ⌈H/2⌉, ⌈W/2⌉]`. */
export function halved(picture: Tensor): Tensor {
  return meanPool(picture, 1);
}

/**
 * The picture that a revision paints, `[N, 3, H, W]` like `content`: share · (enlarged draft + content −
 * enlarged small content) + (1 − share) · the content in the draft's channel means and deviations. `small` is
 * the halved content and `draft` its painting. `share`, 0–1, may be a tensor that broadcasts. No gradient
 * flows from the revision into the draft.
 *
 * The first sum is that of LapStyle (Lin et al. 2021), whose revision is a network of its own; here
 * one network paints both.
 */
export function revisionBase(content: Tensor, small: Tensor, draft: Tensor, share: Operand): Tensor {
  const fixed = stopGradient(draft);
  const large = (x: Tensor) => {
    const twice = enlarge(x);
    return sameShape(twice.shape, content.shape) ? twice : slice(twice, [0, 0, 0, 0], content.shape);
  };
  const drafted = add(large(fixed), sub(content, large(small)));
  const { mean, deviation } = channelStatistics(fixed);
  const coloured = add(mul(normalise(content), deviation), mean);
  return add(coloured, mul(sub(drafted, coloured), share));
}
