/** A generator with random weights, as files: enough to test everything except the look of pictures. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { input } from '../../src/graph/ops/sources.ts';
import type { MethodName } from '../../src/networks/presets.ts';
import { wasserfarbe } from '../../src/networks/wasserfarbe.ts';
import { encodeStyle, stylize } from '../../src/networks/generator.ts';
import type { GeneratorConfig } from '../../src/networks/settings.ts';
import type { ModelCard } from '../../src/weights/model-card.ts';
import { writeWeights } from '../../src/weights/node/weights-file.ts';
import type { WeightMap } from '../../src/weights/safetensors.ts';
import { sha256 } from '../../src/weights/sha256.ts';
import { randomWeights } from './networks.ts';

/** The smallest generator of the shipped kind. */
export const tinyGenerator: GeneratorConfig = {
  ...wasserfarbe.slim,
  encoder: { widths: [4, 4, 8, 8, 8], preprocessing: 'centred' },
  modulation: 8,
};

/** The same without the parts that need the whole picture, so that it paints in tiles. */
export const tinyTiled: GeneratorConfig = {
  ...tinyGenerator,
  conditionalNormalisation: false,
  palette: 'none',
  drafts: false,
};

/** Random weights for every parameter of a generator. */
export function generatorWeights(config: GeneratorConfig, seed = 1): WeightMap {
  return randomWeights((parameters) => {
    const style = encodeStyle(input('style', [1, 3, 48, 48]), parameters, config);
    return stylize(input('content', [1, 3, 48, 48]), style, parameters, config);
  }, seed);
}

export interface RandomModelOptions {
  readonly name?: string;
  readonly seed?: number;
  readonly method?: MethodName;
}

/** Writes `name.safetensors` and `name.json` into `folder`; returns the path of the former. */
export async function writeRandomModel(
  folder: string,
  config: GeneratorConfig = tinyGenerator,
  { name = 'random', seed = 1, method = 'wasserfarbe' }: RandomModelOptions = {},
): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  const weights = generatorWeights(config, seed);
  await writeWeights(path, weights, { dtype: 'F16' });
  const card: ModelCard = {
    name,
    description: 'Random weights for tests.',
    file: `${name}.safetensors`,
    sha256: await sha256(await readFile(path)),
    licence: 'MIT',
    created: '2025-01-31',
    method,
    configuration: JSON.parse(JSON.stringify(config)),
    parameters: [...weights.values()].reduce((count, { data }) => count + data.length, 0),
    dtype: 'F16',
    training: { data: 'none', stages: [] },
    metrics: { protocol: 'none', lossNetwork: 'none', values: {} },
    limitations: ['It paints noise.'],
  };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(card));
  return path;
}
