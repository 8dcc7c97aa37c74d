/** What is wrong with a file: the errors of the readers of file formats. */

import { WeightsError } from '../errors.ts';

/** Makes an error: what was expected of which part, what was there, and the file's name. */
export type FileFault = (
  expected: string,
  name: string,
  received: string,
  where: string,
  options?: { readonly remedy?: string; readonly cause?: unknown },
) => WeightsError;

/** Errors of one format, whose remedy is `damaged` unless another is given. */
export function fileFault(damaged: string): FileFault {
  return (expected, name, received, where, { remedy = damaged, cause } = {}) =>
    new WeightsError({ expected, name, received, where, remedy }, cause === undefined ? {} : { cause });
}
