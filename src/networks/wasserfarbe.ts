/** Wasserfarbe's generators: the one that ships, and the paper's. */

import { encoders } from './vgg19.ts';
import { type GeneratorConfig, plainGenerator } from './settings.ts';

/** The paper's form as docs/paper.md reads it: one attention block, plain residual. */
const faithful = { ...plainGenerator, transform: 'attention' } as const;

export const wasserfarbe = {
  /**
   * The default that ships. One level is a reading of the paper (docs/paper.md); docs/decisions.md
   * gives the reasons for the rest.
   */
  slim: {
    encoder: encoders.slim,
    layers: 'relu4_1',
    transform: 'statistics-attention',
    temperature: 'sqrt-channels',
    pooledKeys: true,
    modulation: 112,
    shortcuts: 'relu1_1',
    shallowShare: 0.4,
    linearJoins: true,
    smoothUpsampling: true,
    negativeSlope: 0.2,
    conditionalNormalisation: true,
    palette: 'covariance',
    drafts: true,
    attendColours: true,
    matching: 'relu2_1+relu3_1',
  },
  paper: { ...faithful, encoder: encoders.paper },
  /** The paper's form at the slim width, which shows the effect of each addition. */
  'paper-slim': { ...faithful, encoder: encoders.slim },
} as const satisfies Record<string, GeneratorConfig>;
