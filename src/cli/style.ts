/** `wasserfarbe style`: style pictures encoded once, as files. */

import type { Command } from 'commander';
import { stylizeOptions } from '../stylize/options.ts';
import { type ModelFlags, modelFlags, optionFlags } from './shared/flags.ts';
import type { CommandModule } from './main.ts';

/** The flags of `style encode`, in commander's form. */
export interface StyleEncodeFlags extends ModelFlags {
  readonly output: string;
  readonly styleSize?: number;
  readonly recursive?: true;
  readonly force?: true;
}

/** The flags of `style thumbnail`. */
export interface StyleThumbnailFlags {
  readonly output?: string;
  readonly force?: true;
}

export const styleCommand: CommandModule = {
  aliases: { save: 'output', 'output-dir': 'output', 'n-threads': 'threads' },
  configure(command: Command) {
    command.addHelpText(
      'after',
      `
A style file stands for its picture wherever a style is asked for, with the model that encoded it.

Example:
  wasserfarbe style encode painting.jpg -o painting.style
  wasserfarbe style info painting.style
  wasserfarbe stylize --content photo.jpg --style painting.style -o out.png`,
    );
    const encode = command
      .command('encode')
      .description('encode pictures as style files')
      .argument('<pictures...>', 'pictures, folders or patterns')
      .option('-o, --output <path>', 'a .style file for one picture, otherwise a folder', '.')
      .option('--recursive', 'enter the folders in folders; they are kept in the output')
      .option('--force', 'write over files that exist');
    for (const flag of optionFlags(stylizeOptions, ['styleSize'])) encode.addOption(flag);
    for (const flag of modelFlags()) encode.addOption(flag);
    encode.action(async (pictures: string[], flags: StyleEncodeFlags) => {
      const { encodeStyles } = await import('./style-run.ts');
      await encodeStyles(pictures, flags);
    });
    command
      .command('info')
      .description('what a style file is: model, size, source')
      .argument('<file>', 'a style file')
      .option('--json', 'print one JSON document on stdout')
      .action(async (file: string, { json }: { json?: true }) => {
        const { describeStyle } = await import('./style-run.ts');
        await describeStyle(file, json ?? false);
      });
    command
      .command('thumbnail')
      .description('the small picture in a style file, as a picture file')
      .argument('<file>', 'a style file')
      .option('-o, --output <path>', 'a .png, .jpg, .webp or .avif file')
      .option('--force', 'write over a file that exists')
      .action(async (file: string, flags: StyleThumbnailFlags) => {
        const { extractThumbnail } = await import('./style-run.ts');
        await extractThumbnail(file, flags);
      });
  },
};
