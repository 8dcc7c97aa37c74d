/** `wasserfarbe train`: one stage of a training, with every setting of the configuration as a flag. */

import type { Command } from 'commander';
import { settingsFlags } from './flags.ts';
import type { CommandModule } from '../main.ts';

export const trainCommand: CommandModule = {
  aliases: {
    lr: 'learning-rate',
    'lr-decay': 'learning-rate-decay',
    'max-iter': 'iterations',
    'save-model-interval': 'keep-every',
    'n-threads': 'threads',
  },
  replaced: { 'two-levels': 'layers' },
  configure(command: Command) {
    command
      .option(
        '--config <file>',
        'settings as JSON, e.g. {"stage": "style", "batchSize": 8}; flags win over it',
      )
      .option('--resume', 'go on from the checkpoint in --save-dir, with its settings; flags win over them')
      .option('--force', 'start anew in a --save-dir that holds a run already; its files are written over')
      .option(
        '--export-step <folder>',
        'train elsewhere: write graphs, states and plan for torch/train.py, and end',
      )
      .option('--split', 'with --export-step: gradients apart from updates, for several GPUs or machines');
    for (const flag of settingsFlags(process.argv)) command.addOption(flag);
    command
      .addHelpText(
        'after',
        `
Defaults are those of --method and --preset: name them before --help to see theirs.
Aliases: --lr, --lr-decay (which also sets --schedule inverse), --max-iter, --save-model-interval.
Ctrl-C saves a checkpoint and says how to go on; a second one ends at once.

Example:
  wasserfarbe train --stage style --content-dir photos --style-dir paintings --save-dir runs/style \\
    --loss-network vgg19.safetensors --init runs/autoencode/checkpoint.safetensors --iterations 5000`,
      )
      .action(async (flags: Record<string, unknown>) => {
        const { trainStage } = await import('./run.ts');
        await trainStage(flags);
      });
  },
};
