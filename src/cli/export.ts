/** `wasserfarbe export`: the networks of a model as ONNX, for programs without this package. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ExportedPart, exportedParts, pictureForms } from '../stylize/export-options.ts';
import { FINEST_SIZE, STYLE_SIZE } from '../stylize/defaults.ts';
import type { ImageSize } from '../images/size.ts';
import { type ModelFlags, modelFlags, toNumber } from './shared/flags.ts';
import type { CommandModule } from './main.ts';

/** The flags of `export`, in commander's form. */
export interface ExportFlags extends Pick<ModelFlags, 'method' | 'model'> {
  readonly output?: string;
  readonly what: ExportedPart;
  readonly size: ImageSize;
  readonly styleSize: ImageSize;
  readonly style?: string;
  readonly io: (typeof pictureForms)[number];
  readonly half?: true;
  readonly force?: true;
}

export const exportCommand: CommandModule = {
  aliases: {},
  configure(command: Command) {
    command
      .option('-o, --output <file>', 'a .onnx file')
      .addOption(
        new Option('--what <part>', 'a content and an encoded style in; a style to encode; both pictures in')
          .choices(exportedParts)
          .default('painter'),
      )
      .addOption(sizeFlag('--size', 'of the content, as it will be fed', FINEST_SIZE))
      .option('--style <file>', 'bake this style in: the painter then takes only a content')
      .addOption(sizeFlag('--style-size', 'of the style picture', STYLE_SIZE))
      .addOption(
        new Option('--io <form>', 'pictures as RGB 0–1, [1, 3, H, W], or as bytes, [1, H, W, 3]')
          .choices(pictureForms)
          .default('float'),
      )
      .option('--half', 'store weights as float16: half the file, computed in float32')
      .option('--force', 'write over a file that exists');
    for (const flag of modelFlags()) {
      if (flag.long === '--model' || flag.long === '--method') command.addOption(flag);
    }
    command
      .addHelpText(
        'after',
        `
Sizes are fixed in the file. docs/onnx.md has examples in Python, C# and Swift.

Examples:
  wasserfarbe export --size 512 --style painting.jpg --io uint8 -o painter.onnx
  wasserfarbe export --size 768x512 -o painter.onnx
  wasserfarbe export --size 768x512 --what style-encoder -o style-encoder.onnx`,
      )
      .action(async (flags: ExportFlags) => {
        const { exportNetwork } = await import('./export-run.ts');
        await exportNetwork(flags);
      });
  },
};

function sizeFlag(name: string, about: string, side: number): Option {
  const usual: ImageSize = { width: side, height: side };
  return new Option(`${name} <pixels|WxH>`, about).argParser(pictureSize).default(usual, `${side}`);
}

/** For commander: `512`, or `768x512`. */
function pictureSize(text: string): ImageSize {
  const [width = Number.NaN, height = width, ...more] = text.split(/[x×]/i).map(toNumber);
  const isSize = more.length === 0 && [width, height].every((side) => Number.isSafeInteger(side) && side > 0);
  if (isSize) return { width, height };
  throw new InvalidArgumentError('Expected pixels, as in 512, or width and height, as in 768x512.');
}
