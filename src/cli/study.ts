/** `wasserfarbe study`: people judge stylised pictures without knowing which method painted them. */

import type { Command } from 'commander';
import { once } from 'node:events';
import { integerBetween, positiveInteger } from './shared/flags.ts';
import type { CommandModule } from './main.ts';
import { interruption, leaveNothing, required } from './shared/failure.ts';
import { say, sayJson, tell } from './shared/output.ts';

/** The flags of `study make`, in commander's form. */
interface StudyMakeFlags {
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
      .action(make);
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
      .action((folder: string, { port }: { port: number }) => rate(folder, port));
    command
      .command('report')
      .description('what the raters found: means, intervals, agreement')
      .argument('<folder>', 'a study')
      .option('--json', 'print one JSON document on stdout')
      .action((folder: string, { json }: { json?: true }) => report(folder, json ?? false));
  },
};

async function make(flags: StudyMakeFlags): Promise<void> {
  const { makeStudy } = await import('../study/node/make.ts');
  const { pairs, seed, force = false } = flags;
  const evaluation = required(flags.evaluation, 'an evaluation folder', '--evaluation');
  const output = required(flags.output, 'a new folder', '--output');
  const { signal, end } = interruption();
  try {
    const study = await makeStudy({ evaluation, output, pairs, seed, force, signal });
    say(`${output}  ${pairs} pairs, ${study.items.length} pictures to rate`);
  } catch (error) {
    leaveNothing(error, signal);
  } finally {
    end();
  }
}

/** Serves until Ctrl-C, which is the regular end and no error. */
async function rate(folder: string, port: number): Promise<void> {
  const { serveStudy } = await import('../study/node/server.ts');
  const { signal, end } = interruption();
  try {
    const served = await serveStudy(folder, port);
    say(served.url);
    tell(`wasserfarbe: ${served.study.items.length} pictures to rate there; Ctrl-C ends it`);
    if (!signal.aborted) await once(signal, 'abort');
    await served.close();
  } finally {
    end();
  }
}

async function report(folder: string, json: boolean): Promise<void> {
  const [{ reportStudy }, { readAnswers }, { readKey, readStudy }] = await Promise.all([
    import('../study/report.ts'),
    import('../study/node/answers.ts'),
    import('../study/node/folder.ts'),
  ]);
  const [study, key, answers] = await Promise.all([readStudy(folder), readKey(folder), readAnswers(folder)]);
  const found = reportStudy(study, key, answers);
  if (json) {
    sayJson(found);
    return;
  }
  const { reportText } = await import('../study/report-text.ts');
  say(reportText(found));
}
