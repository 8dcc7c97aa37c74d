/** Finding and reading a loss network: the eye that ships, or a VGG-19 by its path. Node only. */

import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { WeightsError } from '../errors.ts';
import { parseNetworkCard } from './network-card.ts';
import { readJson, readWeights } from '../weights/node.ts';
import { sha256 } from '../weights/sha256.ts';
import { type LossNetwork, lossNetwork } from './loss-network.ts';

/** Name of the network that ships: distilled from VGG-19, so that no training needs a file from elsewhere. */
export const EYE = 'eye';

/** The file of a loss network: of the name `eye` the one in the package, else the path itself. */
export function lossNetworkPath(network: string): string {
  // Two folders up both from src/networks/ and from dist/networks/.
  return network === EYE
    ? fileURLToPath(new URL(`../../models/${EYE}.safetensors`, import.meta.url))
    : network;
}

/**
 * Reads a loss network, `eye` or the path of a `.safetensors` file, with the card `.json` beside it, if there is one.
 *
 * @throws WeightsError for a file that is missing, damaged or not the card's, or where nothing says how pictures enter it
 */
export async function readLossNetwork(network: string): Promise<LossNetwork> {
  const path = lossNetworkPath(network);
  const { tensors } = await readWeights(path);
  const cardPath = path.replace(/(\.safetensors)?$/, '.json');
  if (!existsSync(cardPath)) return lossNetwork(tensors, path);
  const card = parseNetworkCard(await readJson(cardPath, 'the card of the loss network'), cardPath);
  if (card.sha256 !== undefined) {
    const checksum = await sha256(await readFile(path));
    if (checksum !== card.sha256) {
      throw new WeightsError({
        expected: `SHA-256 ${card.sha256}`,
        name: 'the loss network',
        received: checksum,
        where: path,
        remedy: 'the file is damaged or belongs to another card',
      });
    }
  }
  return lossNetwork(tensors, path, card.configuration.preprocessing);
}
