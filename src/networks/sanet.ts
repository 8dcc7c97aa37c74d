/** SANet (Park & Lee 2019): attention at relu4_1 and relu5_1, merged by a 3×3 convolution. */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

/**
 * No 1/√d at the softmax. The deeper level is upsampled to the other's size, so pictures of any size work.
 */
const form = { ...plainGenerator, layers: 'relu4_1+relu5_1', transform: 'attention' } as const;

export const sanet = {
  slim: { ...form, encoder: encoders.slim },
  paper: { ...form, encoder: encoders.paper },
} as const satisfies Record<string, GeneratorConfig>;
