/** MANet (Deng et al. 2020): attention within the content and within the style before that between them. */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

const form = { ...plainGenerator, transform: 'multi-adaptation' } as const;

export const manet = {
  slim: { ...form, encoder: encoders.slim },
  paper: { ...form, encoder: encoders.paper },
} as const satisfies Record<string, GeneratorConfig>;
