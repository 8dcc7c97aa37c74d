/** Packages that only some need, and that are installed only there. Node only. */

import { type Mismatch, WasserfarbeError } from '../errors.ts';
import { messageOf } from '../thrown.ts';

/**
 * What `load` imports.
 *
 * @param problem what is expected and for what, with the command that installs it as the remedy
 * @throws WasserfarbeError of that problem
 */
export async function optionalPackage<T>(
  load: () => Promise<T>,
  problem: Omit<Mismatch, 'received'>,
): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const [received = ''] = messageOf(cause).split('\n');
    throw new WasserfarbeError({ ...problem, received }, { cause });
  }
}
