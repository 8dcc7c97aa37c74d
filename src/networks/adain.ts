/** AdaIN (Huang & Belongie 2017): the style's mean and deviation replace the content's at relu4_1. */

import { encoders } from './encoders.ts';
import type { GeneratorConfig } from './generator.ts';

const form = {
  levels: ['relu4_1'],
  transform: 'adain',
  temperature: 'one',
  pooledKeys: false,
  modulation: 0,
  shortcuts: 'none',
  palette: false,
} as const;

export const adain = {
  slim: { encoder: encoders.slim, ...form },
  paper: { encoder: encoders.paper, ...form },
} as const satisfies Record<string, GeneratorConfig>;
