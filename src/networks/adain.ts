/** AdaIN (Huang & Belongie 2017): the style's mean and deviation replace the content's at relu4_1. */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

const form = { ...plainGenerator, transform: 'adain' } as const;

export const adain = {
  slim: { ...form, encoder: encoders.slim },
  paper: { ...form, encoder: encoders.paper },
} as const satisfies Record<string, GeneratorConfig>;
