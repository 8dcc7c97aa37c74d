/**
 * Johnson et al. 2016: a network for each painting. Its instance normalisation (Ulyanov et al. 2017) is
 * AdaIN with that painting's statistics, so the painting is given as the style. A shortcut at relu3_1 lets it
 * see the content at a quarter of its size, as their network does.
 */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

const form = { ...plainGenerator, transform: 'adain', shortcuts: 'relu3_1' } as const;

export const johnson = {
  slim: { ...form, encoder: encoders.slim },
  paper: { ...form, encoder: encoders.paper },
} as const satisfies Record<string, GeneratorConfig>;
