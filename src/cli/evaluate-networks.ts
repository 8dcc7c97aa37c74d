/** The networks that `wasserfarbe evaluate` judges through: the loss network, and the eye that sees strokes. */

import { fileURLToPath } from 'node:url';
import { hashed, type NamedFile } from '../evaluation/node-files.ts';
import { readWeights } from '../weights/node.ts';
import type { WeightMap } from '../weights/safetensors.ts';
import type { EvaluateFlags } from './evaluate.ts';
import { UsageError } from './failure.ts';
import { exists } from './pairs.ts';

export interface Network extends NamedFile {
  readonly weights: WeightMap;
}

export interface Networks {
  /** Without one there are only the metrics that need none, and those of the eye. */
  readonly loss: Network | undefined;
  /** What it is called is `file`, in all tables. */
  readonly eye: Network;
}

/**
 * The eye that comes with the package, once there is one: for those who have no VGG-19 at hand. It is distilled, as
 * the networks are that it looks at, so tables say that no claim may rest on it.
 */
const shippedEye = fileURLToPath(new URL('../../models/eye.safetensors', import.meta.url));
const notForClaims = 'eye: not for claims';

/** The flags' part of {@link Networks}. */
type NetworkFlags = Pick<EvaluateFlags, 'lossNetwork' | 'eye'>;

/** Whether there will be an eye; asked before anything is read. */
export async function checkNetworks({ lossNetwork, eye }: NetworkFlags, shipped = shippedEye): Promise<void> {
  if (lossNetwork !== undefined || eye !== undefined || (await exists(shipped))) return;
  throw new UsageError({
    expected: 'the .safetensors file of a VGG-19',
    name: '--loss-network',
    received: 'nothing',
    remedy: 'or name one with --eye, for strokes, new structure and tones alone',
  });
}

/** The eye is the one that is named, else the loss network, else the package's own. */
export async function openNetworks(
  { lossNetwork, eye }: NetworkFlags,
  shipped = shippedEye,
): Promise<Networks> {
  const loss = lossNetwork === undefined ? undefined : await open(lossNetwork, '--loss-network', 'conv5_1');
  if (eye !== undefined) return { loss, eye: await open(eye, '--eye', 'conv3_1') };
  if (loss !== undefined) return { loss, eye: loss };
  const own = await open(shipped, '--eye', 'conv3_1');
  return { loss, eye: { ...own, file: `${own.file} (${notForClaims})` } };
}

/** @param last the deepest convolution that is needed */
async function open(path: string, name: string, last: string): Promise<Network> {
  const { tensors } = await readWeights(path);
  if (tensors.has(`${last}.weight`)) return { ...(await hashed(path)), weights: tensors };
  throw new UsageError({
    expected: `a VGG-19 up to ${last}`,
    name,
    received: `one without ${last}.weight`,
    where: path,
    ...(tensors.has('conv3_1.weight')
      ? { remedy: 'for strokes, new structure and tones name it with --eye' }
      : {}),
  });
}
