/**
 * Attention: Att ⊗ V through a 1×1 convolution, plus the content. It is SANet's block, and the paper's once
 * the convolution is folded into the values (fold.ts). It keeps keys `[N, K, P]` of a style's P positions or
 * blocks, and values `[N, P, C]` with the colours behind them.
 */

import { channelStatistics, normalise } from '../../graph/composed.ts';
import { add } from '../../graph/ops/elementwise.ts';
import { extent } from '../../graph/shape.ts';
import { conv1x1 } from '../layers.ts';
import { attend, keysAndValues, logits } from './attending.ts';
import type { Transform } from './transform.ts';

export const attention: Transform = {
  meets: 'once',
  learns: 'style',
  whole: false,
  decodesAlike: false,
  attends: true,
  foldable: ['key', 'output'],
  encode(fs, parameters, settings, extras = {}) {
    return keysAndValues(fs, parameters, settings, extras, { start: { kind: 'he' }, carry: (v) => [v] });
  },
  apply(fc, style, parameters, settings, { statistics = channelStatistics(fc), matched } = {}) {
    const channels = extent(fc.shape, 1);
    const looking = matched ?? normalise(fc, statistics);
    const { part, colours } = attend(fc, looking, style, parameters, settings, channels);
    const seen = part(0, channels);
    const output = settings.folded ? seen : conv1x1(seen, parameters, 'output', channels);
    return { features: add(output, fc), ...colours };
  },
  working: logits,
};
