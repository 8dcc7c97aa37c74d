/** Errors of the readers of file formats. */

import { WeightsError } from '../errors.ts';

/** Makes an error from the expectation, the faulty part, the value received, and the file's name. */
export type FileFault = (
  expected: string,
  name: string,
  received: string,
  where: string,
  options?: { readonly remedy?: string; readonly cause?: unknown },
) => WeightsError;

/** Errors of one format, with `damaged` as the remedy unless another is given. */
export function fileFault(damaged: string): FileFault {
  return (expected, name, received, where, { remedy = damaged, cause } = {}) =>
    new WeightsError({ expected, name, received, where, remedy }, cause === undefined ? {} : { cause });
}
