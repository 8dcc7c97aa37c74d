/** Finding and reading a loss network: the eye that ships, or a VGG-19 by its path. Node only. */

import { packagePath } from '../../files/package.ts';
import { type LossNetwork, lossNetwork } from '../loss-network.ts';
import { readNetwork } from './network-file.ts';

/** Name of the network that ships: distilled from VGG-19, so that no training needs a file from elsewhere. */
export const EYE = 'eye';

/** The file of a loss network: the packaged one for the name `eye`, else the path itself. */
export function lossNetworkPath(network: string): string {
  return network === EYE ? packagePath(`models/${EYE}.safetensors`) : network;
}

/**
 * Reads a loss network, `eye` or the path of a file of any program that is read, with the card `.json`
 * beside it, if there is one.
 *
 * @throws WeightsError if the file is missing or damaged, does not belong to the card, or nothing
 *   states the preprocessing
 */
export async function readLossNetwork(network: string): Promise<LossNetwork> {
  const path = lossNetworkPath(network);
  const { weights, preprocessing } = await readNetwork(path, 'the loss network');
  return lossNetwork(weights, path, preprocessing);
}
