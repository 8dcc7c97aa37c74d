/** Export of a checkpoint as a model for inference: fp16 weights and the card beside them. Node only. */

import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { foldAttention, type FoldedModel } from '../../networks/fold.ts';
import { parameterNames } from '../../networks/generator.ts';
import type { ModelCard } from '../../weights/model-card.ts';
import { writeWeights } from '../../weights/node/weights-file.ts';
import { writeFileAtomic } from '../../files/write.ts';
import { sha256 } from '../../weights/sha256.ts';
import type { WeightMap } from '../../weights/safetensors.ts';
import { type Checkpoint, stageRecord } from './checkpoint.ts';
import { trainedWeights } from '../adam.ts';
import { generatorConfig } from '../config.ts';
import { CRITIC, DISTIL, paints } from '../stage-graph.ts';

/**
 * Writes the generator (running averages, no critics) to `path`, a `.safetensors` file, and its card beside
 * it. The card describes the training; whoever releases the model adds metrics and licence.
 */
export async function exportModel(checkpoint: Checkpoint, path: string): Promise<void> {
  const { config, states } = checkpoint;
  const network = generatorConfig(config);
  const whole = paints(config, network);
  const needed = parameterNames(network);
  const kept: WeightMap = new Map(
    [...trainedWeights(states)].filter(([name]) =>
      whole ? needed.has(name) : !name.startsWith(CRITIC) && !name.startsWith(DISTIL),
    ),
  );
  const model = whole ? foldAttention(kept, network) : { weights: kept, config: network };
  await writeWeights(path, model.weights, { dtype: 'F16' });
  const card = await describe(checkpoint, model, path);
  const text = `${JSON.stringify(card, null, 2)}\n`;
  await writeFileAtomic(path.replace(/\.safetensors$/, '.json'), new TextEncoder().encode(text));
}

async function describe(
  checkpoint: Checkpoint,
  { weights, config: network }: FoldedModel,
  path: string,
): Promise<ModelCard> {
  const { config, history } = checkpoint;
  return {
    name: basename(path, '.safetensors'),
    description: `${config.method}, preset ${config.preset}, trained up to the stage ${config.stage}.`,
    file: basename(path),
    sha256: await sha256(await readFile(path)),
    licence: 'not stated',
    created: new Date().toISOString().slice(0, 10),
    method: config.method,
    configuration: JSON.parse(JSON.stringify(network)),
    parameters: [...weights.values()].reduce((count, { data }) => count + data.length, 0),
    dtype: 'F16',
    training: {
      data: `${basename(config.contentDir)}, ${basename(config.styleDir)}`,
      stages: [...history, stageRecord(checkpoint)],
    },
    metrics: { protocol: 'not measured', lossNetwork: basename(config.lossNetwork), values: {} },
    limitations: [],
  };
}
