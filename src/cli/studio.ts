/** `wasserfarbe studio`: a page to paint on. */

import type { Command } from 'commander';
import { integerBetween } from './shared/arguments.ts';
import type { CommandModule } from './main.ts';

/** The flags of `studio`, as commander hands them over. */
export interface StudioFlags {
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
      .action(async (flags: StudioFlags) => {
        const { studio } = await import('./studio-run.ts');
        await studio(flags);
      });
  },
};
