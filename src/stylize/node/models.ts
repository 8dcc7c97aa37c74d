/** Finding and loading a model: one that ships by its name, any other by its path. Node only. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { SettingError } from '../../errors.ts';
import { packagePath } from '../../files/package.ts';
import { EYE } from '../../networks/node/loss-network-file.ts';
import type { MethodName } from '../../networks/presets.ts';
import type { ModelCard } from '../../weights/model-card.ts';
import { loadModel, refuseForeign } from '../../weights/node/weights-file.ts';
import { parseGeneratorConfig } from '../../networks/settings.ts';
import type { StylizerModel } from '../style.ts';

const ENDING = '.safetensors';
const shipped = packagePath('models/');

/** A model with its card, and the method that this names. */
export interface OpenedModel extends StylizerModel {
  readonly card: ModelCard;
  readonly method: MethodName;
}

/** The model that ships for a method when none is named. */
export function defaultModel(method: MethodName): string {
  return method === 'wasserfarbe' ? 'slim' : `${method}-slim`;
}

/** Names of the models in the package, sorted. */
export async function modelNames(): Promise<string[]> {
  const files = await readdir(shipped).catch(() => []);
  return files
    .filter((file) => file.endsWith(ENDING))
    .map((file) => file.slice(0, -ENDING.length))
    .filter((name) => name !== EYE)
    .sort();
}

/**
 * Loads a model with its card.
 *
 * @param model name of a shipped model, or path of a `.safetensors` file with its card, `.json`, beside it
 * @throws SettingError for a name that no shipped model has; WeightsError for a missing or damaged file, or a
 *   card that does not belong to it
 */
export async function openModel(model: string): Promise<OpenedModel> {
  const path = isPath(model) ? model : join(shipped, model + ENDING);
  if (!isPath(model)) await checkName(model);
  const { card, tensors } = await loadModel(path);
  const config = parseGeneratorConfig(card.configuration, path.replace(/\.safetensors$/, '.json'));
  const { sha256, method } = card;
  return { name: isPath(model) ? path : card.name, card, sha256, method, config, weights: tensors };
}

function isPath(model: string): boolean {
  return model.endsWith(ENDING) || /[/\\]/.test(model);
}

async function checkName(model: string): Promise<void> {
  const names = await modelNames();
  if (names.includes(model)) return;
  await refuseForeign(model);
  const near = names.find((name) => distance(name, model) <= 2);
  const remedy = near === undefined ? `give the path of a ${ENDING} file` : `did you mean ${near}?`;
  throw new SettingError({
    expected:
      names.length === 0 ? `a ${ENDING} file (this package has no models)` : `one of ${names.join(', ')}`,
    name: 'model',
    received: model,
    remedy,
  });
}
