/** The training stages by name: their graphs, and the parameters that they train. */

import type { LossNetwork } from '../networks/loss-network.ts';
import type { Parameters } from '../networks/parameters.ts';
import { ENCODER } from '../networks/generator.ts';
import type { GeneratorConfig } from '../networks/settings.ts';
import type { TrainingConfig } from './config.ts';
import { autoencodeGraph, distilGraph } from './encoder-stages.ts';
import { DISTIL, type StageGraph, teachesStyle } from './stage-graph.ts';
import { styleGraph } from './style-stage.ts';

/** Builds the stage's graph on inputs `content` and `style`, `[N, 3, S, S]`, RGB 0–1. */
export function stageGraph(
  config: TrainingConfig,
  network: GeneratorConfig,
  parameters: Parameters,
  loss: LossNetwork,
): StageGraph {
  switch (config.stage) {
    case 'distil':
      return distilGraph(config, network, parameters, loss);
    case 'autoencode':
      return autoencodeGraph(config, network, parameters, loss);
    case 'style':
    case 'single':
      return styleGraph(config, network, parameters, loss);
  }
}

/** Whether the stage trains the parameter. The others are constants of the graph. */
export function trains(config: TrainingConfig, name: string): boolean {
  if (name.startsWith(`${DISTIL}scale.`)) return false;
  const encoder = name.startsWith(ENCODER);
  if (config.stage === 'distil') return encoder || name.startsWith(DISTIL);
  return !encoder || (teachesStyle(config) && config.trainEncoder);
}
