/** The work of `wasserfarbe studio`. */

import { once } from 'node:events';
import { interruption } from './shared/failure.ts';
import type { StudioFlags } from './studio.ts';

/** Serves until Ctrl-C, which is how it is meant to end: without an error. */
export async function studio({ port, output }: StudioFlags): Promise<void> {
  if (output !== undefined) {
    const { buildStudio } = await import('../studio/node/build.ts');
    console.log(`${output}  ${await buildStudio(output)} files`);
    return;
  }
  const { serveStudio } = await import('../studio/node/server.ts');
  const { signal, end } = interruption();
  try {
    const served = await serveStudio(port);
    console.log(served.url);
    console.error('wasserfarbe: open this address in a browser; Ctrl-C ends it');
    if (!signal.aborted) await once(signal, 'abort');
    await served.close();
  } finally {
    end();
  }
}
