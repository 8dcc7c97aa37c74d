/** The two files of a tuned model, made from its weights. */

import type { ModelCard } from '../weights/model-card.ts';
import { writeSafetensors } from '../weights/safetensors.ts';
import { sha256 } from '../weights/sha256.ts';
import type { LossValues } from './session.ts';
import { CROP_SIZE, type TunedWeights } from './tune.ts';

export interface TunedFiles {
  /** The file `NAME.safetensors`, fp16. */
  readonly weights: Uint8Array<ArrayBuffer>;
  /** The file `NAME.json`. */
  readonly card: string;
}

export interface TuningRecord {
  /** Name of the tuned model. */
  readonly name: string;
  readonly contents: number;
  readonly seed: number;
  /** Losses of the last sample. */
  readonly losses: LossValues;
}

/**
 * A model's two files. The card adds the tuning to that of the original model, and drops its measurements.
 */
export async function tunedFiles(
  card: Readonly<Record<string, unknown>>,
  { weights: tensors, steps, seconds }: TunedWeights,
  { name, contents, seed, losses }: TuningRecord,
): Promise<TunedFiles> {
  const weights = new Uint8Array(writeSafetensors(tensors, { dtype: 'F16' }));
  // The page has checked only those fields of the card that run the model. Its history may be missing.
  const { training = { data: 'not stated', stages: [] }, limitations = [] } = card as Partial<ModelCard>;
  const stage: ModelCard['training']['stages'][number] = {
    stage: 'fine-tune',
    iterations: steps,
    batchSize: 1,
    cropSize: CROP_SIZE,
    pictures: contents + 1,
    seed,
    command: `fineTune({ steps: ${steps}, seed: ${seed} })`,
    hours: seconds / 3600,
    losses: { ...losses },
  };
  const tuned = {
    ...card,
    name,
    description: `${card.name}, its decoder fine-tuned to one painting.`,
    file: `${name}.safetensors`,
    sha256: await sha256(weights),
    created: new Date().toISOString().slice(0, 10),
    dtype: 'F16',
    training: { ...training, stages: [...training.stages, stage] },
    metrics: { protocol: 'not measured', lossNetwork: 'none', values: {} },
    limitations: [...limitations, 'Fine-tuned to one painting: in other styles it paints worse than before.'],
  };
  return { weights, card: `${JSON.stringify(tuned, null, 2)}\n` };
}
