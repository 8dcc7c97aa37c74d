/** Finding and loading a model: one that ships by its name, any other by its path. Node only. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { distance } from 'fastest-levenshtein';
import { SettingError } from '../../errors.ts';
import { packagePath } from '../../files/package.ts';
import { EYE } from '../../networks/node/loss-network-file.ts';
import { type MethodName, methodNames, methods } from '../../networks/presets.ts';
import type { ModelCard } from '../../weights/model-card.ts';
import { loadModel, refuseForeign } from '../../weights/node/weights-file.ts';
import { parseGeneratorConfig } from '../../networks/settings.ts';
import { transforms } from '../../networks/transforms/table.ts';
import type { StylizerModel } from '../style.ts';

const ENDING = '.safetensors';
const shipped = packagePath('models/');

/** Only the repository has this folder: with it the package would be too large. */
const baselines = packagePath('baselines/');

/** The methods whose models ship. */
export const shippedMethods: readonly MethodName[] = ['wasserfarbe', 'sanet', 'adain'];

/** A model with its card, and the method that this names. */
export interface OpenedModel extends StylizerModel {
  readonly card: ModelCard;
  readonly method: MethodName;
}

/** The model of a method when none is named, in the package or among the repository's baselines. */
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
 * @param model name of a shipped model or baseline, or path of a `.safetensors` file with its card, `.json`,
 *   beside it
 * @throws SettingError for a name that no model here has; WeightsError for a missing or damaged file, or a
 *   card that does not belong to it
 */
export async function openModel(model: string): Promise<OpenedModel> {
  const path = isPath(model) ? model : await pathOf(model);
  const { card, tensors } = await loadModel(path);
  const config = parseGeneratorConfig(card.configuration, path.replace(/\.safetensors$/, '.json'));
  const { sha256, method } = card;
  return { name: isPath(model) ? path : card.name, card, sha256, method, config, weights: tensors };
}

function isPath(model: string): boolean {
  return model.endsWith(ENDING) || /[/\\]/.test(model);
}

/** The path of a model that is named. */
async function pathOf(model: string): Promise<string> {
  const names = await modelNames();
  const own = join(names.includes(model) ? shipped : baselines, model + ENDING);
  if (existsSync(own)) return own;
  await refuseForeign(model);
  const method = methodNames.find((name) => defaultModel(name) === model);
  if (method !== undefined && !shippedMethods.includes(method)) throw notShipped(method);
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

/** The error for a method whose weights only the repository has. */
function notShipped(method: MethodName): SettingError {
  const { learns } = transforms[methods[method].slim.transform];
  const taught = method === 'johnson' ? 'single' : 'style';
  const stage = learns === 'style' ? taught : 'autoencode';
  return new SettingError({
    expected: `the weights of one of ${shippedMethods.join(', ')}, which the package has,`,
    name: 'method',
    received: method,
    remedy: `give --model the file baselines/${defaultModel(method)}${ENDING} of the repository, or train one: wasserfarbe train --stage ${stage} --method ${method} --content-dir photos --style-dir paintings --save-dir runs/${method}`,
  });
}
