/** SANet (Park & Lee 2019): attention at relu4_1 and relu5_1, merged by a 3×3 convolution. */

import { encoders } from './encoders.ts';
import type { GeneratorConfig } from './generator.ts';

/** No 1/√d at the softmax; the deeper level is upsampled to the other's size, so any size of picture works. */
const form = {
  levels: ['relu4_1', 'relu5_1'],
  transform: 'attention',
  temperature: 'one',
  pooledKeys: false,
  modulation: 0,
  shortcuts: 'none',
  palette: false,
} as const;

export const sanet = {
  slim: { encoder: encoders.slim, ...form },
  paper: { encoder: encoders.paper, ...form },
} as const satisfies Record<string, GeneratorConfig>;
