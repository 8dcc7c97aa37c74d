/** WCT (Li et al. 2017): whitening and colouring at every layer from relu4_1 or relu5_1 up to relu1_1. */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

const form = { ...plainGenerator, transform: 'whitening-colouring' } as const;

export const wct = {
  /** From relu4_1, as the authors advise where the content is to be kept: a quarter of the weights. */
  slim: { ...form, encoder: encoders.slim },
  paper: { ...form, layers: 'relu4_1+relu5_1', encoder: encoders.paper },
} as const satisfies Record<string, GeneratorConfig>;
