/** Named configurations of the generator. */

import type { GeneratorConfig } from './wasserfarbe.ts';

export const presets = {
  /** The default that ships: about a tenth of VGG-19's work; statistics attention, modulation, shortcut and palette go beyond the paper. */
  slim: {
    encoder: { widths: [16, 32, 64, 128, 128], preprocessing: 'centred' },
    levels: ['relu4_1'],
    transform: 'statistics-attention',
    temperature: 'sqrt-channels',
    pooledKeys: true,
    modulation: 64,
    shortcuts: 'relu3_1',
    palette: true,
  },
  /** The paper's generator: VGG-19, one attention block, plain residual. */
  paper: {
    encoder: { widths: [64, 128, 256, 512, 512], preprocessing: 'conv0' },
    levels: ['relu4_1'],
    transform: 'attention',
    temperature: 'one',
    pooledKeys: false,
    modulation: 0,
    shortcuts: 'none',
    palette: false,
  },
} as const satisfies Record<string, GeneratorConfig>;

export type PresetName = keyof typeof presets;
export const presetNames = Object.keys(presets) as PresetName[];
