/** `wasserfarbe stylize`: every content picture in every style. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import {
  type LoadStylizerOptions,
  loadStylizerOptions,
  type SaveImageOptions,
  saveImageOptions,
} from '../../stylize/node/options.ts';
import { REFINING_STEPS } from '../../stylize/defaults.ts';
import {
  type RefineOptions,
  refineOptions,
  type StylizeOptions,
  stylizeOptions,
} from '../../stylize/options.ts';
import type { CommandModule } from '../main.ts';
import { applyConfig } from '../shared/config-file.ts';
import { UsageError } from '../shared/failure.ts';
import { DASH } from '../shared/standard-streams.ts';
import {
  checkRefining,
  formatFlag,
  type ModelFlags,
  modelFlags,
  optionFlags,
  positiveInteger,
  processCount,
  styleWeights,
  toNumber,
} from '../shared/flags.ts';

/** How long a painting is refined. */
export type RefiningTime = Pick<RefineOptions, 'steps' | 'seconds'>;

/** For commander: `50` steps or `30s`. */
function refiningTime(text: string): RefiningTime {
  const isTime = text.endsWith('s');
  const number = toNumber(isTime ? text.slice(0, -1) : text);
  if (isTime && number > 0 && Number.isFinite(number)) return { seconds: number };
  if (!isTime && number >= 1 && Number.isSafeInteger(number)) return { steps: number };
  throw new InvalidArgumentError('Expected a number of steps, as in 50, or of seconds, as in 30s.');
}

/** The flag of `preserveColor`, which needs no value, as in the code of AdaIN. */
function preservation(): Option {
  const { about, kind } = stylizeOptions.preserveColor;
  return new Option('--preserve-color [name]', about).choices(kind.words).preset('coral');
}

/**
 * Names without flags stand for those of photo, painting and output that no flag gives, in this order.
 *
 * @throws UsageError if there are more
 */
function placeNames(command: Command, names: readonly string[]): void {
  const free = ['content', 'style', 'output'].filter(
    (name) => (command.getOptionValueSource(name) ?? 'default') === 'default',
  );
  if (names.length > free.length) {
    throw new UsageError({
      expected:
        free.length === 0 ? 'no names beside the flags' : `at most ${free.length} names beside the flags`,
      name: 'stylize',
      received: `${names.length}, first ${names[0]}`,
      remedy: 'for several pictures use --content a.jpg b.jpg --style c.jpg --output folder',
    });
  }
  for (const [i, name] of names.entries()) {
    const key = free[i] ?? '';
    command.setOptionValueWithSource(key, key === 'output' ? name : [name], 'cli');
  }
}

/** The flags, in commander's form. */
export interface StylizeFlags
  extends ModelFlags,
    Pick<LoadStylizerOptions, 'lossNetwork'>,
    Omit<StylizeOptions, 'strengthMap' | 'signal' | 'onProgress'>,
    Pick<RefineOptions, 'refineMethod' | 'seed'>,
    Pick<SaveImageOptions, 'quality' | 'keepMetadata'> {
  readonly content?: string[];
  readonly style?: string[];
  readonly output: string;
  readonly styleInterpolationWeights?: number[];
  readonly mask?: string[];
  /** Path of a file. */
  readonly strengthMap?: string;
  readonly jobs?: number;
  readonly processes?: number;
  readonly refine?: RefiningTime | true;
  readonly format?: string;
  readonly crop?: true;
  readonly recursive?: true;
  readonly config?: string;
  readonly quiet?: true;
  readonly force?: true;
  readonly skipExisting?: true;
  readonly dryRun?: true;
  readonly json?: true;
}

const aliases = {
  ...{ alpha: 'strength', save: 'output', 'output-dir': 'output', 'save-dir': 'output', out: 'output' },
  ...{ 'content-dir': 'content', 'style-dir': 'style', 'save-ext': 'format', 'n-threads': 'threads' },
  ...{ 'preserve-colour': 'preserve-color' },
};

const ONE_MODEL = 'encoder, transform and decoder are one model here: --model, or --method';
const WEIGHTS = 'losses are weighed in training; here --strength says how strongly to paint';
const foreign = {
  ...{ vgg: ONE_MODEL, decoder: ONE_MODEL, transform: ONE_MODEL },
  ...{ gpu: 'use --device', cuda: 'use --device', cpu: 'use --device cpu', 'no-cuda': 'use --device cpu' },
  ...{ size: 'use --content-size', 'img-size': 'use --content-size', 'image-size': 'use --content-size' },
  ...{ steps: 'use --refine', ext: 'use --format', silent: 'use --quiet', weights: 'use --model' },
  ...{ 'content-weight': WEIGHTS, 'style-weight': WEIGHTS },
};

export const stylizeCommand: CommandModule = {
  aliases,
  foreign,
  implied: { 'preserve-color': 'coral' },
  replaced: { 'paint-size': 'finest-size', 'style-scale': 'stroke-size', 'draft-share': 'stroke-size' },
  configure(command: Command) {
    command
      .argument('[names...]', 'photo, painting and output, in place of the three flags')
      .usage('[photo painting [output]] [options]')
      .option('-c, --content <paths...>', 'pictures, folders or patterns to paint; - is the standard input')
      .option('-s, --style <paths...>', 'pictures, style files, folders or patterns to take the style from')
      .option(
        '-o, --output <path>',
        'a file for one picture, otherwise a folder; - is the standard output',
        '.',
      )
      .option('--recursive', 'enter the folders in folders; they are kept in the output');
    for (const flag of optionFlags(stylizeOptions)) {
      command.addOption(flag.long === '--preserve-color' ? preservation() : flag);
    }
    command
      .option('--crop', 'paint only the middle square of each content, of side --content-size if it is given')
      .option(
        '--style-interpolation-weights <list>',
        'mix all styles into one picture, so much of each, as in 2,1',
        styleWeights,
      )
      .option(
        '--refine [steps|seconds]',
        `optimise each painting, for so many steps at each of two sizes, or as long as in 30s (default: ${REFINING_STEPS} steps)`,
        refiningTime,
      )
      .option(
        '--mask <paths...>',
        "one greyscale picture for each style, which are mixed: white is where it is painted; 'alpha' for the content's own",
      );
    const refining = [
      ...optionFlags(refineOptions, ['refineMethod', 'seed']),
      ...optionFlags(loadStylizerOptions, ['lossNetwork']),
    ];
    for (const flag of [...refining, ...modelFlags()]) command.addOption(flag);
    command.addOption(formatFlag());
    for (const flag of optionFlags(saveImageOptions, ['quality', 'keepMetadata'])) command.addOption(flag);
    command
      .option(
        '--jobs <count>',
        'pictures that are decoded, and that are encoded, at once beside the network (default: as many as cores, 2 to 4)',
        positiveInteger,
      )
      .option(
        '--processes <count>',
        'processes that paint, as many as cores for a long run; each takes 500 MB and more (default: 1)',
        processCount,
      )
      .option('--force', 'write over files that exist')
      .option('--skip-existing', 'go on where an earlier run has stopped; a file that exists is no error')
      .option('--dry-run', 'look at the contents and print what would be written, and write nothing')
      .option('--json', 'print one JSON document on stdout')
      .option('--quiet', 'print only what goes wrong')
      .option(
        '--config <file>',
        'flags as JSON, e.g. {"contentSize": 512, "alpha": 0.8}; those given here win',
      )
      .addHelpText(
        'after',
        `
More than one picture, or an --output that is a folder, gives {content}_stylized_{style}.jpg for every content
with every style; --style-interpolation-weights or --mask mix all styles into one. Files that exist are kept. Lists may
be repeated flags or separated by commas; in a quoted pattern ** stands for folders at any depth. Large pictures are read,
painted and written in bands.

--refine takes half a minute for 512², and Ctrl-C ends it with the picture as it is. Its styles must be pictures.

Aliases, with - or _: --alpha for --strength, --content-dir, --style-dir, --save-ext for --format, --save, --out, --output-dir
and --save-dir for --output, --n-threads for --threads. --preserve-color alone is coral.

Examples:
  wasserfarbe stylize photo.jpg painting.jpg out.png
  wasserfarbe stylize --content_dir photos --style_dir paintings --content_size 512 --crop --save_ext .png -o painted
  wasserfarbe stylize - painting.jpg - --format webp < photo.jpg > painted.webp
  wasserfarbe stylize --content photo.jpg --style painting.jpg -o out.png
  wasserfarbe stylize --content photos/ --style monet.jpg,klee.png -o painted/ --strength 0.8`,
      )
      .action(async (names: readonly string[], { config }: StylizeFlags) => {
        if (config !== undefined) await applyConfig(command, config, aliases);
        placeNames(command, names);
        const flags = command.opts<StylizeFlags>();
        if (flags.output === DASH && flags.json) {
          const received = 'a picture and a document';
          throw new UsageError({ expected: 'one thing', name: 'standard output', received });
        }
        checkRefining(flags);
        const { stylizeAll } = await import('./run.ts');
        await stylizeAll(flags);
      });
  },
};
