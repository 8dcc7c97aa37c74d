/** Avatar-Net (Sheng et al. 2018): the style's patches at relu4_1, its statistics throughout the decoder. */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

const form = { ...plainGenerator, transform: 'style-decorator' } as const;

export const avatar = {
  slim: { ...form, encoder: encoders.slim },
  paper: { ...form, encoder: encoders.paper },
} as const satisfies Record<string, GeneratorConfig>;
