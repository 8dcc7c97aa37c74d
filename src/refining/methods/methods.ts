/** The methods of refining by their names. */

import { critics } from './critics.ts';
import { gatys } from './gatys.ts';
import { batchStatistics, gaussian, linear } from './li.ts';
import type { RefiningMethod } from './method.ts';
import type { RefiningMethodName } from './names.ts';
import { sliced } from './sliced.ts';
import { strotss } from './strotss.ts';

export const refiningMethods: Readonly<Record<RefiningMethodName, RefiningMethod>> = {
  sliced,
  gatys,
  'li-linear': linear,
  'li-gaussian': gaussian,
  'li-statistics': batchStatistics,
  strotss,
  critics,
};
