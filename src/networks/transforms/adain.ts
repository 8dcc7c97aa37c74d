/**
 * AdaIN: σ(fs) · norm(fc) + μ(fs) (Huang & Belongie 2017). It keeps mean and deviation
 * `[N, C, 1, 1]` of a style.
 */

import { channelStatistics, normalise } from '../../graph/composed.ts';
import { add, mul } from '../../graph/ops/elementwise.ts';
import { internal } from '../../errors.ts';
import type { Transform } from './transform.ts';

export const adain: Transform = {
  meets: 'once',
  learns: 'style',
  whole: false,
  decodesAlike: false,
  attends: false,
  foldable: [],
  encode: (fs) => ({ ...channelStatistics(fs) }),
  apply(fc, { mean, deviation }, _, __, { statistics = channelStatistics(fc) } = {}) {
    if (mean === undefined || deviation === undefined) throw internal('a style without mean and deviation');
    return { features: add(mul(normalise(fc, statistics), deviation), mean) };
  },
  working: () => 0,
};
