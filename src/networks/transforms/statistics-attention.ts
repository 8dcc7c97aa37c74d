/**
 * Statistics attention (AdaAttN, Liu et al. 2021): S ⊙ norm(fc) + M, with the attention-weighted mean M and
 * deviation S of the style at every content position. It keeps keys `[N, K, P]` of a style's P positions or
 * blocks, and values v and v² `[N, P, 2C]` with the colours behind them.
 */

import { channelStatistics, normalise, safeSqrt, square } from '../../graph/composed.ts';
import { add, mul, relu, sub } from '../../graph/ops/elementwise.ts';
import { extent } from '../../graph/shape.ts';
import { attend, keysAndValues, logits } from './attending.ts';
import type { Transform } from './transform.ts';

export const statisticsAttention: Transform = {
  meets: 'once',
  learns: 'style',
  whole: false,
  decodesAlike: false,
  attends: true,
  foldable: ['key'],
  encode(fs, parameters, settings, extras = {}) {
    // With an identity start, flat statistics attention is AdaIN: training begins at something that works.
    const form = { start: { kind: 'identity' }, carry: (v) => [v, square(v)] } as const satisfies Parameters<
      typeof keysAndValues
    >[4];
    return keysAndValues(fs, parameters, settings, extras, form);
  },
  apply(fc, style, parameters, settings, { statistics = channelStatistics(fc), matched } = {}) {
    const channels = extent(fc.shape, 1);
    const normalised = normalise(fc, statistics);
    const looking = matched ?? normalised;
    const { part, colours } = attend(fc, looking, style, parameters, settings, 2 * channels);
    const [first, second] = [part(0, channels), part(channels, 2 * channels)];
    // Rounding can make E[v²] − E[v]² negative. 1e-4 keeps the root's gradient finite if attention is sharp.
    const deviation = safeSqrt(relu(sub(second, square(first))), 1e-4);
    return { features: add(mul(deviation, normalised), first), ...colours };
  },
  working: logits,
};
