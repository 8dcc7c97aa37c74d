/** `wasserfarbe studio`: a page to paint on. */

import type { Command } from 'commander';
import { once } from 'node:events';
import { integerBetween } from './shared/flags.ts';
import type { CommandModule } from './main.ts';
import { interruption } from './shared/failure.ts';
import { say, tell } from './shared/output.ts';
import type { ServedStudio } from '../studio/node/server.ts';

/** Browsers keep the page's session by its address, so that is the same each time: WASS on a telephone. */
const USUAL_PORT = 9277;

/** The flags of `studio`, in commander's form. */
interface StudioFlags {
  readonly port?: number;
  readonly output?: string;
}

export const studioCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command
      .option(
        '--port <number>',
        `of the page; 0 for any free one; ${USUAL_PORT}, if it is free, unless it is given`,
        integerBetween(0, 65_535),
      )
      .option(
        '-o, --output <folder>',
        'write the page as static files into a new folder, and do not serve it',
      )
      .addHelpText(
        'after',
        `
Example:
  wasserfarbe studio
  wasserfarbe studio --output public`,
      )
      .action(studio);
  },
};

/** Serves until Ctrl-C, which is the regular end and no error. */
async function studio({ port, output }: StudioFlags): Promise<void> {
  if (output !== undefined) {
    const { buildStudio } = await import('../studio/node/build.ts');
    say(`${output}  ${await buildStudio(output)} files`);
    return;
  }
  const { signal, end } = interruption();
  try {
    const served = await serve(port);
    say(served.url);
    // What fails here is made when it is asked for, and told then.
    void served.prepare().catch(() => undefined);
    tell('wasserfarbe: open this address in a browser; Ctrl-C ends it');
    if (!signal.aborted) await once(signal, 'abort');
    await served.close();
  } finally {
    end();
  }
}

async function serve(port: number | undefined): Promise<ServedStudio> {
  const { serveStudio } = await import('../studio/node/server.ts');
  if (port !== undefined) return serveStudio(port);
  try {
    return await serveStudio(USUAL_PORT);
  } catch (error) {
    const { cause } = error as { readonly cause?: { readonly code?: string } };
    if (cause?.code !== 'EADDRINUSE') throw error;
    tell(
      `wasserfarbe: port ${USUAL_PORT} is taken, perhaps by another studio: this page has sessions of its own`,
    );
    return serveStudio(0);
  }
}
