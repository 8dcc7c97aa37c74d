/** Finding and reading a loss network: the eye that ships, or a VGG-19 by its path. Node only. */

import { existsSync } from 'node:fs';
import { WeightsError } from '../../errors.ts';
import { parseNetworkCard } from '../network-card.ts';
import { readChecked, readWeights } from '../../weights/node/weights-file.ts';
import { packagePath } from '../../files/package.ts';
import { readJson } from '../../files/read.ts';
import { type LossNetwork, lossNetwork } from '../loss-network.ts';

/** Name of the network that ships: distilled from VGG-19, so that no training needs a file from elsewhere. */
export const EYE = 'eye';

/** In errors. */
const NAME = 'the loss network';

/** The file of a loss network: the packaged one for the name `eye`, else the path itself. */
export function lossNetworkPath(network: string): string {
  return network === EYE ? packagePath(`models/${EYE}.safetensors`) : network;
}

/**
 * Reads a loss network, `eye` or the path of a `.safetensors` file, with the card `.json`
 * beside it, if there is one.
 *
 * @throws WeightsError if the file is missing or damaged, does not belong to the card, or neither
 *   states the preprocessing
 */
export async function readLossNetwork(network: string): Promise<LossNetwork> {
  const path = lossNetworkPath(network);
  const cardPath = path.replace(/(\.safetensors)?$/, '.json');
  if (!existsSync(cardPath)) return lossNetwork((await readWeights(path, NAME)).tensors, path);
  const json = await readJson(cardPath, 'the card of the loss network', WeightsError);
  const { configuration, sha256 } = parseNetworkCard(json, cardPath);
  const remedy = 'the file is damaged or belongs to another card';
  const { tensors } = await (sha256 === undefined
    ? readWeights(path, NAME)
    : readChecked(path, { name: NAME, sha256, remedy }));
  return lossNetwork(tensors, path, configuration.preprocessing);
}
