/** Errors of the readers of other programs' files. */

import { type FileFault, fileFault } from '../../file-fault.ts';

/** As {@link fileFault}, with names and values cut: in a damaged file they may be of any length. */
export function formatFault(damaged: string): FileFault {
  const fault = fileFault(damaged);
  return (expected, name, received, where, options) =>
    fault(expected, brief(name), brief(received), where, options);
}

/** Text for a line. */
export function brief(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
