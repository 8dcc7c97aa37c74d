/** `wasserfarbe studio`: a page to paint on. */

import type { Command } from 'commander';
import { once } from 'node:events';
import { integerBetween } from './shared/flags.ts';
import type { CommandModule } from './main.ts';
import { interruption } from './shared/failure.ts';
import { say, tell } from './shared/output.ts';

/** The flags of `studio`, in commander's form. */
interface StudioFlags {
  readonly port: number;
  readonly output?: string;
}

export const studioCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command
      .option('--port <number>', 'of the page; 0 for any free one', integerBetween(0, 65_535), 0)
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
  const { serveStudio } = await import('../studio/node/server.ts');
  const { signal, end } = interruption();
  try {
    const served = await serveStudio(port);
    say(served.url);
    tell('wasserfarbe: open this address in a browser; Ctrl-C ends it');
    if (!signal.aborted) await once(signal, 'abort');
    await served.close();
  } finally {
    end();
  }
}
