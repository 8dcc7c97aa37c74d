/** From tuned weights to the two files of a model. */

import type { ModelCard } from '../weights/model-card.ts';
import { writeSafetensors } from '../weights/safetensors.ts';
import { sha256 } from '../weights/sha256.ts';
import type { LossValues } from './session.ts';
import { CROP_SIZE, type TunedWeights } from './tune.ts';

export interface TunedFiles {
  /** `NAME.safetensors`, fp16. */
  readonly weights: Uint8Array<ArrayBuffer>;
  /** `NAME.json`. */
  readonly card: string;
}

export interface TuningRecord {
  /** Of the tuned model. */
  readonly name: string;
  readonly contents: number;
  readonly seed: number;
  /** Of the last sample. */
  readonly losses: LossValues;
}

/** A card that says what was done to the model of `card`; what was measured of that one no longer holds. */
export async function tunedFiles(
  card: Readonly<Record<string, unknown>>,
  { weights: tensors, steps, seconds }: TunedWeights,
  { name, contents, seed, losses }: TuningRecord,
): Promise<TunedFiles> {
  const weights = new Uint8Array(writeSafetensors(tensors, { dtype: 'F16' }));
  // Of what runs a model, the page has checked the card; of its history nothing is known.
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
