/** What can become of a task in place of a picture. */

import {
  DeviceError,
  ImageError,
  type Mismatch,
  SettingError,
  WasserfarbeError,
  WeightsError,
} from '../../errors.ts';
import { isDiskFault } from '../../files/read.ts';
import { MemoryError } from '../../images/node/limits.ts';

/**
 * `kind`: the file is no picture of a known kind. `pixels`: it has too many. `picture`: it cannot be read.
 * `setting`, `style`: these are wrong. `memory`: it takes too much. `storage`: the disk is full or broken.
 * `late`: it takes too long. `crash`: its painter ended, twice. `full`: the queue is. `closed`: the pool is.
 * `bug`: ours.
 */
export type FaultReason =
  | 'kind'
  | 'pixels'
  | 'picture'
  | 'setting'
  | 'style'
  | 'memory'
  | 'storage'
  | 'late'
  | 'crash'
  | 'full'
  | 'closed'
  | 'bug';

/** A task that did not give a picture. */
export class PaintingFault extends WasserfarbeError {
  override name = 'PaintingFault';
  readonly reason: FaultReason;

  constructor(reason: FaultReason, problem: string | Mismatch, options?: ErrorOptions) {
    super(problem, options);
    this.reason = reason;
  }
}

/** The reason behind an error of the library. */
export function reasonOf(error: unknown): FaultReason {
  if (error instanceof PaintingFault) return error.reason;
  if (isDiskFault(error)) return 'storage';
  if (error instanceof MemoryError) return 'memory';
  if (error instanceof ImageError) return 'picture';
  if (error instanceof SettingError) return 'setting';
  if (error instanceof WeightsError) return 'style';
  return error instanceof DeviceError ? 'memory' : 'bug';
}
