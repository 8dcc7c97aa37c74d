/** `wasserfarbe batch`: very many pictures, on many machines. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type SaveImageOptions, saveImageOptions } from '../../stylize/node/options.ts';
import { choiceNames, type StylizeOptions, stylizeOptions } from '../../stylize/options.ts';
import type { CommandModule } from '../main.ts';
import {
  byteCount,
  formatFlag,
  integerBetween,
  type ModelFlags,
  modelFlags,
  numberBetween,
  optionFlags,
  processCount,
  styleWeights,
} from '../shared/flags.ts';

/** The flags of `batch plan`, in commander's form. */
export interface PlanFlags
  extends Omit<ModelFlags, 'device' | 'threads'>,
    Omit<StylizeOptions, 'strengthMap' | 'maxMemory' | 'signal' | 'onProgress'>,
    Pick<SaveImageOptions, 'quality' | 'keepMetadata'> {
  readonly content?: string[];
  readonly style?: string[];
  readonly output?: string;
  readonly recursive?: true;
  readonly styleInterpolationWeights?: number[];
  readonly format?: string;
  readonly chunk: number;
  readonly byDate?: true;
}

/** The flags of commands that paint. */
export interface PainterFlags extends Pick<ModelFlags, 'device' | 'threads'> {
  readonly painters?: number;
  readonly painterMemory: number;
  readonly timeout: number;
}

/** One of several parts of the chunks. */
interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

export interface RunFlags extends PainterFlags {
  readonly shard?: Shard;
}

export interface QueueFlags {
  readonly queue?: string;
}

export interface WorkFlags extends PainterFlags, QueueFlags {
  readonly lock: number;
  readonly stay?: true;
}

export interface StatusFlags extends QueueFlags {
  readonly json?: true;
}

/** For commander: `0/4` is the first of four parts. */
function shard(text: string): Shard {
  const [, index, count] = /^(\d+)\/(\d+)$/.exec(text) ?? [];
  if (Number(index) < Number(count)) return { index: Number(index), count: Number(count) };
  throw new InvalidArgumentError('Expected a part from 0 and their number, as in 0/4 to 3/4.');
}

const PLANNED = 'it belongs to batch plan, since it decides what is painted';
const NO_ERROR = `
Pictures that cannot be painted do not make the exit code 1, at which a scheduler would only try them again; collect does.`;
const looks = [...choiceNames, 'contentSize', 'styleSize', 'preserveColor', 'tile'] as const;

export const batchCommand: CommandModule = {
  aliases: {
    ...{ alpha: 'strength', save: 'output', out: 'output', 'output-dir': 'output', 'n-threads': 'threads' },
    ...{ 'content-dir': 'content', 'style-dir': 'style', 'save-ext': 'format', processes: 'painters' },
    ...{ 'preserve-colour': 'preserve-color' },
  },
  foreign: {
    ...Object.fromEntries(optionFlags(stylizeOptions).map(({ long }) => [long?.slice(2), PLANNED])),
    ...Object.fromEntries(
      ['content', 'style', 'output', 'model', 'method', 'quality', 'format'].map((name) => [name, PLANNED]),
    ),
  },
  configure(command: Command) {
    command.addHelpText(
      'after',
      `
A batch lies in a folder that all machines see, or in s3://bucket/prefix. It may be interrupted, killed and begun again
anywhere: what has been painted is not painted again.

Examples:
  wasserfarbe batch plan --content photos --style painting.jpg -o batch
  wasserfarbe batch run batch --shard 0/4
  wasserfarbe batch enqueue batch --queue redis://127.0.0.1:6379
  wasserfarbe batch work batch --queue redis://127.0.0.1:6379
  wasserfarbe batch collect batch > results.ndjson`,
    );
    const plan = command
      .command('plan')
      .description('write down what is to be painted')
      .option('-c, --content <paths...>', 'pictures, folders or patterns to paint; s3://bucket/prefix')
      .option('-s, --style <paths...>', 'pictures, style files, folders or patterns to take the style from')
      .option('-o, --output <batch>', 'a folder that all machines see, or s3://bucket/prefix')
      .option('--recursive', 'enter the folders in folders; they are kept in the output');
    for (const flag of optionFlags(stylizeOptions, looks)) plan.addOption(flag);
    plan.option(
      '--style-interpolation-weights <list>',
      'mix all styles into one picture, so much of each, as in 2,1',
      styleWeights,
    );
    for (const flag of modelFlags().slice(0, 2)) plan.addOption(flag);
    const format = formatFlag();
    format.description =
      'of the paintings (default: jpg; png for those with alpha, but jpg for all in s3://)';
    plan.addOption(format);
    for (const flag of optionFlags(saveImageOptions, ['quality', 'keepMetadata'])) plan.addOption(flag);
    plan
      .option('--chunk <count>', 'pictures that one worker takes at once', integerBetween(1, 10_000), 64)
      .option('--by-date', 'tell files by size and date, in place of reading them all; copies differ then')
      .action(async (flags: PlanFlags) => {
        const { planBatch } = await import('./plan.ts');
        await planBatch(flags);
      });
    painting(command.command('run').description('paint a part of it, without a server'))
      .option('--shard <i/n>', 'which part of how many, from 0/n to n-1/n (default: all of it)', shard)
      .addHelpText('after', NO_ERROR)
      .action(async (batch: string, flags: RunFlags) => {
        const { runShard } = await import('./work.ts');
        await runShard(batch, flags);
      });
    queueing(onBatch(command.command('enqueue').description('put what is not painted into a queue'))).action(
      async (batch: string, flags: QueueFlags) => {
        const { enqueueBatch } = await import('./enqueue.ts');
        await enqueueBatch(batch, flags);
      },
    );
    queueing(painting(command.command('work').description('paint what is in a queue, until it is empty')))
      .option(
        '--lock <seconds>',
        'without a sign of life after which others take a chunk',
        numberBetween(1, 3600),
        60,
      )
      .option('--stay', 'wait for more when the queue is empty')
      .addHelpText('after', NO_ERROR)
      .action(async (batch: string, flags: WorkFlags) => {
        const { workOnQueue } = await import('./work.ts');
        await workOnQueue(batch, flags);
      });
    queueing(onBatch(command.command('status').description('say how far it is')))
      .option('--json', 'print one JSON document')
      .action(async (batch: string, flags: StatusFlags) => {
        const { printStatus } = await import('./status.ts');
        await printStatus(batch, flags);
      });
    onBatch(command.command('collect').description('print what became of each picture, a JSON line for each'))
      .addHelpText(
        'after',
        `
A line has picture, style, chunk, and output, or error with reason, or neither if it is not painted yet. What could not
be painted is also in quarantine.ndjson of the batch. The exit code is 1 unless all is painted.`,
      )
      .action(async (batch: string) => {
        const { collectBatch } = await import('./status.ts');
        await collectBatch(batch);
      });
  },
};

function onBatch(command: Command): Command {
  return command.argument('<batch>', 'the --output of batch plan');
}

function painting(command: Command): Command {
  onBatch(command)
    .option(
      '--painters <count>',
      'processes that paint (default: as many as cores and memory allow, 8 at most)',
      processCount,
    )
    .option('--painter-memory <bytes>', 'memory at which a painter is replaced', byteCount, 2e9)
    .option('--timeout <seconds>', 'longest time for a picture', numberBetween(1, 86_400), 600);
  for (const flag of modelFlags().slice(2)) command.addOption(flag);
  return command;
}

function queueing(command: Command): Command {
  return command.addOption(
    new Option('--queue <address>', 'redis://… or postgres://… of the server').env('WASSERFARBE_QUEUE'),
  );
}
