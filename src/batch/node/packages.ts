/** Packages that only batches on several machines need, and that are installed only there. Node only. */

import { WasserfarbeError } from '../../errors.ts';

/**
 * What `load` imports.
 *
 * @param what in words for "expected", such as `the package for S3`
 * @param names of the packages, for the command that installs them
 * @throws WasserfarbeError with that command
 */
export async function optionalPackage<T>(load: () => Promise<T>, what: string, names: string): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const [received = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    const remedy = `npm install ${names}`;
    throw new WasserfarbeError({ expected: what, name: 'this batch', received, remedy }, { cause });
  }
}
