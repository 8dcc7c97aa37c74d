/** The transforms by name. */

import { adain } from './adain.ts';
import { attention } from './attention.ts';
import { multiAdaptation } from './multi-adaptation.ts';
import { statisticsAttention } from './statistics-attention.ts';
import { styleDecorator } from './style-decorator.ts';
import type { Transform } from './transform.ts';
import { whiteningColouring } from './whitening-colouring.ts';

export const transforms = {
  attention,
  'statistics-attention': statisticsAttention,
  adain,
  'whitening-colouring': whiteningColouring,
  'style-decorator': styleDecorator,
  'multi-adaptation': multiAdaptation,
} as const satisfies Record<string, Transform>;

export type TransformName = keyof typeof transforms;
export const transformNames = Object.keys(transforms) as TransformName[];
