/** `wasserfarbe study`: people judge stylised pictures without knowing what painted them. */

import type { Command } from 'commander';
import { integerBetween, positiveInteger } from './shared/arguments.ts';
import type { CommandModule } from './main.ts';

/** The flags of `study make`, as commander hands them over. */
export interface StudyMakeFlags {
  readonly evaluation?: string;
  readonly output?: string;
  readonly pairs: number;
  readonly seed: number;
  readonly force?: true;
}

export const studyCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command.addHelpText(
      'after',
      `
Example:
  wasserfarbe study make --evaluation runs/evaluation --output runs/study
  wasserfarbe study rate runs/study
  wasserfarbe study report runs/study`,
    );
    command
      .command('make')
      .description('make a blind study from the pictures of an evaluation')
      .option('--evaluation <folder>', 'what wasserfarbe evaluate --save-pictures has written')
      .option('-o, --output <folder>', 'a new folder for the study')
      .option('--pairs <count>', 'content/style pairs, each judged for every method', positiveInteger, 60)
      .option(
        '--seed <number>',
        'of the choice of pairs, the orders and the intervals',
        integerBetween(0, 2 ** 31 - 1),
        1,
      )
      .option('--force', 'replace a study that nobody has answered yet')
      .action(async (flags: StudyMakeFlags) => {
        const { make } = await import('./study-run.ts');
        await make(flags);
      });
    command
      .command('rate')
      .description('show the study to raters, on a page of this machine, until Ctrl-C')
      .argument('<folder>', 'a study')
      .option(
        '--port <number>',
        'of the page; 0 for any free one; a fixed one keeps names and unsent ratings over restarts',
        integerBetween(0, 65_535),
        0,
      )
      .action(async (folder: string, { port }: { port: number }) => {
        const { rate } = await import('./study-run.ts');
        await rate(folder, port);
      });
    command
      .command('report')
      .description('what the raters found: means, intervals, agreement')
      .argument('<folder>', 'a study')
      .option('--json', 'print one JSON document on stdout')
      .action(async (folder: string, { json }: { json?: true }) => {
        const { report } = await import('./study-run.ts');
        await report(folder, json ?? false);
      });
  },
};
