/** `wasserfarbe weights`: networks from elsewhere, and means of models. */

import { type Command, Option } from 'commander';
import { type ForeignPreprocessing, foreignPreprocessings } from '../../networks/conv0.ts';
import type { CommandModule } from '../main.ts';
import { positiveInteger } from '../shared/flags.ts';

/** The flags of `weights import`, in commander's form. */
export interface ImportFlags {
  readonly output?: string;
  readonly preprocessing?: ForeignPreprocessing;
  readonly pictures?: string;
  readonly recursive?: true;
  readonly threads?: number;
  readonly force?: true;
}

/** The flags of `weights average`. */
export interface AverageFlags {
  readonly output?: string;
  readonly force?: true;
}

export const weightsCommand: CommandModule = {
  aliases: { 'n-threads': 'threads' },
  configure(command: Command) {
    command.addHelpText(
      'after',
      `
Examples:
  wasserfarbe weights import vgg19-dcbb9e9d.pth -o vgg19.safetensors --pictures photos/
  wasserfarbe weights import vgg_normalised.pth -o vgg19.safetensors
  wasserfarbe weights average runs/a/model.safetensors runs/b/model.safetensors -o mean.safetensors`,
    );
    command
      .command('import')
      .description(
        'a VGG-19 from PyTorch, ONNX or safetensors as one of this package; nothing in it is executed',
      )
      .argument('<file>', 'weights of torchvision, timm, AdaIN’s code or this package')
      .option('-o, --output <file>', 'a .safetensors file')
      .addOption(
        new Option(
          '--preprocessing <name>',
          'how pictures enter it, where the file leaves that open',
        ).choices(foreignPreprocessings),
      )
      .option('--pictures <folder>', 'bring every channel to a mean activation of 1 on these pictures')
      .option('--recursive', 'enter the folders in the folder')
      .option('--threads <count>', 'threads on the CPU (default: all cores)', positiveInteger)
      .option('--force', 'write over a file that exists')
      .action(async (file: string, flags: ImportFlags) => {
        const { importWeights } = await import('./import.ts');
        await importWeights(file, flags);
      });
    command
      .command('average')
      .description('the mean of models that were trained from one start')
      .argument('<files...>', 'two .safetensors files or more, with cards that agree or without')
      .option('-o, --output <file>', 'a .safetensors file; its card is written beside it, as .json')
      .option('--force', 'write over files that exist')
      .action(async (files: string[], flags: AverageFlags) => {
        const { averageModels } = await import('./average.ts');
        await averageModels(files, flags);
      });
  },
};
