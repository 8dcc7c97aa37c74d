/** The two widths of the encoder that every method comes in. */

import type { Vgg19Config } from './vgg19.ts';

export const encoders = {
  /** An eighth of VGG-19's channels and less; learns from it, at about a tenth of its work. */
  slim: { widths: [16, 32, 64, 128, 128], preprocessing: 'centred' },
  /** VGG-19 "normalised", as in AdaIN, SANet and the paper. */
  paper: { widths: [64, 128, 256, 512, 512], preprocessing: 'conv0' },
} as const satisfies Record<string, Vgg19Config>;
