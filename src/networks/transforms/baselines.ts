/** The transforms of methods to compare with, which pages do without: their bundle leaves this file out. */

import { multiAdaptation } from './multi-adaptation.ts';
import { styleDecorator } from './style-decorator.ts';
import { whiteningColouring } from './whitening-colouring.ts';

export const baselines = {
  'whitening-colouring': whiteningColouring,
  'style-decorator': styleDecorator,
  'multi-adaptation': multiAdaptation,
} as const;
