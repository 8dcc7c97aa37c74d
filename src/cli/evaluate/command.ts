/** `wasserfarbe evaluate`: compares methods on the same pictures, in numbers and in a report. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type TableFormat, tableFormats } from '../../evaluation/table-formats.ts';
import { type MethodName, methodNames } from '../../networks/presets.ts';
import { type RefiningMethodName, refiningMethodNames } from '../../refining/methods/names.ts';
import { type Device, devices } from '../../runtime/devices.ts';
import { positiveInteger, toNumber, optionFlags } from '../shared/flags.ts';
import { REFINING_STEPS } from '../../stylize/defaults.ts';
import { paintingChoices } from '../../stylize/options.ts';
import type { CommandModule } from '../main.ts';

/** The flags, in commander's form. */
export interface EvaluateFlags {
  readonly content?: string[];
  readonly style?: string[];
  readonly styleList?: string;
  readonly contents: number;
  readonly styles: number;
  readonly pairs?: number;
  readonly size: number;
  readonly seed: number;
  readonly method: MethodName[];
  readonly model: string[];
  readonly pictures: string[];
  readonly refineMethod: RefiningMethodName[];
  readonly refineSteps: number;
  readonly lossNetwork?: string;
  readonly eye?: string;
  readonly strokeSize?: number;
  readonly followDetail?: number;
  readonly brokenColour?: number;
  readonly against?: string;
  readonly output: string;
  readonly reuse?: string;
  readonly savePictures?: true;
  readonly sheetContent?: string[];
  readonly sheetStyle?: string[];
  readonly timing: boolean;
  readonly flicker?: true;
  readonly threads?: number;
  readonly device: Device;
  readonly force?: true;
  readonly json?: true;
  readonly table: TableFormat;
  readonly recursive?: true;
}

/** Artefacts at the border need seven frames of 8 pixels. */
const SMALLEST_SIZE = 64;

export const evaluateCommand: CommandModule = {
  replaced: { 'draft-share': 'stroke-size' },
  aliases: {
    ...{ save: 'output', 'output-dir': 'output', 'n-threads': 'threads' },
    ...{ 'content-dir': 'content', 'style-dir': 'style' },
  },
  configure(command: Command) {
    command
      .option(
        '-c, --content <paths...>',
        'pictures, folders or patterns to paint; ** in a pattern stands for folders at any depth',
      )
      .option('-s, --style <paths...>', 'pictures, folders or patterns to take the styles from')
      .option('--recursive', 'enter the folders in folders')
      .option('--style-list <file>', 'only styles with these file names, one a line')
      .option('--contents <count>', 'how many contents are taken, evenly spread', positiveInteger, 20)
      .option('--styles <count>', 'how many styles are taken, evenly spread', positiveInteger, 40)
      .option('--pairs <count>', 'how many pairs of them, chosen by --seed (default: all)', positiveInteger)
      .option('--size <pixels>', 'side of the squares that are painted and judged', squareSize, 512)
      .option('--seed <number>', 'of the choice of pairs and of the intervals', positiveInteger, 1)
      .addOption(
        new Option('--method <names...>', 'methods by the model that ships of each')
          .choices(methodNames)
          .default([]),
      )
      .option('--model <[label=]name|path...>', 'models of the package, or .safetensors files', [])
      .option(
        '--pictures <label=folder...>',
        'pictures by other programs, {content}_stylized_{style}.png',
        [],
      )
      .addOption(
        new Option(
          '--refine-method <names...>',
          'refine the pictures of the first model, in a row for each of these ways',
        )
          .choices(refiningMethodNames)
          .default([]),
      )
      .option('--refine-steps <count>', 'steps of refining at each level', positiveInteger, REFINING_STEPS)
      .option('--loss-network <file>', 'the VGG-19 that judges: PyTorch, ONNX or safetensors')
      .option(
        '--eye <file>',
        'the VGG-19 that strokes are seen through, to conv3_1 or deeper (default: the loss network)',
      )
      .option(
        '--against <label>',
        'the method that others are compared with, pair by pair (default: the first)',
      );
    for (const flag of optionFlags(paintingChoices, ['strokeSize', 'followDetail', 'brokenColour']))
      command.addOption(flag);
    command
      .option('-o, --output <folder>', 'where evaluation.json and report.html go', 'evaluation')
      .option(
        '--reuse <evaluation>',
        'take the numbers of models that an earlier evaluation has judged in the same way',
      )
      .option('--save-pictures', 'keep the judged pictures as PNG, in pictures/ beside them')
      .option('--sheet-content <paths...>', 'contents that the report shows (default: some of the evaluated)')
      .option('--sheet-style <paths...>', 'styles that the report shows')
      .option('--no-timing', 'do not measure run time')
      .option(
        '--flicker',
        'also paint a drawn clip of each pair, and measure its flicker: four paintings more',
      )
      .option('--threads <count>', 'threads on the CPU (default: all cores)', positiveInteger)
      .addOption(new Option('--device <name>', 'what runs the networks').choices(devices).default('auto'))
      .option('--force', 'write over an evaluation that exists')
      .addOption(
        new Option('--table <form>', 'how the numbers are printed on stdout')
          .choices(tableFormats)
          .default('text'),
      )
      .option('--json', 'print evaluation.json on stdout in place of the table')
      .addHelpText(
        'after',
        `
All methods paint the same contents in the same styles. Numbers compare only under one protocol and one loss network.
The report shows pictures; with --sheet-content and --sheet-style it shows none of those that were evaluated.

Examples:
  wasserfarbe evaluate --content photos/ --style paintings/ --method wasserfarbe sanet adain \\
    --loss-network vgg19.safetensors --save-pictures
  wasserfarbe evaluate --content photos/ --style paintings/ --model slim new=runs/x/model.safetensors --pairs 100 \\
    --pictures other=painted/ --against other --loss-network vgg19.safetensors -o comparison`,
      )
      .action(async (flags: EvaluateFlags) => {
        const { evaluateAll } = await import('./run.ts');
        await evaluateAll(flags);
      });
  },
};

function squareSize(text: string): number {
  const value = toNumber(text);
  if (Number.isInteger(value) && value >= SMALLEST_SIZE) return value;
  throw new InvalidArgumentError(`Expected a whole number, ${SMALLEST_SIZE} or more.`);
}
