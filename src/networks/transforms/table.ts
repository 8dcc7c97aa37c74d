/** The transforms by name. */

import { adain } from './adain.ts';
import { attention } from './attention.ts';
import { baselines } from './baselines.ts';
import { statisticsAttention } from './statistics-attention.ts';
import type { Transform } from './transform.ts';

export const transforms = {
  attention,
  'statistics-attention': statisticsAttention,
  adain,
  ...baselines,
} as const satisfies Record<string, Transform>;

export type TransformName = keyof typeof transforms;
export const transformNames = Object.keys(transforms) as TransformName[];
