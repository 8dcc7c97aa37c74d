/** The networks that `wasserfarbe evaluate` judges through: the loss network, and the eye that sees strokes. */

import { hashed, type NamedFile } from '../../evaluation/node/evaluation-files.ts';
import type { LossNetwork } from '../../networks/loss-network.ts';
import { EYE, lossNetworkPath, readLossNetwork } from '../../networks/node/loss-network-file.ts';
import { type LayerName, layerNames } from '../../networks/vgg19.ts';
import type { EvaluateFlags } from './command.ts';
import { UsageError } from '../shared/failure.ts';

interface Network extends NamedFile {
  readonly network: LossNetwork;
}

export interface Networks {
  /** Without one there are only the metrics that need none, and those of the eye. */
  readonly loss: Network | undefined;
  /** What it is called is `file`, in all tables. */
  readonly eye: Network;
}

/**
 * For those who have no VGG-19 at hand. The eye of the package is distilled, as the networks are that it looks at, so tables say
 * that no claim may rest on it.
 */
const notForClaims = 'eye: not for claims';

/** The flags' part of {@link Networks}. */
type NetworkFlags = Pick<EvaluateFlags, 'lossNetwork' | 'eye'>;

/** The eye is the one that is named, else the loss network, else the package's own. */
export async function openNetworks({ lossNetwork, eye }: NetworkFlags): Promise<Networks> {
  const loss = lossNetwork === undefined ? undefined : await open(lossNetwork, '--loss-network', 'relu5_1');
  if (eye !== undefined) return { loss, eye: await open(eye, '--eye', 'relu3_1') };
  if (loss !== undefined) return { loss, eye: loss };
  const own = await open(EYE, '--eye', 'relu3_1');
  return { loss, eye: { ...own, file: `${own.file} (${notForClaims})` } };
}

/** @param deepest the deepest layer that is needed */
async function open(named: string, flag: string, deepest: LayerName): Promise<Network> {
  const network = await readLossNetwork(named);
  const path = lossNetworkPath(named);
  const reaches = (layer: LayerName) => (network.config.widths[layerNames.indexOf(layer)] ?? 0) > 0;
  if (reaches(deepest)) return { ...(await hashed(path)), network };
  throw new UsageError({
    expected: `a VGG-19 up to ${deepest}`,
    name: flag,
    received: 'one that ends before',
    where: path,
    ...(reaches('relu3_1') ? { remedy: 'for strokes, new structure and tones name it with --eye' } : {}),
  });
}
